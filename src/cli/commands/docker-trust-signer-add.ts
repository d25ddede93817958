import { WritError } from '../../errors.js';
import type { NotaryKey } from '../../crypto/notary-key.js';
import { defineCommand, type Context } from '../command.js';
import { makeRepository, stageSigner } from '../docker-trust/initialize.js';
import { readPublicKey } from '../docker-trust/public-keys.js';
import { readIfThere, roleOfSigner } from '../../notary/released.js';
import { checkSigner } from '../docker-trust/signer-name.js';
import { eachRepository } from '../docker-trust/repositories.js';
import { openTrust, parseNamed } from '../docker-trust/session.js';

export const command = defineCommand({
  usage: 'NAME REPOSITORY [REPOSITORY …] --key FILE …',
  description:
    'Lets a signer sign images of a repository: their keys go to the role targets/NAME, and to targets/releases, which\n' +
    'is what docker pulls. A repository that is not there yet is made; the server signs its snapshot and timestamp.',
  arguments: [2, 1000],
  options: {
    key: { type: 'string', multiple: true, value: 'FILE', help: 'a public key of the signer, PEM' },
  },
  examples: ['writ docker-trust signer add --key alice.pub alice registry.example/acme/app'],
  run: async (context, values, [text = '', ...repositories]) => {
    const name = checkSigner(text);
    if (values.key.length === 0)
      throw new WritError('USAGE', 'path to a public key must be provided using the `--key` flag');
    const keys = await Promise.all(values.key.map(file => readPublicKey(file, context.io.clock.now())));
    await eachRepository(context, repositories, 'adding signer to', repository =>
      addSigner(context, name, repository, keys),
    );
    const ids = keys.map(({ canonicalId }) => canonicalId);
    context.out.result({ signer: name, keys: ids, repositories: [...repositories] }, () =>
      repositories.map(repository => `Successfully added signer: ${name} to ${repository}`).join('\n'),
    );
    return 0;
  },
});

async function addSigner(
  context: Context,
  name: string,
  text: string,
  keys: readonly NotaryKey[],
): Promise<void> {
  const { out } = context;
  out.note(`Adding signer "${name}" to ${text}...`);
  const repository = await openTrust(context, parseNamed(text), 'push,pull');
  await repository.changes.remove();
  if ((await readIfThere(repository)) === undefined) {
    out.note(`Initializing signed repository for ${text}...`);
    await makeRepository(repository);
    out.note(`Successfully initialized "${text}"`);
  }
  await stageSigner(repository, roleOfSigner(name), keys);
  await repository.publish();
}
