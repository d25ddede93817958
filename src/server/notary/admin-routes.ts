/** What operators ask of the Notary repositories: which there are, and who changed what. Only with a token. */
import type { FastifyInstance } from 'fastify';
import type { AuditEntry } from '../../repository/notary/audit.js';
import type { Head } from '../../repository/notary/records.js';
import type { NotaryRepositories } from '../../repository/notary/service.js';
import { may } from '../../repository/tokens.js';
import type { Gun } from '../../tuf/notary/names.js';
import type { Authenticate, Caller } from '../auth.js';
import { integerOf, queryOf } from './query.js';

export interface NotaryAdminRoutes {
  readonly repositories: Pick<NotaryRepositories, 'heads' | 'audit'>;
  readonly authenticate: Authenticate;
}

const PAGE = 100;
const MAX_PAGE = 1000;

export function notaryAdminRoutes(
  app: FastifyInstance,
  { repositories, authenticate }: NotaryAdminRoutes,
): void {
  app.get('/v1/notary/repositories', async request => {
    const caller = await authenticate(request);
    const query = queryOf(request);
    const [part, after] = [query.get('q') ?? '', query.get('after') ?? ''];
    const records = recordsOf(query);
    const found = (await repositories.heads()).filter(
      ({ gun }) => gun.includes(part) && gun > after && mayChange(caller, gun),
    );
    const page = found.slice(0, records);
    return {
      repositories: page.map(summary),
      next: found.length > page.length ? (page.at(-1)?.gun ?? null) : null,
    };
  });

  app.get('/v1/notary/audit', async request => {
    const caller = await authenticate(request);
    const query = queryOf(request);
    const repository = query.get('repository');
    const records = recordsOf(query);
    const before = integerOf('before', query.get('before') ?? '', 0);
    const wanted = (gun: Gun): boolean =>
      (repository === null || repository === gun) && mayChange(caller, gun);
    const entries = await repositories.audit({ before, records, wanted });
    return {
      entries: entries.map(writeEntry),
      next: entries.length < records ? null : (entries.at(-1)?.id ?? null),
    };
  });
}

const recordsOf = (query: URLSearchParams): number =>
  Math.max(1, Math.min(MAX_PAGE, integerOf('records', query.get('records') ?? '', PAGE)));

/** Who may change a repository may see that it is there, and who did. */
export const mayChange = (caller: Caller, gun: Gun): boolean =>
  caller.kind === 'loopback' || may(caller.principal, 'push', gun) || may(caller.principal, 'create', gun);

const summary = ({ gun, roles }: Head): object => ({
  name: gun,
  roles: Object.fromEntries(
    Array.from(roles, ([role, { version, expires }]) => [role, { version, expires: expires.toISOString() }]),
  ),
});

const writeEntry = ({ id, at, gun, action, by, roles }: AuditEntry): object => ({
  id,
  at: at.toISOString(),
  repository: gun,
  action,
  subject: by.subject,
  token: by.tokenId,
  roles,
});
