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
  const { choose = false, purpose } = request;
  return ask(context, { question: `Pass-phrase for ${purpose}`, choose }, () => missing(request));
}

async function ask(
  { io, noInput }: Pick<Context, 'io' | 'noInput'>,
  { question, choose }: { readonly question: string; readonly choose: boolean },
  missing: () => WritError,
): Promise<string> {
  if (noInput || io.stdin.isTTY !== true) throw missing();
  const phrase = await readHidden(io, `${question}: `);
  if (phrase === '') throw missing();
  if (choose && (await readHidden(io, 'The same again: ')) !== phrase) {
    throw new WritError('CLI_PASSPHRASE_MISMATCH', 'the two pass-phrases differ');
  }
  return phrase;
}

const NEW_PASSPHRASE = 'WRIT_NEW_PASSPHRASE';

/**
 * The pass-phrase that a key is to have from now on: of `WRIT_NEW_PASSPHRASE`, or a prompt, asked twice.
 *
 * @param purpose - as in {@link PassphraseRequest}
 * @throws WritError CLI_PASSPHRASE, CLI_PASSPHRASE_MISMATCH
 */
export async function newPassphraseFor(
  context: Pick<Context, 'io' | 'noInput'>,
  purpose: string,
): Promise<string> {
  const given = phraseOf(context.io.env, NEW_PASSPHRASE);
  if (given !== undefined) return given;
  const why = `no new pass-phrase is given for ${purpose}`;
  return ask(context, { question: `New pass-phrase for ${purpose}`, choose: true }, () =>
    noPassphrase(why, NEW_PASSPHRASE),
  );
}

/** `WRIT_TARGETS_PASSPHRASE` for targets, `WRIT_DEV_TEAM_PASSPHRASE` for dev/team. */
export const passphraseVariable = (role: string): string =>
  `WRIT_${role.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}_PASSPHRASE`;

function phraseOfEnvironment(
  env: Readonly<Record<string, string | undefined>>,
  role: string,
): string | undefined {
  return phraseOf(env, passphraseVariable(role)) ?? phraseOf(env, 'WRIT_PASSPHRASE');
}

function phraseOf(env: Readonly<Record<string, string | undefined>>, variable: string): string | undefined {
  const value = env[variable];
  if (value === '') throw new WritError('CLI_PASSPHRASE', `${variable} is empty`);
  return value;
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

const missing = ({ role, purpose }: PassphraseRequest): WritError =>
  noPassphrase(
    `no pass-phrase is given for ${purpose}`,
    `${passphraseVariable(role)}, WRIT_PASSPHRASE or WRIT_PASSPHRASE_FILE`,
  );

const noPassphrase = (message: string, variables: string): WritError =>
  new WritError('CLI_PASSPHRASE', message, { hint: `set ${variables}, or run it in a terminal` });
