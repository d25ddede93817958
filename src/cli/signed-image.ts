/**
 * One signed image of a repository: the tag leads to a digest, the digest is signed itself and carries the grants. In a
 * Notary repository one target does all of it: see notary-format/find-image.ts.
 */
import type { Catalogue } from '../entitlements/model.js';
import type { Grants } from '../entitlements/grants.js';
import { WritError } from '../errors.js';
import { parseDigest, type Digest } from '../image/digest.js';
import type { ImageReference } from '../image/reference.js';
import { readSignedGrants } from '../policy/signed-grants.js';
import { findTarget, type FoundTarget } from '../tuf/client/find-target.js';
import type { RepositoryView } from '../tuf/client/view.js';
import type { Verified } from '../tuf/verified.js';

/** A target, and the verified document that says it. */
export type StatedTarget = Pick<FoundTarget, 'target' | 'role' | 'verified'>;

export interface SignedImage {
  readonly reference: ImageReference;
  readonly digest: Digest;
  /** The target of the tag; undefined when the image was named by its digest. */
  readonly tagged: StatedTarget | undefined;
  /** The target of the digest. */
  readonly pinned: StatedTarget;
  /** All of them by their paths, the tag first. */
  readonly targets: readonly (readonly [path: string, target: StatedTarget])[];
  /** Undefined when nobody signed any: not the same as none. */
  readonly grants: Grants | undefined;
}

/** What a trusted repository says now, whichever format it has. */
export interface Current {
  /** Of the repository. */
  readonly name: string;
  /** Root, timestamp, snapshot and targets. */
  readonly topLevel: readonly Verified<{ readonly version: number; readonly expires: Date }>[];
  /**
   * What is signed about an image.
   *
   * @param role - in a Notary repository only what this role says itself; in one of writ all roles are asked
   * @throws WritError CLI_NOT_SIGNED; POLICY_GRANTS for grants that cannot be read; TUF_* for a role that cannot
   */
  find(reference: ImageReference, catalogue: Catalogue, role?: string): Promise<SignedImage>;
}

/** `registry.example/team/app:1`. */
export const tagPath = (reference: ImageReference, tag: string): string => `${reference.repository}:${tag}`;
/** `registry.example/team/app@sha256:…`. */
export const digestPath = (reference: ImageReference, digest: Digest): string =>
  `${reference.repository}@${digest}`;

/**
 * What a repository says about an image.
 *
 * @throws WritError CLI_NOT_SIGNED when the tag, or the digest that it names, is not signed, or the two disagree;
 *   POLICY_GRANTS for grants that this version cannot read; as findTarget
 */
export async function findSignedImage(
  view: RepositoryView,
  reference: ImageReference,
  catalogue: Catalogue,
): Promise<SignedImage> {
  const tagged = reference.digest === undefined ? await findTagged(view, reference) : undefined;
  const digest = reference.digest ?? digestOf(tagged, reference);
  const path = digestPath(reference, digest);
  const pinned = await findTarget(view, path);
  if (pinned === undefined)
    throw notSigned(tagged === undefined ? path : `${reference.toString()} is ${digest}, which`);
  if (digestOf(pinned, reference) !== digest) {
    throw new WritError(
      'CLI_NOT_SIGNED',
      `the role ${pinned.role} signs another digest under the name ${path}`,
    );
  }
  const targets = [
    ...(tagged === undefined ? [] : [[reference.toString(), tagged] as const]),
    [path, pinned] as const,
  ];
  const grants = readSignedGrants(catalogue, pinned.target.custom);
  return { reference, digest, tagged, pinned, targets, grants };
}

async function findTagged(view: RepositoryView, reference: ImageReference): Promise<FoundTarget> {
  const found = await findTarget(view, reference.toString());
  if (found === undefined) throw notSigned(reference.toString());
  return found;
}

function digestOf(found: FoundTarget | undefined, reference: ImageReference): Digest {
  const hex = found?.target.hashes.get('sha256');
  if (hex !== undefined) return parseDigest(`sha256:${hex}`);
  throw new WritError('CLI_NOT_SIGNED', `${reference.toString()} is signed without a SHA-256`);
}

export function notSigned(what: string): WritError {
  return new WritError('CLI_NOT_SIGNED', `${what} is not signed in the repository`);
}
