/**
 * An image in a Notary repository: the target of its tag carries digest and grants; a digest is signed by the tags that
 * name it.
 */
import { meet, type Grants } from '../../entitlements/grants.js';
import type { Catalogue } from '../../entitlements/model.js';
import { WritError } from '../../errors.js';
import { parseDigest, type Digest } from '../../image/digest.js';
import type { ImageReference } from '../../image/reference.js';
import type { NotaryCollection } from '../../notary/collection.js';
import { statements, type NotaryStatement } from '../../notary/stated.js';
import { readSignedGrants } from '../../policy/signed-grants.js';
import { parseNotaryRole } from '../../tuf/notary/names.js';
import { notSigned, tagPath, type SignedImage } from '../signed-image.js';

export interface Wanted {
  readonly reference: ImageReference;
  readonly catalogue: Catalogue;
  /** Only what this role says counts; else what is released. */
  readonly role?: string | undefined;
  /** Of the update. */
  readonly now: Date;
}

/**
 * @throws WritError CLI_NOT_SIGNED, POLICY_GRANTS, NOTARY_ROLE; TUF_EXPIRED, TUF_THRESHOLD for a role that would be asked
 */
export function findNotaryImage(collection: NotaryCollection, wanted: Wanted): SignedImage {
  const { reference, catalogue, now } = wanted;
  const role = wanted.role === undefined ? undefined : parseNotaryRole(wanted.role);
  const said = statements(collection, role, now);
  const found = reference.digest === undefined ? byTag(said, reference) : byDigest(said, reference.digest);
  const [first] = found;
  if (first === undefined) throw notReleased(collection, reference);
  return {
    reference,
    digest: reference.digest ?? digestOf(first, reference),
    tagged: reference.digest === undefined ? first : undefined,
    pinned: first,
    targets: found.map(one => [tagPath(reference, one.name), one] as const),
    grants: grantsOf(found, catalogue),
  };
}

function byTag(said: ReadonlyMap<string, NotaryStatement>, { tag = '' }: ImageReference): NotaryStatement[] {
  const found = said.get(tag);
  return found === undefined ? [] : [found];
}

/** Every tag that names the digest now. */
const byDigest = (said: ReadonlyMap<string, NotaryStatement>, digest: Digest): NotaryStatement[] =>
  [...said.values()]
    .filter(({ target }) => `sha256:${target.hashes.get('sha256') ?? ''}` === digest)
    .sort((a, b) => (a.name < b.name ? -1 : 1));

/** Where several tags name one digest, what all of them grant; nothing signed where one of them has no grants. */
function grantsOf(found: readonly NotaryStatement[], catalogue: Catalogue): Grants | undefined {
  const all = found.map(({ target }) => readSignedGrants(catalogue, target.custom));
  const signed = all.flatMap(grants => grants ?? []);
  const [first, ...rest] = signed;
  return first === undefined || signed.length < all.length ? undefined : rest.reduce(meet, first);
}

function digestOf({ target }: NotaryStatement, reference: ImageReference): Digest {
  const hex = target.hashes.get('sha256');
  if (hex !== undefined) return parseDigest(`sha256:${hex}`);
  throw new WritError('CLI_NOT_SIGNED', `${reference.toString()} is signed without a SHA-256`);
}

/** Roles of signers say something too, that nobody takes until it is released. */
function notReleased(collection: NotaryCollection, reference: ImageReference): WritError {
  const { tag } = reference;
  const by = tag === undefined ? [] : collection.allTargets(tag).map(({ role }) => role);
  const what = reference.toString();
  if (by.length === 0) return notSigned(what);
  return new WritError('CLI_NOT_SIGNED', `${what} is signed by ${by.join(', ')} and not released`, {
    hint: 'a release is signed by targets/releases or targets; --role NAME asks one role alone',
  });
}
