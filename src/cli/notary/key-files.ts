/** Private keys that come from files. trustmanager/importer.go. */
import { isDigestText } from '../../crypto/digest.js';
import { parsePem, type PemBlock } from '../../crypto/pem.js';
import { isWritError, WritError } from '../../errors.js';
import { isOfOneRepository, openNotaryKey, type NotaryKeyUse } from '../../keystore/notary-key-folder.js';
import { isSealedKey } from '../../keystore/notary-pkcs8.js';
import type { NotaryPrivateKey } from '../../keystore/notary-private-key.js';
import { Keyring } from '../../notary/keyring.js';
import { readInput, type NotaryContext } from './context.js';
import { passphrases } from './pass-phrases.js';

/** The role of a key of which neither its file nor anybody says one. */
const DEFAULT_ROLE = 'delegation';

/**
 * Keeps every private key of the PEM blocks of a file. One that is sealed is kept as it is, and must say its id; one that
 * is not is sealed first.
 *
 * @param otherwise - role and repository of keys that do not say theirs
 * @throws WritError NOTARY_KEY when there are blocks and none of them is a key that can be kept
 */
export async function importKeys(
  context: NotaryContext,
  blocks: readonly PemBlock[],
  otherwise: NotaryKeyUse,
): Promise<void> {
  const keyring = new Keyring(context.trust.keys, passphrases(context.io), context.log);
  let kept = 0;
  for (const block of blocks) {
    const problem = await importKey(context, keyring, block, otherwise);
    if (problem === undefined) kept++;
    else context.log('warning', `failed to import key to store: ${problem}`);
  }
  if (kept > 0 || blocks.length === 0) return;
  const each = blocks.map(() => 'invalid key pem block').join(', ');
  throw new WritError('NOTARY_KEY', `failed to import all keys: ${each}`);
}

/** @returns why a block cannot be kept; undefined when it was */
async function importKey(
  { trust }: NotaryContext,
  keyring: Keyring,
  block: PemBlock,
  otherwise: NotaryKeyUse,
): Promise<string | undefined> {
  const path = block.headers.get('path') ?? '';
  const { role, gun } = useOf(block, path, otherwise);
  if (isOfOneRepository(role) && gun === '')
    return "Cannot have canonical role key without a gun, don't know what gun it belongs to";
  const sealed = isSealedKey(block);
  if (sealed === false) {
    await keyring.add(openNotaryKey(block, undefined), { role, gun });
    return undefined;
  }
  const id = path.split('/').at(-1) ?? '';
  if (sealed === undefined || !isDigestText('sha256', id))
    return 'Invalid key generated, key may be encrypted and does not contain path header';
  const headers = new Map([...block.headers, ['role', role], ['gun', gun]] as const);
  headers.delete('path');
  await trust.keys.saveBlock(id, { ...block, headers });
  return undefined;
}

/** What the block says, or else its place in an old trust folder, or else the command line. */
function useOf({ headers }: PemBlock, path: string, otherwise: NotaryKeyUse): NotaryKeyUse {
  const said = (name: 'role' | 'gun'): string => headers.get(name) || otherwise[name];
  const role = said('role') || DEFAULT_ROLE;
  const [, folder] = /^tuf_keys\/(.+)\/[^/]+$/.exec(path) ?? [];
  return { role, gun: isOfOneRepository(role) ? (folder ?? said('gun')) : '' };
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
