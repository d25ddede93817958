/**
 * The client under test of the public TUF conformance suite: a thin command line over the client that writ has.
 * `init` stores the root as given; `refresh` follows the workflow; `download` does, and gets targets in order until
 * one fails. The exit code is 0 or 1, nothing else. Run by `test/conformance/tuf-client`.
 */
import { mkdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { WritError } from '../../src/errors.js';
import { encodedName } from '../../src/storage/encoded-name.js';
import { atomicWriteFile, readWholeFile } from '../../src/storage/files.js';
import { MetadataFolder } from '../../src/storage/metadata-folder.js';
import { HttpFetcher } from '../../src/transport/http-fetcher.js';
import { fetchTarget } from '../../src/tuf/client/fetch-target.js';
import { findTarget } from '../../src/tuf/client/find-target.js';
import { refresh } from '../../src/tuf/client/refresh.js';
import type { RepositoryView } from '../../src/tuf/client/view.js';
import { verifyTargetBytes } from '../../src/tuf/file-bytes.js';
import type { TargetFile } from '../../src/tuf/model.js';
import { ROOT } from '../../src/tuf/role-name.js';

/** Bytes of one target: it is held in memory until it is verified. */
const MAX_TARGET = 1024 * 1024 * 1024;

/** The values of each option, in the order given. */
type Options = ReadonlyMap<string, readonly string[]>;

const NAMES = ['metadata-dir', 'metadata-url', 'target-name', 'target-base-url', 'target-dir'];
const COMMANDS: Readonly<Record<string, (options: Options, words: readonly string[]) => Promise<void>>> = {
  init,
  refresh: async options => {
    await update(options);
  },
  download,
};

/** Options come before the command; the word after an option is its value, whatever it looks like. */
function parse(words: readonly string[]): [Options, string, readonly string[]] {
  const options = new Map<string, string[]>();
  let at = 0;
  while (words[at]?.startsWith('--') === true) {
    const [, name = '', inline] = /^--([^=]*)(?:=(.*))?$/s.exec(words[at++] ?? '') ?? [];
    const value = inline ?? words[at++];
    if (!NAMES.includes(name) || value === undefined) throw new Error(`wrong option --${name}`);
    options.set(name, [...(options.get(name) ?? []), value]);
  }
  return [options, words[at] ?? '', words.slice(at + 1)];
}

function one(options: Options, name: string): string {
  const values = options.get(name) ?? [];
  const [value] = values;
  if (value !== undefined && value !== '' && values.length === 1) return value;
  throw new Error(`--${name} is needed, once`);
}

async function init(options: Options, [file]: readonly string[]): Promise<void> {
  if (file === undefined) throw new Error('init needs a root');
  const store = await MetadataFolder.open(one(options, 'metadata-dir'));
  const root = await readFile(file);
  await store.remove(ROOT); // what is given replaces what is there, also where that is newer
  await store.save(ROOT, root);
}

interface Update {
  readonly fetcher: HttpFetcher;
  readonly view: RepositoryView;
}

/** @param targetsUrl - asked for targets only */
async function update(options: Options, targetsUrl = ''): Promise<Update> {
  const fetcher = new HttpFetcher({ metadataUrl: one(options, 'metadata-url'), targetsUrl });
  const store = await MetadataFolder.open(one(options, 'metadata-dir'));
  return { fetcher, view: await refresh({ fetcher, store, clock: { now: () => new Date() } }) };
}

async function download(options: Options): Promise<void> {
  const names = options.get('target-name') ?? [];
  if (names.length === 0) throw new Error('--target-name is needed');
  const folder = one(options, 'target-dir');
  const updated = await update(options, one(options, 'target-base-url'));
  await mkdir(folder, { recursive: true });
  for (const name of names) await downloadOne(updated, name, folder);
}

async function downloadOne({ fetcher, view }: Update, name: string, folder: string): Promise<void> {
  const found = await findTarget(view, name);
  if (found === undefined) throw new Error(`no role lists the target ${JSON.stringify(name)}`);
  const path = join(folder, encodedName(name)); // one name in the folder, whatever the target is called
  if (await isThere(path, name, found.target)) return;
  const bytes = await fetchTarget(fetcher, view, name, found.target, MAX_TARGET);
  await atomicWriteFile(path, bytes, 0o644);
}

async function isThere(path: string, name: string, target: TargetFile): Promise<boolean> {
  try {
    const bytes = await readWholeFile(path, Math.min(target.length, MAX_TARGET));
    if (bytes === null) return false;
    verifyTargetBytes(name, target, bytes);
    return true;
  } catch (error) {
    if (error instanceof WritError) return false; // another version of the target, or something in its place
    throw error;
  }
}

async function main(words: readonly string[]): Promise<void> {
  const [options, command, rest] = parse(words);
  const run = Object.hasOwn(COMMANDS, command) ? COMMANDS[command] : undefined;
  if (run === undefined) throw new Error(`no command ${JSON.stringify(command)}`);
  await run(options, rest);
}

main(process.argv.slice(2)).then(
  () => process.exit(0), // kept connections would hold the process
  (error: unknown) => {
    const code = error instanceof WritError ? `${error.code}: ` : '';
    process.stderr.write(`error: ${code}${error instanceof Error ? error.message : String(error)}\n`);
    process.exit(1);
  },
);
