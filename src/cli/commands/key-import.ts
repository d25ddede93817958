import { MAX_KEY_FILE } from '../../keystore/key-file.js';
import type { KeyInfo } from '../../keystore/key-file.js';
import type { KeyStore } from '../../keystore/key-store.js';
import { privateKeyFromPem } from '../../keystore/private-key.js';
import { WritError } from '../../errors.js';
import { defineCommand, type Context } from '../command.js';
import { fileName, inFile, readInput } from '../files.js';
import { openKeyStore, optionalRole, sealingOf } from '../keys.js';

export const command = defineCommand({
  usage: 'FILE [--role ROLE] [--repository NAME]',
  description:
    'Takes a key into the key store: a sealed key file, as `writ key export --format sealed` writes it, stays as it is\n' +
    'and keeps its pass-phrase and its role; a private key in PEM, as openssl writes it, is sealed with a pass-phrase.\n' +
    'FILE may be - for standard input. Prints the id of the key.',
  arguments: [1, 1],
  options: {
    role: { type: 'string', value: 'ROLE', help: 'of a key in PEM: the only role that it may sign for' },
    repository: {
      type: 'string',
      value: 'NAME',
      help: 'of a key in PEM: the repository it is for, as a note',
    },
  },
  examples: [
    'writ key import targets.key',
    'openssl genpkey -algorithm ed25519 | writ key import - --role targets',
  ],
  run: async (context, values, [file = '']) => {
    const bytes = await readInput(file, MAX_KEY_FILE, context.io.stdin);
    const store = await openKeyStore(context);
    const { publicKey, role } = await imported(context, store, { bytes, file, ...values });
    context.out.result(
      { id: publicKey.id, scheme: publicKey.scheme, role: role ?? null, public: publicKey.toJson() },
      () => publicKey.id,
    );
    return 0;
  },
});

interface Given {
  readonly bytes: Uint8Array;
  readonly file: string;
  readonly role: string | undefined;
  readonly repository: string | undefined;
}

async function imported(
  context: Context,
  store: KeyStore,
  { bytes, file, ...values }: Given,
): Promise<KeyInfo> {
  if (/^\s*\{/.test(Buffer.from(bytes.subarray(0, 64)).toString('latin1'))) {
    if (values.role !== undefined || values.repository !== undefined)
      throw new WritError('USAGE', `${fileName(file)} says itself what its key is for`);
    return store.importSealed(bytes, fileName(file));
  }
  const role = optionalRole(values.role);
  const privateKey = await inFile(file, () => privateKeyFromPem(bytes));
  const { passphrase, options } = await sealingOf(context, {
    ...(role === undefined ? {} : { role }),
    ...(values.repository === undefined ? {} : { repository: values.repository }),
  });
  return store.add(privateKey, passphrase, options);
}
