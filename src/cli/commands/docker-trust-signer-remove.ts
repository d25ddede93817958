import { WritError } from '../../errors.js';
import type { NotaryCollection, NotaryDelegation } from '../../notary/collection.js';
import type { NotaryRepository } from '../../notary/repository.js';
import { defineCommand, type Context } from '../command.js';
import { confirm } from '../confirm.js';
import { RELEASES, roleOfSigner, signersOf } from '../../notary/released.js';
import { checkSigner } from '../docker-trust/signer-name.js';
import { eachRepository } from '../docker-trust/repositories.js';
import { openTrust, parseNamed } from '../docker-trust/session.js';

export const command = defineCommand({
  usage: 'NAME REPOSITORY [REPOSITORY …] [--force]',
  description:
    'Takes a signer out of a repository: their role, and their keys from those of the releases. Where nobody else signed\n' +
    'the releases they are signed again with a key that is here; without one, images could not be pulled any more,\n' +
    'and it asks first.',
  arguments: [2, 1000],
  options: {
    force: { type: 'boolean', short: 'f', help: 'do it without asking' },
  },
  examples: ['writ docker-trust signer remove alice registry.example/acme/app'],
  run: async (context, { force }, [text = '', ...repositories]) => {
    const name = checkSigner(text);
    await eachRepository(context, repositories, 'removing signer from', repository =>
      removeSigner(context, name, repository, force),
    );
    context.out.result({ signer: name, repositories: [...repositories] }, () =>
      repositories.map(repository => `Successfully removed ${name} from ${repository}`).join('\n'),
    );
    return 0;
  },
});

async function removeSigner(context: Context, name: string, text: string, force: boolean): Promise<void> {
  context.out.note(`Removing signer "${name}" from ${text}...`);
  const repository = await openTrust(context, parseNamed(text), 'push,pull');
  await repository.changes.remove();
  const collection = await repository.read();
  const role = signersOf(collection).find(one => one.name === roleOfSigner(name));
  if (role === undefined) throw new WritError('NOTARY_ROLE', `no signer ${name} for repository ${text}`);
  const left = signedWithout(collection, role);
  if (left === 'too few') {
    if (await holdsOther(repository, collection, role)) await repository.witness([RELEASES]);
    else {
      await confirm(context, {
        shown: `The signer "${name}" signed the last released version of ${text}. Removing this signer will make ${text} unpullable.`,
        question: 'Are you sure you want to continue?',
        yes: force,
      });
    }
  }
  if (left !== 'nothing') await repository.removeFromDelegation(RELEASES, { keyIds: role.keyIds });
  await repository.removeDelegation(role.name);
  await repository.publish();
}

/** Whether what is released still has enough signatures without those of a signer; `nothing` where nothing delegates it. */
function signedWithout(
  collection: NotaryCollection,
  { keyIds }: NotaryDelegation,
): 'enough' | 'too few' | 'nothing' {
  const releases = collection.roles().find(({ name }) => name === RELEASES);
  if (releases === undefined) return 'nothing';
  const left = releases.signedBy.filter(id => !keyIds.includes(id)).length;
  return releases.signedBy.length === 0 || left >= releases.threshold ? 'enough' : 'too few';
}

/** Whether a key of the releases that stays is in the trust folder. */
async function holdsOther(
  { keyring }: NotaryRepository,
  collection: NotaryCollection,
  { keyIds }: NotaryDelegation,
): Promise<boolean> {
  const releases = collection.delegations().find(({ name }) => name === RELEASES);
  const here = new Set((await keyring.folder.list()).map(({ id }) => id));
  return releases?.keyIds.some(id => here.has(id) && !keyIds.includes(id)) === true;
}
