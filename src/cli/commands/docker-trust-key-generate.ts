import { access, writeFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { writePem } from '../../crypto/pem.js';
import type { NotaryKey } from '../../crypto/notary-key.js';
import { WritError } from '../../errors.js';
import { member } from '../../json/types.js';
import { Keyring } from '../../notary/keyring.js';
import { storeFailure } from '../../storage/failure.js';
import { defineCommand } from '../command.js';
import { checkSigner } from '../docker-trust/signer-name.js';
import { passphrasesOf, trustFolder } from '../docker-trust/session.js';

export const command = defineCommand({
  usage: 'NAME [--dir DIR]',
  description:
    "Makes a key for the signer NAME in docker's trust folder, and writes its public half to NAME.pub, to be given to\n" +
    'whoever adds signers. The pass-phrase is DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE, or is asked for.',
  arguments: [1, 1],
  options: { dir: { type: 'string', value: 'DIR', help: 'where NAME.pub goes (default: here)' } },
  examples: ['writ docker-trust key generate alice'],
  run: async (context, { dir = '.' }, [text = '']) => {
    const name = checkSigner(text);
    const file = join(resolve(dir), `${name}.pub`);
    // Before the key is made: without its public half it is of no use.
    if (!(await isThere(resolve(dir))))
      throw new WritError('CLI_FILE', `public key path does not exist: ${JSON.stringify(dir)}`);
    if (await isThere(file)) throw new WritError('CLI_FILE', `public key file already exists: ${file}`);
    context.out.note(`Generating key for ${name}...`);
    const keyring = new Keyring(trustFolder(context).keys, passphrasesOf(context), () => undefined);
    const key = await keyring.create({ role: name, gun: '' });
    const headers = new Map([['role', name]]);
    const pem = writePem({ type: 'PUBLIC KEY', headers, bytes: spkiOf(key.publicKey) });
    await writeFile(file, pem, { flag: 'wx' }).catch((cause: unknown) => {
      throw storeFailure(cause, `${file} cannot be written`);
    });
    context.out.result(
      { id: key.id, name, publicKey: file },
      () => `Successfully generated and loaded private key. Corresponding public key available: ${file}`,
    );
    return 0;
  },
});

const isThere = (file: string): Promise<boolean> =>
  access(file).then(
    () => true,
    () => false,
  );

/** Of an ECDSA key, which is what is made. */
const spkiOf = ({ keyval }: NotaryKey): Uint8Array => Buffer.from(String(member(keyval, 'public')), 'base64');
