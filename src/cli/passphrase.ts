/**
 * Where pass-phrases come from: the environment, a file that the settings name, or a prompt. Never a flag, which
 * every process of the machine could read.
 */
import { WritError } from '../errors.js';
import type { Context } from './command.js';
import { readInputFileWithMode } from './files.js';
import { readHidden } from './prompt.js';

export interface PassphraseRequest {
  /** The role that the key signs for; it names the variable `WRIT_<ROLE>_PASSPHRASE`. */
  readonly role: string;
  /** What the prompt says the phrase is for: `the root key of acme`. */
  readonly purpose: string;
  /** Ask twice: the phrase is being chosen. */
  readonly choose?: boolean;
}

const MAX_PASSPHRASE_FILE = 4096;

/**
 * The pass-phrase for a key: of `WRIT_<ROLE>_PASSPHRASE`, `WRIT_PASSPHRASE`, the first line of the file that the
 * setting `passphraseFile` (`WRIT_PASSPHRASE_FILE`) names, or a prompt without echo when stdin is a terminal.
 *
 * @throws WritError CLI_PASSPHRASE when none is given and nothing may be asked, the one given is empty, or
 *   others can read its file;
 *   CLI_PASSPHRASE_MISMATCH when the second writing differs from the first; CLI_FILE; as loadConfig
 */
export async function passphraseFor(
  context: Pick<Context, 'io' | 'noInput' | 'config'>,
  request: PassphraseRequest,
): Promise<string> {
  const given = phraseOfEnvironment(context.io.env, request.role) ?? (await phraseOfFile(context));
  if (given !== undefined) return given;
  if (context.noInput || context.io.stdin.isTTY !== true) throw missing(request);
  const phrase = await readHidden(context.io, `Pass-phrase for ${request.purpose}: `);
  if (phrase === '') throw missing(request);
  if (request.choose === true && (await readHidden(context.io, 'The same again: ')) !== phrase) {
    throw new WritError('CLI_PASSPHRASE_MISMATCH', 'the two pass-phrases differ');
  }
  return phrase;
}

/** `WRIT_TARGETS_PASSPHRASE` for targets, `WRIT_DEV_TEAM_PASSPHRASE` for dev/team. */
export const passphraseVariable = (role: string): string =>
  `WRIT_${role.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_PASSPHRASE`;

function phraseOfEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  role: string,
): string | undefined {
  for (const variable of [passphraseVariable(role), 'WRIT_PASSPHRASE']) {
    const value = env[variable];
    if (value === undefined) continue;
    if (value === '') throw new WritError('CLI_PASSPHRASE', `${variable} is empty`);
    return value;
  }
  return undefined;
}

async function phraseOfFile({ config }: Pick<Context, 'config'>): Promise<string | undefined> {
  const file = (await config()).config.passphraseFile;
  return file === undefined ? undefined : firstLineOf(file);
}

/**
 * The first line of a file that only its owner can read.
 *
 * @throws WritError CLI_PASSPHRASE when others can read it, or the line is empty; CLI_FILE
 */
export async function firstLineOf(file: string): Promise<string> {
  const { bytes, mode } = await readInputFileWithMode(file, MAX_PASSPHRASE_FILE);
  if ((mode & 0o077) !== 0) {
    throw new WritError('CLI_PASSPHRASE', `${file} can be read by others: its mode is ${mode.toString(8)}`, {
      hint: `run: chmod 600 ${file}`,
    });
  }
  const text = new TextDecoder().decode(bytes);
  const [line = ''] = text.split(/\r?\n/, 1);
  if (line === '') throw new WritError('CLI_PASSPHRASE', `the first line of ${file} is empty`);
  return line;
}

function missing({ role, purpose }: PassphraseRequest): WritError {
  return new WritError('CLI_PASSPHRASE', `no pass-phrase is given for ${purpose}`, {
    hint: `set ${passphraseVariable(role)}, WRIT_PASSPHRASE or WRIT_PASSPHRASE_FILE, or run it in a terminal`,
  });
}
