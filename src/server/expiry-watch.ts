/** Watches when the roles of hosted repositories expire: a gauge for each, and warnings ahead of time. */
import { toWritError } from '../errors.js';
import { parseRepositoryName } from '../image/repository-name.js';
import type { NotaryRepositories } from '../repository/notary/service.js';
import type { RepositoryService } from '../repository/types.js';
import type { RoleStatus } from '../transport/api-types.js';
import type { Clock } from '../tuf/ports.js';
import { ROOT, TIMESTAMP } from '../tuf/role-name.js';
import type { ServiceLog } from './log.js';
import type { RoleExpiry } from './metrics.js';

/** Days before the end at which the log warns of a role that people must sign. */
const WARN_DAYS = [30, 7, 1] as const;
const DAY_MS = 86_400_000;

/** Of one role; `online`: the service signs it itself. */
type WatchedRole = Pick<RoleStatus, 'role' | 'version' | 'expires' | 'online'>;

export interface ExpiryWatchOptions {
  readonly repositories: Pick<RepositoryService, 'list' | 'status'>;
  readonly notary?: Pick<NotaryRepositories, 'heads'> | undefined;
  readonly clock: Clock;
  readonly log: ServiceLog;
}

/** The command that signs a role again. */
type Again = (role: string) => string;

/** What was said of one role: of which version, and how near its end it was. */
interface Warned {
  readonly version: number;
  readonly days: number;
}

export class ExpiryWatch {
  readonly #options: ExpiryWatchOptions;
  /** Repository → its roles, as they were looked at last. */
  #seen: ReadonlyMap<string, readonly WatchedRole[]> = new Map();
  #warned = new Map<string, Warned>();

  constructor(options: ExpiryWatchOptions) {
    this.#options = options;
  }

  /** Looks at every repository, and warns once at each of 30, 7 and 1 days. Never throws. */
  async look(): Promise<void> {
    const { repositories, log } = this.#options;
    const seen = new Map<string, readonly WatchedRole[]>();
    const warned = new Map<string, Warned>();
    const keep = (name: string, roles: readonly WatchedRole[], again: Again): void => {
      seen.set(name, roles);
      for (const role of roles) if (!role.online) this.#warn(name, role, again, warned);
    };
    for (const { name } of await repositories.list()) {
      try {
        const { roles } = await repositories.status(parseRepositoryName(name));
        keep(name, roles, role => (role === ROOT ? 'writ root rotate' : 'writ resign'));
      } catch (error) {
        log.event('error', `the roles of ${name} cannot be watched: ${toWritError(error).message}`);
      }
    }
    for (const [gun, roles] of await this.#notaryRoles()) keep(gun, roles, () => 'notary publish');
    this.#seen = seen;
    this.#warned = warned;
  }

  /** A snapshot that the service has the key of was signed again long before. */
  async #notaryRoles(): Promise<[string, WatchedRole[]][]> {
    const heads = (await this.#options.notary?.heads()) ?? [];
    return heads.map(({ gun, roles }) => [
      gun,
      Array.from(roles, ([role, { version, expires }]) => {
        return { role, version, expires: expires.toISOString(), online: role === TIMESTAMP };
      }),
    ]);
  }

  /** Every role that was seen, with the time that is left now. */
  *expiries(): Iterable<RoleExpiry> {
    const now = this.#options.clock.now().getTime();
    for (const [repository, roles] of this.#seen) {
      for (const { role, expires } of roles) {
        yield { repository, role, secondsLeft: Math.floor((Date.parse(expires) - now) / 1000) };
      }
    }
  }

  /** @param warned - what was said so far, of roles that still are there */
  #warn(
    repository: string,
    { role, version, expires }: WatchedRole,
    again: Again,
    warned: Map<string, Warned>,
  ): void {
    const left = Date.parse(expires) - this.#options.clock.now().getTime();
    const days = left <= 0 ? 0 : WARN_DAYS.findLast(limit => left <= limit * DAY_MS);
    if (days === undefined) return;
    const key = JSON.stringify([repository, role]);
    warned.set(key, { version, days });
    const before = this.#warned.get(key);
    if (before?.version === version && before.days <= days) return;
    const facts = { repository, role, version, expires };
    const { log } = this.#options;
    if (days === 0) {
      log.event('error', `${role} of ${repository} has expired: clients refuse what it says`, facts);
    } else {
      const when = days === 1 ? 'a day' : `${days} days`;
      const message = `${role} of ${repository} expires within ${when}: sign it again with ${again(role)}`;
      log.event('warn', message, facts);
    }
  }
}
