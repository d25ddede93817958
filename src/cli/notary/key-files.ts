/** Private keys that come from files. trustmanager/importer.go. */
import { isDigestText } from '../../crypto/digest.js';
import { parsePem, type PemBlock } from '../../crypto/pem.js';
import { isWritError, WritError } from '../../errors.js';
import { openNotaryKey, type NotaryKeyUse } from '../../keystore/notary-key-folder.js';
import { isSealedKey } from '../../keystore/notary-pkcs8.js';
import type { NotaryPrivateKey } from '../../keystore/notary-private-key.js';
import { Keyring } from '../../notary/keyring.js';
import { readInput, type NotaryContext } from './context.js';
import { passphrases } from './pass-phrases.js';

/** The role of a key of which neither its file nor anybody says one. */
const DEFAULT_ROLE = 'delegation';

/**
 * Keeps every private key of some PEM blocks. One that is sealed is kept as it is, and must say its id; one that is not
 * is sealed first, and needs a role.
 *
 * @param otherwise - role and repository of keys that do not say theirs
 */
export async function importKeys(
  context: NotaryContext,
  blocks: readonly PemBlock[],
  otherwise: NotaryKeyUse,
): Promise<void> {
  const keyring = new Keyring(context.trust.keys, passphrases(context.io), context.log);
  for (const block of blocks) {
    const role = block.headers.get('role') ?? otherwise.role;
    const gun = block.headers.get('gun') ?? otherwise.gun;
    const id = (block.headers.get('path') ?? '').split('/').at(-1) ?? '';
    const sealed = isSealedKey(block);
    if (sealed === true && isDigestText('sha256', id)) {
      const headers = new Map([...block.headers, ['role', role || DEFAULT_ROLE], ['gun', gun]] as const);
      headers.delete('path');
      await context.trust.keys.saveBlock(id, { ...block, headers });
    } else if (sealed === false && (role !== '' || isDigestText('sha256', id))) {
      await keyring.add(openNotaryKey(block, undefined), { role: role || DEFAULT_ROLE, gun });
    } else {
      context.log(
        'info',
        'failed to import key to store: it is no private key, or PEM headers do not say which',
      );
    }
  }
}

/**
 * The private key of a file; one for a root must be sealed.
 *
 * @throws WritError NOTARY_FILE, KEYSTORE_PASSPHRASE, KEYSTORE_FORMAT
 */
export async function readKeyFile(
  { io }: NotaryContext,
  file: string,
  role: string,
): Promise<NotaryPrivateKey> {
  const [block] = parsePem(Buffer.from(await readKeyText(file)).toString('utf8'));
  const sealed = block === undefined ? undefined : isSealedKey(block);
  if (block === undefined || (role === 'root' && sealed !== true)) {
    throw new WritError('NOTARY_FILE', 'only encrypted root keys may be imported');
  }
  if (sealed !== true) return openNotaryKey(block, undefined);
  const ask = passphrases(io);
  for (let attempt = 0; ; attempt++) {
    const passphrase = await ask({ keyId: '', role: 'root', choose: false, attempt });
    if (passphrase === undefined) break;
    try {
      return openNotaryKey(block, passphrase);
    } catch (error) {
      if (!isWritError(error, 'KEYSTORE_PASSPHRASE')) throw error;
    }
  }
  throw new WritError('KEYSTORE_PASSPHRASE', `no pass-phrase opens the key in ${file}`);
}

async function readKeyText(file: string): Promise<Uint8Array> {
  try {
    return await readInput(file);
  } catch (cause) {
    const message = cause instanceof Error ? cause.message : String(cause);
    throw new WritError('NOTARY_FILE', `Error reading input root key file: ${message}`, { cause });
  }
}
