/** People with homes of their own: keys, pass-phrase, pinned roots and settings of one are unknown to the others. */
import { join } from 'node:path';
import { expect } from 'vitest';
import { run, type FakeOptions, type Ran } from './support.js';
import { json } from './world.js';

export interface Person {
  readonly name: string;
  readonly env: Readonly<Record<string, string>>;
  /** Of the key that they made first. */
  readonly id: string;
  /** A file with its public half, to be given to others. */
  readonly pem: string;
  writ(argv: readonly string[], options?: FakeOptions): Promise<Ran>;
  /** As {@link writ} with --json and --yes where it asks; fails the test unless it exits with 0. */
  does(...argv: string[]): Promise<Record<string, unknown>>;
  /** The code of the error that it ends with. */
  fails(...argv: string[]): Promise<unknown>;
  /** A further key: its id. */
  newKey(): Promise<string>;
}

/** Runs a command line with an environment. */
export type Runner = (argv: readonly string[], options: FakeOptions) => Promise<Ran>;

export async function createPerson(
  folder: string,
  name: string,
  server: string,
  runner: Runner = run,
): Promise<Person> {
  const home = join(folder, name);
  const env = {
    HOME: home,
    WRIT_STATE: join(home, 'state'),
    WRIT_KEYS: join(home, 'keys'),
    WRIT_PASSPHRASE: `the phrase of ${name}`,
    WRIT_SERVER: server,
  };
  const writ: Person['writ'] = (argv, options = {}) =>
    runner(argv, { ...options, env: { ...env, ...options.env } });
  const does: Person['does'] = async (...argv) => {
    const ran = await writ([...argv, '--json']);
    expect(ran.code, `${name}: writ ${argv.join(' ')}: ${ran.stdout}${ran.stderr}`).toBe(0);
    return ran.stdout === '' ? {} : json(ran);
  };
  const fails: Person['fails'] = async (...argv) => {
    const ran = await writ([...argv, '--json']);
    expect(ran.code, `${name}: writ ${argv.join(' ')}: ${ran.stdout}`).not.toBe(0);
    return (json(ran)['error'] as { code: string }).code;
  };
  const newKey = async (): Promise<string> => String((await does('key', 'generate'))['id']);
  const id = await newKey();
  const pem = join(folder, `${name}.pem`);
  await does('key', 'export', id, '-o', pem);
  return { name, env, id, pem, writ, does, fails, newKey };
}
