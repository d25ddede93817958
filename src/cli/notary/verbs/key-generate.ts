import { createPublicKey } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { writePem } from '../../../crypto/pem.js';
import { reasonOf, WritError } from '../../../errors.js';
import { sealNotaryKey } from '../../../keystore/notary-key-folder.js';
import { generateNotaryKey } from '../../../keystore/notary-private-key.js';
import { choosePassphrase, Keyring } from '../../../notary/keyring.js';
import type { NotaryContext } from '../context.js';
import { usage } from '../flags.js';
import { passphrases } from '../pass-phrases.js';
import type { VerbRun } from '../verb.js';

export const run: VerbRun = async (context, given) => {
  if (given.args.length > 1) {
    throw usage('Please provide only one Algorithm as an argument to generate (rsa, ecdsa)');
  }
  const algorithm = (given.args[0] ?? 'ecdsa').toLowerCase();
  if (algorithm !== 'ecdsa') {
    throw new WritError('NOTARY_ARGUMENT', 'Algorithm not allowed, possible values are: ECDSA');
  }
  const role = given.text('role') || 'root';
  const output = given.text('output');
  if (output !== '') {
    await toFiles(context, role, output);
    return;
  }
  const keyring = new Keyring(context.trust.keys, passphrases(context.io), context.log);
  const { id } = await keyring.create({ role, gun: '' });
  context.print(`Generated new ${algorithm} ${role} key with keyID: ${id}`);
};

/** Into `<output>.pem` and `<output>-key.pem`. */
async function toFiles({ io }: NotaryContext, role: string, output: string): Promise<void> {
  const key = await generateNotaryKey();
  const passphrase = await choosePassphrase(passphrases(io), key.id, role);
  const sealed = await sealNotaryKey(key, { role, gun: '' }, passphrase);
  const { keyval } = key.publicKey;
  const bytes = createPublicKey({
    key: Buffer.from(String(keyval['public']), 'base64'),
    format: 'der',
    type: 'spki',
  }).export({ format: 'der', type: 'spki' });
  const half = { type: 'PUBLIC KEY', headers: new Map([['role', role]]), bytes };
  try {
    await writeFile(`${output}-key.pem`, writePem(sealed), { mode: 0o600 });
    await writeFile(`${output}.pem`, writePem(half), { mode: 0o600 });
  } catch (cause) {
    throw new WritError('NOTARY_FILE', `open ${output}: ${reasonOf(cause)}`, { cause });
  }
}
