/** `writ sign` in a Notary repository: the tag is the target; digest, length and grants ride with it. */
import type { Grants } from '../../entitlements/grants.js';
import type { Catalogue } from '../../entitlements/model.js';
import { WritError } from '../../errors.js';
import type { ImageReference } from '../../image/reference.js';
import { isJsonObject } from '../../json/types.js';
import type { Change } from '../../notary/change.js';
import { customOf } from '../../notary/change-data.js';
import type { NotaryCollection } from '../../notary/collection.js';
import { addTarget, witness } from '../../notary/stage.js';
import { statements } from '../../notary/stated.js';
import { replaceSignedGrants } from '../../policy/signed-grants.js';
import type { TargetFile } from '../../tuf/model.js';
import type { RoleName } from '../../tuf/role-name.js';
import type { Context } from '../command.js';
import { grantsCarried, wordsOfGrants } from '../grants.js';
import type { ManifestSet } from '../manifests.js';
import { tagPath } from '../signed-image.js';
import { columns } from '../table.js';
import {
  publicationJson,
  publicationRows,
  publishEdit,
  rolesToSign,
  type NotaryPublication,
} from './change.js';
import type { PinnedNotary } from './open.js';

export interface Signing {
  readonly reference: ImageReference;
  readonly manifests: ManifestSet;
  /** Undefined for no signed grants. */
  readonly grants: Grants | undefined;
  readonly role: string | undefined;
}

/**
 * Signs a tag in every role that keys at hand may sign for, and prints what `writ sign` prints.
 *
 * @throws WritError USAGE for an image without a tag; as publishEdit
 */
export async function signPinned(context: Context, pinned: PinnedNotary, signing: Signing): Promise<void> {
  const { reference, manifests, grants } = signing;
  const tag = tagToSign(reference);
  const file = {
    length: manifests.bytes.length,
    hashes: new Map([['sha256', manifests.digest.slice('sha256:'.length)]] as const),
  };
  const { catalogue } = await context.catalogue();
  let others: ReadonlyMap<string, string> = new Map();
  const published = await publishEdit(context, pinned, async (collection, repository) => {
    const roles = await rolesToSign(repository, collection, { tag, role: signing.role });
    const changes = roles.flatMap(role => changesIn(collection, role, { tag, file, grants }));
    others = othersChanged(collection, roles, { tag, file, grants }, catalogue);
    return { roles, changes };
  });
  tell(context, pinned, signing, { published, others: [...others.keys()] });
  for (const [name, before] of others) {
    const path = tagPath(reference, name);
    context.out.warn(
      `${path} names the same digest: its grants were ${before}, and are ${wordsOfGrants(grants)} now`,
    );
  }
  warnWhereOthersCount(context, published, tag, file);
}

/** @throws WritError USAGE */
export function tagToSign(reference: ImageReference): string {
  const tag = reference.writtenTag ?? reference.tag;
  if (tag !== undefined) return tag;
  throw new WritError('USAGE', `${reference.toString()} names no tag`, {
    hint: 'a Notary repository signs tags: write IMAGE:TAG@sha256:…',
  });
}

interface SignedTag {
  readonly tag: string;
  readonly file: TargetFile;
  readonly grants: Grants | undefined;
}

/**
 * What changes in one role. One digest has one set of grants, whatever tags name it; and the role is signed again also
 * where it says all of it already.
 */
function changesIn(collection: NotaryCollection, role: RoleName, { tag, file, grants }: SignedTag): Change[] {
  const listed = collection.state.targets.get(role)?.value.targets ?? new Map<string, TargetFile>();
  const before = listed.get(tag);
  const own = withGrants(file, before && isSameDigest(before, file) ? before : undefined, grants);
  const others = [...listed]
    .filter(([name, other]) => name !== tag && isSameDigest(other, file))
    .flatMap(([name, other]) => addTarget(name, withGrants(other, other, grants), [role]));
  return [...addTarget(tag, own, [role]), ...others, ...witness([role])];
}

/** Other tags of the digest whose grants are replaced too → the grants that they had, in words; the first role's. */
function othersChanged(
  { state }: NotaryCollection,
  roles: readonly RoleName[],
  { tag, file, grants }: SignedTag,
  catalogue: Catalogue,
): ReadonlyMap<string, string> {
  const found = new Map<string, string>();
  for (const role of roles) {
    for (const [name, other] of state.targets.get(role)?.value.targets ?? []) {
      if (name === tag || found.has(name) || !isSameDigest(other, file)) continue;
      const before = grantsCarried(other, catalogue);
      if (before !== wordsOfGrants(grants)) found.set(name, before);
    }
  }
  return new Map([...found].sort(([a], [b]) => (a < b ? -1 : 1)));
}

const isSameDigest = (a: TargetFile, b: TargetFile): boolean =>
  a.hashes.get('sha256') === b.hashes.get('sha256');

/** The file with these grants in place of those before; what else was signed of the same digest stays. */
function withGrants(
  { length, hashes }: TargetFile,
  before: TargetFile | undefined,
  grants: Grants | undefined,
): TargetFile {
  const said = before && customOf(before);
  const custom = replaceSignedGrants(isJsonObject(said) ? said : undefined, grants);
  return { length, hashes, ...(custom !== undefined && { custom }) };
}

function tell(
  context: Context,
  { gun }: PinnedNotary,
  { reference, manifests, grants }: Signing,
  { published, others }: { readonly published: NotaryPublication; readonly others: readonly string[] },
): void {
  const { digest } = manifests;
  const targets = [tagToSign(reference), ...others].map(tag => tagPath(reference, tag));
  const json = {
    image: reference.toString(),
    pinned: reference.withDigest(digest).toString(),
    digest,
    targets,
    repository: gun,
    ...publicationJson(published),
    grants: grants?.toJson() ?? null,
  };
  context.out.result(json, () =>
    columns(
      [
        ...targets.map((path, i) => [i === 0 ? 'signed' : '', path]),
        ['digest', digest],
        ['repository', gun],
        ...publicationRows(published),
        [
          'grants',
          grants === undefined ? 'none: policies deny it by default, see --grant' : grants.toString(),
        ],
      ],
      '',
    ),
  );
}

/** A role that is asked before those that were signed may say something else. */
function warnWhereOthersCount(
  context: Context,
  { roles, after }: NotaryPublication,
  tag: string,
  file: TargetFile,
): void {
  const counts = statements(after, undefined, context.io.clock.now()).get(tag);
  if (counts?.target.hashes.get('sha256') === file.hashes.get('sha256')) return;
  context.out.warn(
    counts === undefined
      ? `${roles.join(', ')} signed it, and nobody releases it: clients do not take it yet`
      : `${counts.role} names another digest for it, and counts`,
  );
}
