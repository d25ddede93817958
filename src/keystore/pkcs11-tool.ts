/**
 * Tokens by way of `pkcs11-tool` of OpenSC, as a child process: docs/decisions/0008-pkcs11.md. The PIN reaches it in its
 * environment, never among its arguments.
 */
import { spawn } from 'node:child_process';
import { WritError, type ErrorCode } from '../errors.js';

export interface ToolOptions {
  /** The library that drives the token. */
  readonly module: string;
  /** Where programs are found, and what the library reads. */
  readonly env: Readonly<Record<string, string | undefined>>;
  /** A token that waits for a touch takes its time. Default 60,000. */
  readonly timeoutMs?: number;
}

const PROGRAM = 'pkcs11-tool';
const PIN_VARIABLE = 'WRIT_TOKEN_PIN';
const TIMEOUT_MS = 60_000;
const MAX_OUTPUT = 1024 * 1024;

/**
 * Runs the tool; gives what it wrote to stdout.
 *
 * @param pin - logs in with it, once: a wrong one is not tried again, since tokens count
 * @throws WritError KEYSTORE_PIN, KEYSTORE_TOKEN
 */
export async function runTool(
  { module, env, timeoutMs = TIMEOUT_MS }: ToolOptions,
  args: readonly string[],
  pin?: string,
): Promise<Buffer> {
  const login = pin === undefined ? [] : ['--login', '--pin', `env:${PIN_VARIABLE}`];
  const { code, stdout, stderr } = await run(['--module', module, ...login, ...args], timeoutMs, {
    ...withoutSecrets(env),
    LC_ALL: 'C',
    ...(pin === undefined ? {} : { [PIN_VARIABLE]: pin }),
  });
  if (code === 0) return stdout;
  throw failureOf(stderr, module);
}

/** The library of a token gets no pass-phrase and no bearer token of ours. */
const withoutSecrets = (env: ToolOptions['env']) =>
  Object.fromEntries(Object.entries(env).filter(([name]) => !/^(?:WRIT|NOTARY)_/.test(name)));

interface Ran {
  readonly code: number | null;
  readonly stdout: Buffer;
  readonly stderr: string;
}

function run(args: readonly string[], timeoutMs: number, env: NodeJS.ProcessEnv): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn(PROGRAM, args, { env, stdio: ['ignore', 'pipe', 'pipe'] });
    const output: Record<'stdout' | 'stderr', Buffer[]> = { stdout: [], stderr: [] };
    let size = 0;
    const fail = (error: WritError): void => {
      child.kill('SIGKILL');
      // What it started itself and left behind writes to nobody, and ends.
      child.stdout.destroy();
      child.stderr.destroy();
      clearTimeout(timer);
      reject(error);
    };
    const timer = setTimeout(() => {
      fail(broken(`${PROGRAM} gave no answer in ${timeoutMs / 1000} seconds`));
    }, timeoutMs);
    for (const name of ['stdout', 'stderr'] as const) {
      child[name].on('data', (chunk: Buffer) => {
        size += chunk.length;
        output[name].push(chunk);
        if (size > MAX_OUTPUT) fail(broken(`${PROGRAM} writes more than ${MAX_OUTPUT} bytes`));
      });
    }
    child.on('error', cause => {
      fail(notStarted(cause));
    });
    child.on('close', code => {
      clearTimeout(timer);
      const stderr = Buffer.concat(output.stderr).toString('utf8');
      resolve({ code, stdout: Buffer.concat(output.stdout), stderr });
    });
  });
}

export const broken = (message: string, hint?: string): WritError =>
  new WritError('KEYSTORE_TOKEN', message, hint === undefined ? {} : { hint });

function notStarted(cause: Error): WritError {
  return 'code' in cause && cause.code === 'ENOENT'
    ? broken(`there is no program ${PROGRAM}`, 'install OpenSC: the package is called opensc')
    : broken(`${PROGRAM} cannot be started: ${cause.message}`);
}

/** What the functions of PKCS #11 return, in words. */
const RETURNS: ReadonlyMap<string, readonly [ErrorCode, string]> = new Map([
  ['CKR_PIN_INCORRECT', ['KEYSTORE_PIN', 'the PIN is wrong; tokens count wrong PINs']],
  ['CKR_PIN_LEN_RANGE', ['KEYSTORE_PIN', 'the PIN is too short or too long for the token']],
  ['CKR_PIN_INVALID', ['KEYSTORE_PIN', 'the PIN holds characters that the token does not take']],
  ['CKR_PIN_EXPIRED', ['KEYSTORE_PIN', 'the PIN has expired: choose a new one']],
  ['CKR_PIN_LOCKED', ['KEYSTORE_PIN', 'the token is locked: too many wrong PINs were given']],
  ['CKR_USER_PIN_NOT_INITIALIZED', ['KEYSTORE_PIN', 'the token has no PIN yet']],
  ['CKR_TOKEN_NOT_PRESENT', ['KEYSTORE_TOKEN', 'the token was removed']],
  ['CKR_DEVICE_REMOVED', ['KEYSTORE_TOKEN', 'the token was removed']],
  ['CKR_SLOT_ID_INVALID', ['KEYSTORE_TOKEN', 'the token was removed']],
  ['CKR_MECHANISM_INVALID', ['KEYSTORE_TOKEN', 'the token does not sign in the way that the key needs']],
  ['CKR_KEY_FUNCTION_NOT_PERMITTED', ['KEYSTORE_TOKEN', 'the key may not sign']],
]);

function failureOf(stderr: string, module: string): WritError {
  const [, returned = ''] = /rv = (CKR_[A-Z_]+)/.exec(stderr) ?? [];
  const known = RETURNS.get(returned);
  if (known !== undefined) return new WritError(known[0], known[1], { details: { returned } });
  if (stderr.includes('Failed to load pkcs11 module')) {
    return broken(
      `${module} is no PKCS #11 module, or it is not there`,
      'name the library of the token in pkcs11.module',
    );
  }
  if (stderr.includes('Private key not found')) return broken('the token holds no such private key');
  const [line = 'it did not say why'] = stderr.split('\n').filter(text => text.startsWith('error:'));
  return broken(`${PROGRAM} failed: ${line.replace(/[\p{Cc}\p{Cf}]/gu, ' ').slice(0, 300)}`);
}
