/** What an update works with. */
import type { Clock } from '../tuf/ports.js';
import { typeOfRole, type RoleName } from '../tuf/role-name.js';
import type { NotaryLog } from './log.js';
import type { RootTrust } from './root-trust.js';
import type { NotaryServer } from './server.js';
import type { RepositoryFolder } from './trust-folder.js';

export interface UpdateOptions extends Omit<RootTrust, 'now'> {
  readonly folder: RepositoryFolder;
  readonly server: NotaryServer;
  readonly clock: Clock;
  readonly log: NotaryLog;
  /** Asks the server for the root first, also when one is trusted: who publishes must know that the repository is there. */
  readonly forWriting: boolean;
  /** A server that cannot be asked is a failure: the timestamp that is kept does not do. Otherwise as `notary` has it. */
  readonly currentOnly?: boolean | undefined;
  /** Roles that are about to be signed again: they may have expired. Everything else of them is verified. */
  readonly expired?: readonly RoleName[] | undefined;
}

/** Keeps what was verified for the next time. A folder that cannot be written must not keep anybody from reading. */
export async function keep(
  { folder, log }: Pick<UpdateOptions, 'folder' | 'log'>,
  role: RoleName,
  bytes: Uint8Array,
): Promise<void> {
  try {
    await folder.write(role, bytes);
  } catch (error) {
    const level = typeOfRole(role) === 'root' ? 'error' : 'warning';
    log(level, `could not save ${role} to cache: ${error instanceof Error ? error.message : String(error)}`);
  }
}
