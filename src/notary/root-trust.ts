/** Roots of a Notary repository: the first one by pins, later ones by the root before. trustpinning/certs.go. */
import { WritError } from '../errors.js';
import { parseDocumentOf, type SignedDocument } from '../tuf/document.js';
import { NOTARY1 } from '../tuf/format/notary1.js';
import type { Root } from '../tuf/model.js';
import type { Gun } from '../tuf/notary/names.js';
import { rootProblem } from '../tuf/notary/root-certificates.js';
import { trustRoot, type Verified } from '../tuf/verified.js';
import { pinCheck, type TrustPinning } from './pinning.js';
import { MAX_DOCUMENT } from './trust-folder.js';

export interface RootTrust {
  readonly gun: Gun;
  /** Applied where nothing is trusted yet, or what was has expired. */
  readonly pinning: TrustPinning;
  readonly now: Date;
}

/** @throws WritError JSON_*, TUF_*, KEY_* for what is no root */
export const parseRoot = (bytes: Uint8Array): SignedDocument<Root> =>
  parseDocumentOf(NOTARY1, bytes, 'root', MAX_DOCUMENT);

/**
 * Trusts the first root of a repository.
 *
 * @throws WritError NOTARY_ROOT when pins or its own signatures do not allow it
 */
export async function trustFirstRoot(bytes: Uint8Array, trust: RootTrust): Promise<Verified<Root>> {
  const document = parseRoot(bytes);
  const pinned = await pinCheck(trust.pinning, trust.gun, trust.now, true);
  const problem = rootProblem(document, { gun: trust.gun, before: undefined, now: trust.now, pinned });
  if (problem !== undefined) throw new WritError('NOTARY_ROOT', problem.message);
  return trustRoot(document);
}

/**
 * Trusts a root that goes on from one that is trusted, by the keys of both. It may be newer by several versions where
 * the keys of the trusted one signed it still.
 *
 * @param pinned - which of its keys may count
 * @returns undefined when the trusted root did not sign it: roots between the two are then needed
 * @throws WritError NOTARY_ROOT, TUF_ROLLBACK for an older version
 */
export function trustNextRoot(
  current: Verified<Root>,
  document: SignedDocument<Root>,
  { gun, now }: Pick<RootTrust, 'gun' | 'now'>,
  pinned?: Awaited<ReturnType<typeof pinCheck>>,
): Verified<Root> | undefined {
  const { version } = document.signed;
  if (version < current.value.version) {
    throw new WritError(
      'TUF_ROLLBACK',
      `root version ${version} is older than version ${current.value.version}, which is trusted`,
    );
  }
  const problem = rootProblem(document, { gun, before: current.value, now, pinned });
  if (problem?.kind === 'rotation') return undefined;
  if (problem !== undefined) throw new WritError('NOTARY_ROOT', problem.message);
  return trustRoot(document);
}

export const ROTATION_FAILED =
  'could not rotate trust to a new trusted root: failed to validate data with current trusted certificates';
