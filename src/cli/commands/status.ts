import { isWritError, type WritError } from '../../errors.js';
import type { JsonObject } from '../../json/types.js';
import type { Proposal, RepositoryStatus } from '../../transport/api-types.js';
import { SNAPSHOT, TIMESTAMP, type RoleName } from '../../tuf/role-name.js';
import { allTargets } from '../all-targets.js';
import { chooseRepository, type Chosen } from '../choose-repository.js';
import { defineCommand, type Context } from '../command.js';
import { frozenStatus } from '../migrate/frozen-status.js';
import { parseDuration } from '../duration.js';
import { rolesOfPinned, type RoleExpiry } from '../notary-format/status.js';
import { REPOSITORY_OPTIONS, type Hosted } from '../repository-option.js';
import { openService } from '../service.js';
import { columns } from '../table.js';
import { refreshPin } from '../trusted.js';

const DAY_MS = 86_400_000;
/** People need this long to meet. */
const WARN_DAYS = 30;

export const command = defineCommand({
  usage: '[--repository NAME] [--within TIME] | --frozen',
  description:
    'Says when each role of a repository expires, as verified from the pinned root, and what waits for signatures. A\n' +
    'role of people that expires within 30 days is warned about. Exit 1 when a role has expired, or with --within\n' +
    'when a role of people expires so soon; where nothing can be verified because of it, the service is asked.\n' +
    'With --frozen it lists the Notary repositories that came without keys (`writ migrate --from`): their owners must\n' +
    'rotate keys before the time that is shown. Exit 1 when that has passed for one.',
  arguments: [0, 0],
  options: {
    ...REPOSITORY_OPTIONS,
    frozen: { type: 'boolean', help: 'Notary repositories whose owners must rotate keys' },
    within: { type: 'string', value: 'TIME', help: 'exit 1 when a role of people expires within: 30d, 12h' },
  },
  examples: ['writ status', 'writ status --frozen', 'writ status --repository acme --within 45d --json'],
  run: async (context, values) => {
    if (values.frozen) return frozenStatus(context);
    const within = values.within === undefined ? 0 : parseDuration(values.within, '--within') * 1000;
    const { name, roles, verified, proposals } = await statusOf(
      context,
      await chooseRepository(context, values.repository),
    );
    const now = context.io.clock.now().getTime();
    const rows = roles.map(role => ({ ...role, left: role.expires.getTime() - now }));
    const json: JsonObject[] = rows.map(({ role, version, expires, online, left }) => ({
      role,
      version,
      expires: expires.toISOString(),
      online,
      daysLeft: Math.floor(left / DAY_MS),
    }));
    const open = proposals.map(({ role, version, signatures, needed }) => ({
      role,
      version,
      signatures: signatures.length,
      needed,
    }));
    context.out.result({ repository: name, verified, roles: json, proposals: open }, () =>
      [
        columns(
          [
            ['ROLE', 'VERSION', 'EXPIRES', 'DAYS', 'SIGNED BY'],
            ...json.map(one => [
              String(one['role']),
              String(one['version']),
              String(one['expires']),
              String(one['daysLeft']),
              one['online'] === true ? 'service' : 'people',
            ]),
          ],
          '',
        ),
        ...open.map(
          one => `${one.role} version ${one.version} waits: ${one.signatures} of ${one.needed} signatures`,
        ),
      ].join('\n'),
    );
    for (const { role, left, online } of rows) warn(context, role, left, online);
    return rows.some(({ left, online }) => left <= (online ? 0 : within)) ? 1 : 0;
  },
});

/** What expires is told also by a mirror, which has no proposals. */
async function proposalsOf({ out }: Context, { pin, service }: Hosted): Promise<readonly Proposal[]> {
  try {
    return (await service.proposals(pin.name)).proposals;
  } catch (error) {
    if (!isWritError(error)) throw error;
    out.warn(`what waits for signatures is not known: ${error.message}`);
    return [];
  }
}

interface Status {
  readonly name: string;
  readonly roles: readonly RoleExpiry[];
  readonly verified: boolean;
  /** A Notary repository has none. */
  readonly proposals: readonly Proposal[];
}

async function statusOf(context: Context, chosen: Chosen): Promise<Status> {
  if (chosen.format === 'notary') {
    const roles = await rolesOfPinned(context, chosen.pinned);
    return { name: chosen.pinned.gun, roles, verified: true, proposals: [] };
  }
  const hosted = { pin: chosen.pin, service: await openService(context) };
  const { roles, verified } = await rolesOf(context, hosted);
  return { name: chosen.pin.name, roles, verified, proposals: await proposalsOf(context, hosted) };
}

function warn({ out }: Context, role: string, left: number, online: boolean): void {
  if (left <= 0) out.warn(`${role} has expired: nothing that it signs counts`);
  else if (!online && left <= WARN_DAYS * DAY_MS) {
    out.warn(`${role} expires in ${Math.floor(left / DAY_MS)} days: writ resign ${role}`);
  }
}

/** From verified metadata; from the service's word when there is none because something has expired. */
async function rolesOf(
  context: Context,
  { pin, service }: Hosted,
): Promise<{ roles: RoleExpiry[]; verified: boolean }> {
  try {
    const view = await refreshPin(context, pin);
    const { documents, unreadable } = await allTargets(view);
    for (const { role, error } of unreadable) context.out.warn(`${role} cannot be read: ${error.message}`);
    const read = [view.root, view.targets, view.snapshot, view.timestamp, ...documents.slice(1)];
    const roles = read.map(({ role, value: { version, expires } }) => ({
      role,
      version,
      expires,
      online: isOnline(role),
    }));
    return {
      roles: [...roles, ...unreadable.flatMap(({ role, error }) => expiredRole(role, error))],
      verified: true,
    };
  } catch (error) {
    if (!isWritError(error, 'TUF_EXPIRED')) throw error;
    context.out.warn(`${error.message}; what follows is what the service says`);
    return { roles: (await service.status(pin.name)).roles.map(asTold), verified: false };
  }
}

const isOnline = (role: RoleName): boolean => role === SNAPSHOT || role === TIMESTAMP;

const asTold = ({ role, version, expires, online }: RepositoryStatus['roles'][number]): RoleExpiry => ({
  role,
  version,
  expires: new Date(expires),
  online,
});

function expiredRole(role: string, error: WritError): RoleExpiry[] {
  const { version, expires } = error.details;
  if (error.code !== 'TUF_EXPIRED' || typeof version !== 'number' || typeof expires !== 'string') return [];
  return [{ role, version, expires: new Date(expires), online: false }];
}
