/** `writ untag` and `writ revoke` in a Notary repository. */
import { WritError } from '../../errors.js';
import type { ImageReference } from '../../image/reference.js';
import type { NotaryCollection } from '../../notary/collection.js';
import type { NotaryRepository } from '../../notary/repository.js';
import { removeTarget } from '../../notary/stage.js';
import { statements } from '../../notary/stated.js';
import type { RoleName } from '../../tuf/role-name.js';
import type { Context } from '../command.js';
import { tagPath } from '../signed-image.js';
import { columns } from '../table.js';
import { publicationJson, publicationRows, publishEdit, rolesToSign, type NotaryEdit } from './change.js';
import type { PinnedNotary } from './open.js';

export interface TakingBack {
  readonly reference: ImageReference;
  /** Only in this role; else in all that keys at hand may sign for. */
  readonly role: string | undefined;
}

/** Takes back one tag. @throws WritError CLI_NOT_SIGNED; as publishEdit */
export function untagPinned(
  context: Context,
  pinned: PinnedNotary,
  { reference, role, tag }: TakingBack & { readonly tag: string },
): Promise<void> {
  return takeBack(context, pinned, { reference, role, word: 'untagged', tagsOf: () => [tag] });
}

/** Takes back every tag of a digest. @throws WritError CLI_NOT_SIGNED; as publishEdit */
export function revokePinned(context: Context, pinned: PinnedNotary, taking: TakingBack): Promise<void> {
  const { reference } = taking;
  const hex = reference.digest?.slice('sha256:'.length);
  return takeBack(context, pinned, {
    ...taking,
    word: 'revoked',
    tagsOf: collection => [
      ...new Set(
        collection
          .allTargets()
          .filter(({ file }) => file.hashes.get('sha256') === hex)
          .map(({ name }) => name),
      ),
    ],
  });
}

interface Work extends TakingBack {
  readonly word: string;
  readonly tagsOf: (collection: NotaryCollection) => readonly string[];
}

async function takeBack(context: Context, pinned: PinnedNotary, work: Work): Promise<void> {
  const { reference, word } = work;
  let gone: readonly string[] = [];
  const published = await publishEdit(context, pinned, async (collection, repository) => {
    const edit = await editOf(collection, repository, work);
    gone = edit.paths;
    return edit;
  });
  const json = { targets: gone, repository: pinned.gun, ...publicationJson(published) };
  context.out.result(json, () =>
    columns(
      [
        ...gone.map((path, i) => [i === 0 ? word : '', path]),
        ['repository', pinned.gun],
        ...publicationRows(published),
      ],
      '',
    ),
  );
  warnOfOthers(context, published.after, reference, gone);
}

/** The removals, in each role that lists a tag, with the paths that go. */
async function editOf(
  collection: NotaryCollection,
  repository: NotaryRepository,
  { reference, role, tagsOf }: Work,
): Promise<NotaryEdit & { readonly paths: readonly string[] }> {
  const hex = reference.digest?.slice('sha256:'.length);
  const found: { tag: string; roles: RoleName[] }[] = [];
  for (const tag of tagsOf(collection)) {
    const listing = collection
      .allTargets(tag)
      .filter(({ file }) => hex === undefined || file.hashes.get('sha256') === hex)
      .map(one => one.role);
    if (listing.length === 0) continue;
    const mine = await rolesToSign(repository, collection, { tag, role });
    const roles = mine.filter(one => listing.includes(one));
    if (roles.length > 0) found.push({ tag, roles });
  }
  if (found.length === 0) throw notSigned(reference, role);
  return {
    changes: found.flatMap(({ tag, roles }) => removeTarget(tag, roles)),
    roles: [...new Set(found.flatMap(({ roles }) => roles))],
    paths: found.map(({ tag }) => tagPath(reference, tag)).sort(),
  };
}

const notSigned = (reference: ImageReference, role: string | undefined): WritError =>
  new WritError(
    'CLI_NOT_SIGNED',
    `${reference.toString()} is not signed by ${role ?? 'any role that a key here may sign for'}`,
    { hint: 'see `writ list` for what is signed, and by which role' },
  );

/** A role whose key is elsewhere may say the same still. */
function warnOfOthers(
  context: Context,
  after: NotaryCollection,
  reference: ImageReference,
  gone: readonly string[],
): void {
  for (const { name, role, verified } of statements(after, undefined, context.io.clock.now()).values()) {
    const path = tagPath(reference, name);
    if (gone.includes(path))
      context.out.warn(
        `${role} version ${verified.value.version} signs ${path} too: take it back there with --role ${role}`,
      );
  }
}
