/** Publishing to a pinned Notary repository, and telling it in the form that the plain verbs have. */
import { isWritError, WritError } from '../../errors.js';
import type { JsonObject } from '../../json/types.js';
import type { Change } from '../../notary/change.js';
import type { NotaryCollection } from '../../notary/collection.js';
import { RELEASES, signableRoles } from '../../notary/released.js';
import type { NotaryRepository } from '../../notary/repository.js';
import { parseNotaryRole } from '../../tuf/notary/names.js';
import { TARGETS, type RoleName } from '../../tuf/role-name.js';
import type { Context } from '../command.js';
import { openPinned, type PinnedNotary } from './open.js';

export interface NotaryPublication {
  /** The roles that were signed, the one that is released first. */
  readonly roles: readonly RoleName[];
  readonly version: number;
  /** Ids of the keys whose signatures on the first of the roles count. */
  readonly signers: readonly string[];
  /** What the repository says now. */
  readonly after: NotaryCollection;
}

export interface NotaryEdit {
  readonly changes: readonly Change[];
  readonly roles: readonly RoleName[];
}

const MAX_ATTEMPTS = 12;
const PAUSE_MS = 100;

/**
 * Makes changes from what is current and publishes them, and nothing that somebody staged in the trust folder. When
 * somebody else was faster, does so again from what they published.
 *
 * @param make - from verified metadata
 * @param expired - roles that may have, because they are signed again
 * @throws WritError NOTARY_VERSION when every attempt lost; NOTARY_KEY, NOTARY_REJECTED, NOTARY_DENIED, …; as `make`
 */
export async function publishEdit(
  context: Context,
  pinned: PinnedNotary,
  make: (collection: NotaryCollection, repository: NotaryRepository) => Promise<NotaryEdit>,
  expired: readonly RoleName[] = [],
): Promise<NotaryPublication> {
  const repository = await openPinned(context, pinned, 'push,pull');
  for (let attempt = 1; ; attempt++) {
    const { changes, roles } = await make(await repository.read(expired), repository);
    try {
      await repository.publishChanges(changes, expired);
      return publicationOf(await repository.read(), roles);
    } catch (error) {
      if (!isWritError(error, 'NOTARY_VERSION') || attempt === MAX_ATTEMPTS) throw error;
      context.out.note(`somebody published to ${pinned.gun} at the same time; signing again on top of it`);
      await new Promise(resolve =>
        setTimeout(resolve, PAUSE_MS * Math.min(attempt, 4) * (0.5 + Math.random())),
      );
    }
  }
}

/** What counts first: `targets/releases`, then `targets`. */
const RANK = [RELEASES, TARGETS];
const rankOf = (role: RoleName): number => (RANK.includes(role) ? RANK.indexOf(role) : RANK.length);

function publicationOf(after: NotaryCollection, signed: readonly RoleName[]): NotaryPublication {
  const roles = [...signed].sort((a, b) => rankOf(a) - rankOf(b));
  const document = after.state.targets.get(roles[0] ?? TARGETS);
  return {
    roles,
    after,
    version: document?.value.version ?? 0,
    signers: document?.signedBy.map(({ id }) => id) ?? [],
  };
}

/** The members that every command adds to its result, as those on repositories of writ do. */
export const publicationJson = ({ roles, version, signers }: NotaryPublication): JsonObject => ({
  role: roles[0] ?? TARGETS,
  roles,
  version,
  published: true,
  signers,
  proposal: null,
});

/** Rows for the words of a result. */
export const publicationRows = ({ roles, version, signers }: NotaryPublication): string[][] => [
  ...roles.map((role, i) => [i === 0 ? 'role' : '', i === 0 ? `${role} (version ${version})` : role]),
  ...signers.map((id, i) => [i === 0 ? 'key' : '', id]),
];

/**
 * The roles to change what is said of a tag in: that which is named, else all that keys at hand may sign for.
 *
 * @throws WritError NOTARY_ROLE, NOTARY_KEY
 */
export async function rolesToSign(
  repository: NotaryRepository,
  collection: NotaryCollection,
  { tag, role }: { readonly tag: string; readonly role: string | undefined },
): Promise<RoleName[]> {
  if (role === undefined) return signableRoles(repository, collection, tag);
  const named = parseNotaryRole(role);
  if (named === TARGETS || collection.delegations().some(({ name }) => name === named)) return [named];
  throw new WritError('NOTARY_ROLE', `the repository has no role ${role}`, {
    hint: `it has ${['targets', ...collection.delegations().map(({ name }) => name)].join(', ')}`,
  });
}
