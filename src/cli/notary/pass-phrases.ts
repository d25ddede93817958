/** Where pass-phrases of Notary keys come from: the environment, or a prompt. */
import type { PassphraseSource } from '../../notary/pass-phrases.js';
import { readHidden } from '../prompt.js';
import type { CliIo } from '../io.js';

/** The shortest pass-phrase that a person may choose. */
const SHORTEST = 8;
const MAX_ATTEMPTS = 3;
const SHOWN_OF_ID = 7;
const OF_ROOT: ReadonlySet<string> = new Set(['root', 'targets', 'snapshot', 'timestamp']);

const ROOT_WARNING = `You are about to create a new root signing key passphrase. It protects the most
sensitive key of your repositories: choose a long one, keep it and the file of the
key safe, and have a copy of both. There is no way to recover them.
`;

/** `NOTARY_TARGETS_PASSPHRASE` for targets; that of delegations for all roles that no root has. */
export function variableOf(role: string): string {
  return OF_ROOT.has(role) ? `NOTARY_${role.toUpperCase()}_PASSPHRASE` : 'NOTARY_DELEGATION_PASSPHRASE';
}

/**
 * Asks at the terminal where the environment says nothing; what was typed for a role serves for its other keys.
 *
 * @param remember - false where the old and the new pass-phrase of one key are asked for
 */
export function passphrases(io: CliIo, remember = true): PassphraseSource {
  const typed = new Map<string, string>();
  return async ({ keyId, role, choose, attempt }) => {
    const given = io.env[variableOf(role)] ?? '';
    if (given !== '') return attempt === 0 ? given : undefined;
    if (io.stdin.isTTY !== true || attempt > MAX_ATTEMPTS) return undefined;
    const known = attempt === 0 ? typed.get(role) : undefined;
    if (known !== undefined) return known;
    if (attempt > 0) io.stdout.write('Passphrase incorrect. Please retry.\n');
    const phrase = choose
      ? await choosePhrase(io, role, keyId)
      : await ask(io, `Enter passphrase for ${role} key`, keyId);
    if (remember) typed.set(role, phrase);
    return phrase;
  };
}

const ask = async ({ stdin, stdout }: CliIo, question: string, keyId: string): Promise<string> => {
  const which = keyId === '' ? '' : ` with ID ${keyId.slice(0, SHOWN_OF_ID)}`;
  return (await readHidden({ stdin, stderr: stdout }, `${question}${which}: `)).trim();
};

async function choosePhrase(io: CliIo, role: string, keyId: string): Promise<string> {
  if (role === 'root') io.stdout.write(ROOT_WARNING);
  for (;;) {
    const phrase = await ask(io, `Enter passphrase for new ${role} key`, keyId);
    if (phrase.length < SHORTEST) {
      io.stdout.write(
        'Passphrase is too short. Please use a password manager to generate and store a good random passphrase.\n',
      );
    } else if (phrase === (await ask(io, `Repeat passphrase for new ${role} key`, keyId))) {
      return phrase;
    } else {
      io.stdout.write('Passphrases do not match. Please retry.\n');
    }
  }
}
