/** Keys on PKCS #11 tokens, as commands use them. */
import { WritError } from '../errors.js';
import type { KeyInfo } from '../keystore/key-file.js';
import { TokenKey } from '../keystore/pkcs11-key.js';
import type { Signer } from '../tuf/ports.js';
import type { Context } from './command.js';
import { firstLineOf } from './passphrase.js';
import { readHidden } from './prompt.js';

/** A key that is on a token, listed as those of the key store are. */
export interface TokenKeyInfo extends KeyInfo {
  readonly tokenKey: TokenKey;
}

export const isOnToken = (key: KeyInfo): key is TokenKeyInfo => 'tokenKey' in key;

/** The key that a PKCS #11 URI names; needs no PIN. @throws WritError as TokenKey.find */
export async function findTokenKey({ io, config }: Context, uri: string): Promise<TokenKeyInfo> {
  const { module } = (await config()).config.pkcs11;
  const tokenKey = await TokenKey.find(uri, { module, env: io.env });
  // A token does not say when a key was made, nor what for.
  return {
    tokenKey,
    publicKey: tokenKey.publicKey,
    role: undefined,
    repository: undefined,
    created: new Date(0),
  };
}

/** A signer with the key; asks for the PIN of its token. @throws WritError CLI_PASSPHRASE, CLI_FILE */
export async function unlockToken(context: Context, { tokenKey }: TokenKeyInfo): Promise<Signer> {
  return tokenKey.signer(await pinFor(context, tokenKey));
}

/**
 * The PIN: of the file that `pin-source` of the URI names, of WRIT_PIN, of the file of the setting `pkcs11.pinFile`, or a
 * prompt without echo. Never a flag.
 */
async function pinFor({ io, noInput, config }: Context, { uri, token }: TokenKey): Promise<string> {
  if (uri.pinFile !== undefined) return firstLineOf(uri.pinFile);
  const written = io.env['WRIT_PIN'];
  if (written !== undefined && written !== '') return written;
  const { pinFile } = (await config()).config.pkcs11;
  if (pinFile !== undefined) return firstLineOf(pinFile);
  const pin = noInput || io.stdin.isTTY !== true ? '' : await readHidden(io, `PIN of the token ${token}: `);
  if (pin !== '') return pin;
  throw new WritError('CLI_PASSPHRASE', `no PIN is given for the token ${token}`, {
    hint: 'set WRIT_PIN or WRIT_PIN_FILE, name a file as pin-source in the URI, or run it in a terminal',
  });
}
