/** Repositories that were migrated without keys: whose owners must still act, and how long they have. */
import type { FastifyInstance } from 'fastify';
import type { NotaryRepositories } from '../../repository/notary/service.js';
import type { FrozenList } from '../../transport/api-types.js';
import type { Clock } from '../../tuf/ports.js';
import type { Authenticate } from '../auth.js';
import type { FrozenExpiry } from '../metrics.js';
import { mayChange } from './admin-routes.js';

/** Names are told only to those who may change them. */
export function frozenRoute(
  app: FastifyInstance,
  repositories: NotaryRepositories,
  authenticate: Authenticate,
): void {
  app.get('/v1/notary/frozen', async (request): Promise<FrozenList> => {
    const caller = await authenticate(request);
    const frozen = (await repositories.frozen()).filter(({ gun }) => mayChange(caller, gun));
    return {
      frozen: frozen.map(({ gun, until, roles }) => ({
        name: gun,
        until: until.toISOString(),
        mustRotate: roles,
      })),
    };
  });
}

/** For the metrics. @param repositories - undefined where the service serves no Notary repositories */
export async function frozenExpiries(
  repositories: NotaryRepositories | undefined,
  clock: Clock,
): Promise<readonly FrozenExpiry[]> {
  const now = clock.now().getTime();
  const frozen = (await repositories?.frozen()) ?? [];
  return frozen.map(({ gun, until }) => ({
    repository: gun,
    secondsLeft: Math.floor((until.getTime() - now) / 1000),
  }));
}
