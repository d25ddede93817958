/** The door of the Notary wire, as the settings want it. */
import { openDockerTokens } from '../../access/open.js';
import type { NotaryAuth } from '../../config/types.js';
import type { Clock } from '../../tuf/ports.js';
import type { Authenticate } from '../auth.js';
import { basicDoor, type NotaryDoor } from './auth.js';
import { tokenDoor } from './token-door.js';

/**
 * @param authenticate - of the service's own tokens, for a door without settings
 * @throws WritError ACCESS_KEYS
 */
export async function openDoor(
  settings: NotaryAuth | undefined,
  authenticate: Authenticate,
  clock: Clock,
): Promise<NotaryDoor> {
  if (settings === undefined) return basicDoor(authenticate);
  const { realm, service, anonymousPull } = settings;
  const tokens = await openDockerTokens(settings, clock);
  return tokenDoor({ tokens, realm: () => realm, service, anonymousPull });
}
