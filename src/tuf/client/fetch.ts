/** Getting metadata files, bounded whatever the adapter does. */
import { WritError } from '../../errors.js';
import { metadataFileName, type RoleName } from '../role-name.js';
import type { Session } from './session.js';

/**
 * @param version - puts it into the file name
 * @returns the bytes, or null when the repository has no such file
 * @throws WritError TUF_LIMIT for more than `maxBytes`; what the fetcher throws
 */
export async function fetchIfPresent(
  session: Session,
  role: RoleName,
  version: number | undefined,
  maxBytes: number,
): Promise<Uint8Array | null> {
  const name = metadataFileName(role, version);
  const bytes = await session.fetcher.metadata(name, maxBytes);
  if (bytes !== null && bytes.length > maxBytes) {
    throw new WritError('TUF_LIMIT', `${name} has ${bytes.length} bytes, more than ${maxBytes}`);
  }
  return bytes;
}

/**
 * As {@link fetchIfPresent}, for a file that must be there.
 *
 * @throws WritError TUF_MISSING
 */
export async function fetchMetadata(
  session: Session,
  role: RoleName,
  version: number | undefined,
  maxBytes: number,
): Promise<Uint8Array> {
  const bytes = await fetchIfPresent(session, role, version, maxBytes);
  if (bytes !== null) return bytes;
  throw new WritError('TUF_MISSING', `the repository has no ${metadataFileName(role, version)}`);
}
