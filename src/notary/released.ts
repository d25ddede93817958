/** What docker makes of a Notary repository: signers, releases, and who may sign what. docker/cli, cli/trust. */
import { isWritError, WritError } from '../errors.js';
import { parseNotaryRole } from '../tuf/notary/names.js';
import { TARGETS, type RoleName } from '../tuf/role-name.js';
import type { NotaryCollection, NotaryDelegation, NotaryTarget } from './collection.js';
import { mayName } from './delegates.js';
import type { NotaryRepository } from './repository.js';

/** What is signed here, or in `targets` itself, is released: `docker pull` takes it. */
export const RELEASES = parseNotaryRole('targets/releases');
/** Everything: docker gives all its roles all targets. */
export const ALL_PATHS: readonly string[] = [''];

export const isReleased = (role: RoleName): boolean => role === TARGETS || role === RELEASES;

export const roleOfSigner = (name: string): RoleName => parseNotaryRole(`${TARGETS}/${name}`);
export const signerOfRole = (role: RoleName): string => role.slice(TARGETS.length + 1);

/** What the repository says; undefined where there is none yet. @throws WritError as NotaryRepository.read */
export async function readIfThere(repository: NotaryRepository): Promise<NotaryCollection | undefined> {
  try {
    return await repository.read();
  } catch (error) {
    if (isWritError(error, 'NOTARY_NO_TRUST')) return undefined;
    throw error;
  }
}

/** The released target of a tag. */
export const releasedTarget = (collection: NotaryCollection, tag: string): NotaryTarget | undefined =>
  collection.targets([RELEASES, TARGETS]).find(({ name }) => name === tag);

/** Delegations directly below `targets`, `targets/releases` included, by name. */
export const signersOf = (collection: NotaryCollection): NotaryDelegation[] =>
  collection
    .delegations()
    .filter(({ name }) => !signerOfRole(name).includes('/'))
    .sort((a, b) => (a.name < b.name ? -1 : 1));

/**
 * The roles that a key of this trust folder may sign `tag` in: `targets` itself where nothing is delegated.
 *
 * @throws WritError NOTARY_KEY when there is none
 */
export async function signableRoles(
  { keyring }: NotaryRepository,
  collection: NotaryCollection,
  tag: string,
): Promise<RoleName[]> {
  const signers = signersOf(collection);
  if (collection.delegations().length === 0) return [TARGETS];
  const here = new Set((await keyring.folder.list()).map(({ id }) => id));
  const roles = signers.filter(({ paths, keyIds }) => mayName(paths, tag) && keyIds.some(id => here.has(id)));
  if (roles.length > 0) return roles.map(({ name }) => name);
  throw new WritError('NOTARY_KEY', 'no valid signing keys for delegation roles', {
    hint: 'load the key of a signer with `writ docker-trust key load`, or have yours added with `signer add`',
  });
}
