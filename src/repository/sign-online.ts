/** What the service signs itself: a snapshot of all roles, and the timestamp that names it. */
import { isWritError, WritError } from '../errors.js';
import { describeMetadata } from '../tuf/build/describe.js';
import { signDocument } from '../tuf/build/sign.js';
import { buildSnapshot, buildTimestamp } from '../tuf/build/signed-part.js';
import { parseDocument } from '../tuf/document.js';
import { DEFAULT_LIMITS } from '../tuf/limits.js';
import type { MetaFile, Root, Snapshot, Timestamp } from '../tuf/model.js';
import { metadataFileName, SNAPSHOT, TIMESTAMP, type RoleName } from '../tuf/role-name.js';
import { verifyRole, type Verified } from '../tuf/verified.js';
import type { OnlineSigners } from './online-keys.js';
import type { SignedRoles } from './state.js';

export type { OnlineSigners } from './online-keys.js';

/** How long what the service signs is valid, in milliseconds. */
export interface Lifetimes {
  readonly snapshot: number;
  readonly timestamp: number;
}

export interface SigningContext {
  readonly signers: OnlineSigners;
  readonly lifetimes: Lifetimes;
  readonly now: Date;
}

/**
 * The next snapshot over `roles`; a role that is delegated no more stays listed as it was.
 *
 * @param bins - the new versions of hash bins. Their entries hold nothing else: with lengths and hashes, fewer of them
 *   would fit into what clients read
 * @throws WritError REPOSITORY_LIMIT when default clients could not read it
 */
export async function signSnapshot(
  roles: SignedRoles,
  before: Verified<Snapshot> | undefined,
  { signers, lifetimes, now }: SigningContext,
  bins: Iterable<{ readonly role: RoleName; readonly version: number }> = [],
): Promise<Verified<Snapshot>> {
  const meta = new Map<string, MetaFile>(before?.value.meta);
  const documents = [roles.targets, ...[...roles.delegated.values()].map(({ document }) => document)];
  for (const { role, value, bytes } of documents) {
    const name = metadataFileName(role);
    // Lengths and hashes are of the bytes: a document that stays need not be hashed again.
    if (meta.get(name)?.version !== value.version) meta.set(name, describeMetadata(value.version, bytes));
  }
  for (const { role, version } of bins) meta.set(metadataFileName(role), { version });
  const expires = after(now, lifetimes.snapshot);
  const bytes = await signNext(before?.value.version, version =>
    signDocument(buildSnapshot({ ...before?.value, version, expires, meta }), SNAPSHOT, [signers.snapshot]),
  );
  refuseUnreadable('snapshot', bytes);
  return verifyRole(roles.root, SNAPSHOT, parseDocument(bytes, 'snapshot'));
}

/** The next timestamp, over `snapshot`. */
export async function signTimestamp(
  root: Verified<Root>,
  snapshot: Verified<Snapshot>,
  before: Verified<Timestamp> | undefined,
  { signers, lifetimes, now }: SigningContext,
): Promise<Verified<Timestamp>> {
  const meta = describeMetadata(snapshot.value.version, snapshot.bytes);
  const expires = after(now, lifetimes.timestamp);
  const bytes = await signNext(before?.value.version, version =>
    signDocument(buildTimestamp({ ...before?.value, version, expires, snapshot: meta }), TIMESTAMP, [
      signers.timestamp,
    ]),
  );
  return verifyRole(root, TIMESTAMP, parseDocument(bytes, 'timestamp'));
}

/**
 * Signs the version after `before`. A signer with a memory of its own refuses a version that it signed for a write that
 * then failed; clients take any higher one, so the next is the one after that.
 */
async function signNext(
  before: number | undefined,
  sign: (version: number) => Promise<Uint8Array>,
): Promise<Uint8Array> {
  const version = (before ?? 0) + 1;
  try {
    return await sign(version);
  } catch (error) {
    const last = isWritError(error, 'SIGNER_VERSION') ? error.details['last'] : undefined;
    if (typeof last !== 'number' || !(last >= version)) throw error;
    return sign(last + 1);
  }
}

const after = (now: Date, milliseconds: number): Date => new Date(now.getTime() + milliseconds);

function refuseUnreadable(role: 'snapshot', bytes: Uint8Array): void {
  const limit = DEFAULT_LIMITS[role];
  if (bytes.length <= limit) return;
  throw new WritError(
    'REPOSITORY_LIMIT',
    `the ${role} would have ${bytes.length} bytes, more than the ${limit} that default clients read`,
  );
}
