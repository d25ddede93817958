/** Pass-phrases of the keys of Notary repositories, for the plain verbs: Notary's variables, then writ's own. */
import type { PassphraseSource } from '../../notary/pass-phrases.js';
import type { Gun } from '../../tuf/notary/names.js';
import type { Context } from '../command.js';
import { variableOf } from '../notary/pass-phrases.js';
import { passphraseFor } from '../passphrase.js';

const MAX_ATTEMPTS = 3;
const SHOWN_OF_ID = 12;

/**
 * `NOTARY_<ROLE>_PASSPHRASE` (`NOTARY_DELEGATION_PASSPHRASE` for signers), else as every key of writ: `passphraseFor`.
 * One that opened a key of a role, or was chosen for one, serves for the next key of that role.
 */
export function notaryPassphrases(context: Context, gun: Gun): PassphraseSource {
  const known = new Map<string, string>();
  return async ({ keyId, role, choose, attempt }) => {
    const given = context.io.env[variableOf(role)] ?? '';
    if (given !== '') return attempt === 0 ? given : undefined;
    const before = known.get(role);
    if (attempt === 0 && before !== undefined) return before;
    if (attempt >= MAX_ATTEMPTS) return undefined;
    const purpose = choose
      ? `the new ${role} key of ${gun}`
      : `the ${role} key ${keyId.slice(0, SHOWN_OF_ID)}`;
    const phrase = await passphraseFor(context, { role, purpose, choose });
    if (attempt > 0 && phrase === before) return undefined; // nobody is asked: it stays what it is
    known.set(role, phrase);
    return phrase;
  };
}
