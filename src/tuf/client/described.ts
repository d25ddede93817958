/** Files that another document describes: a snapshot by the timestamp, targets by the snapshot. */
import { WritError } from '../../errors.js';
import { checkFileBytes } from '../file-bytes.js';
import type { MetaFile, Root, Snapshot, Targets } from '../model.js';
import { metadataFileName, typeOfRole, type RoleName } from '../role-name.js';
import type { Verified } from '../verified.js';
import { fetchMetadata } from './fetch.js';
import type { Session } from './session.js';

/** True iff `document` is exactly what `meta` describes: version, length and hashes. */
export function isDescribed(meta: MetaFile, document: Verified<Snapshot | Targets>): boolean {
  if (document.value.version !== meta.version) return false;
  try {
    checkFileBytes(document.role, meta, document.bytes);
    return true;
  } catch {
    return false;
  }
}

interface Wanted<T> {
  readonly session: Session;
  readonly root: Verified<Root>;
  readonly role: RoleName;
  readonly meta: MetaFile;
  readonly verify: (bytes: Uint8Array) => Verified<T>;
}

/**
 * Fetches a described document and checks it in the order of the specification: length and hashes of the bytes,
 * signatures, version. §5.5.1 to §5.5.4, §5.6.1 to §5.6.4.
 *
 * @throws WritError TUF_MISSING, TUF_LIMIT, TUF_LENGTH, TUF_HASH, TUF_VERSION, those of `verify`
 */
export async function fetchDescribed<T extends Snapshot | Targets>(wanted: Wanted<T>): Promise<Verified<T>> {
  const { session, root, role, meta } = wanted;
  const limit = session.limits[typeOfRole(role)];
  const maxBytes = Math.min(meta.length ?? limit, limit);
  const version = root.value.consistentSnapshot ? meta.version : undefined;
  const bytes = await fetchMetadata(session, role, version, maxBytes);
  checkFileBytes(metadataFileName(role, version), meta, bytes);
  const document = wanted.verify(bytes);
  if (document.value.version !== meta.version) {
    throw new WritError(
      'TUF_VERSION',
      `${role} has version ${document.value.version}, the metadata that lists it says ${meta.version}`,
    );
  }
  return document;
}
