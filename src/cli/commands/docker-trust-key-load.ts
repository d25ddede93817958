import { WritError } from '../../errors.js';
import { parsePem } from '../../crypto/pem.js';
import { openNotaryKey } from '../../keystore/notary-key-folder.js';
import { isSealedKey } from '../../keystore/notary-pkcs8.js';
import { Keyring } from '../../notary/keyring.js';
import { defineCommand, type Context } from '../command.js';
import { checkSigner } from '../docker-trust/signer-name.js';
import { passphrasesOf, trustFolder } from '../docker-trust/session.js';
import { inFile, readInputFileWithMode } from '../files.js';
import { readHidden } from '../prompt.js';

const MAX_KEY = 64 * 1024;

export const command = defineCommand({
  usage: 'FILE [--name NAME]',
  description:
    "Puts a private key (PEM: ECDSA, RSA or Ed25519) into docker's trust folder, sealed with the pass-phrase of\n" +
    'DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE, or one that is asked for. Others must not be able to read FILE.',
  arguments: [1, 1],
  options: { name: { type: 'string', value: 'NAME', help: 'the signer whose key it is (default: signer)' } },
  examples: ['writ docker-trust key load bob.pem --name bob'],
  run: async (context, { name = 'signer' }, [file = '']) => {
    const role = checkSigner(name);
    context.out.note(`Loading key from "${file}"...`);
    const { bytes, mode } = await readInputFileWithMode(file, MAX_KEY);
    if ((mode & 0o077) !== 0) {
      throw new WritError('CLI_FILE', `private key file ${file} must not be readable or writable by others`, {
        hint: `run: chmod 600 ${file}`,
      });
    }
    const key = await inFile(file, () => openKey(context, Buffer.from(bytes).toString('utf8')));
    const keyring = new Keyring(trustFolder(context).keys, passphrasesOf(context), () => undefined);
    await keyring.add(key, { role, gun: '' });
    context.out.result({ id: key.id, name: role }, () => `Successfully imported key from ${file}`);
    return 0;
  },
});

async function openKey({ io, noInput }: Context, text: string): Promise<ReturnType<typeof openNotaryKey>> {
  const block = parsePem(text).find(one => isSealedKey(one) !== undefined);
  if (block === undefined) throw new WritError('KEYSTORE_FORMAT', 'it holds no private key in PEM');
  if (isSealedKey(block) !== true) return openNotaryKey(block, undefined);
  if (noInput || io.stdin.isTTY !== true) {
    throw new WritError('CLI_PASSPHRASE', 'the key is sealed, and nobody can be asked for its pass-phrase', {
      hint: 'run it in a terminal, or unseal the key with `openssl pkey` first',
    });
  }
  return openNotaryKey(block, await readHidden(io, 'Enter passphrase for the key in the file: '));
}
