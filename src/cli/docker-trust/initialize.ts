/** A repository as docker makes it: the server signs snapshot and timestamp. docker/cli, cli/command/trust/sign.go. */
import type { NotaryKey } from '../../crypto/notary-key.js';
import type { NotaryRepository } from '../../notary/repository.js';
import type { RoleName } from '../../tuf/role-name.js';
import { ALL_PATHS, RELEASES, roleOfSigner } from '../../notary/released.js';

/** Makes the repository in the trust folder, with the first root key there or a new one. @throws WritError as initialize */
export function makeRepository(repository: NotaryRepository): Promise<void> {
  return repository.initialize({ serverRoles: ['snapshot'] });
}

/** Stages a signer: a role of theirs, and their keys among those of the releases. @throws WritError NOTARY_ROLE, STORE_* */
export async function stageSigner(
  repository: NotaryRepository,
  role: RoleName,
  keys: readonly NotaryKey[],
): Promise<void> {
  await repository.addDelegation(role, keys, ALL_PATHS);
  await repository.addDelegation(RELEASES, keys, ALL_PATHS);
}

/** The key of a signer in the trust folder, or a new one. @throws WritError KEYSTORE_* */
export async function keyOfSigner({ keyring }: NotaryRepository, name: string): Promise<NotaryKey> {
  for (const { id, role } of await keyring.folder.list()) {
    if (role !== name) continue;
    const key = await keyring.open(id);
    if (key !== undefined) return key.publicKey;
  }
  return (await keyring.create({ role: name, gun: '' })).publicKey;
}

/** Makes a repository whose first signer is `name`, and publishes it. @throws WritError as initialize and publish */
export async function makeRepositoryWithSigner(repository: NotaryRepository, name: string): Promise<void> {
  await makeRepository(repository);
  await stageSigner(repository, roleOfSigner(name), [await keyOfSigner(repository, name)]);
  await repository.publish();
}
