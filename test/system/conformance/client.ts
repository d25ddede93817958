/** Runs `test/conformance/tuf-client` as the public suite runs the client under test: a process for each command. */
import { spawn } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { it as plain } from 'vitest';
import { Repository } from './repository.js';

const PROGRAM = join(import.meta.dirname, '..', '..', 'conformance', 'tuf-client');

/** What moves the clock of a node process, for machines without libfaketime. */
const moveClock = (ms: number): string =>
  `data:text/javascript,${encodeURIComponent(
    `const Real = Date; globalThis.Date = class extends Real {
       constructor(...args) { args.length === 0 ? super(Real.now() + ${ms}) : super(...args); }
       static now() { return Real.now() + ${ms}; }
     };`,
  )}`;

export interface Ended {
  readonly code: number | null;
  readonly stderr: string;
}

/** @param command - the program and its arguments; nothing of this process's environment but where node is */
export function run(command: readonly string[]): Promise<Ended> {
  const [program = '', ...args] = command;
  const child = spawn(program, args, {
    env: { PATH: process.env['PATH'] },
    stdio: ['ignore', 'ignore', 'pipe'],
  });
  let stderr = '';
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  return new Promise((resolve, reject) => {
    child.once('error', reject);
    child.once('close', code => {
      resolve({ code, stderr });
    });
  });
}

export class Client {
  readonly folder = mkdtempSync(join(tmpdir(), 'writ-conformance-'));
  readonly metadataDir = join(this.folder, 'metadata');
  readonly targetDir = join(this.folder, 'targets');
  /** How far its clock is ahead, in milliseconds. */
  ahead = 0;
  /** What stands before the program, as `faketime`. */
  prefix: readonly string[] = [];
  /** What it last printed. */
  stderr = '';
  readonly #url: string;

  constructor(url: string) {
    this.#url = url;
    mkdirSync(this.metadataDir);
    mkdirSync(this.targetDir);
  }

  /** Runs the program with these arguments; gives its exit code. */
  async run(...args: string[]): Promise<number | null> {
    const clock = this.ahead === 0 ? [] : [process.execPath, '--import', moveClock(this.ahead)];
    const { code, stderr } = await run([...this.prefix, ...clock, PROGRAM, ...args]);
    this.stderr = stderr;
    return code;
  }

  init(root: Uint8Array): Promise<number | null> {
    const file = join(this.folder, 'initial_root.json');
    writeFileSync(file, root);
    return this.run('--metadata-dir', this.metadataDir, 'init', file);
  }

  refresh(): Promise<number | null> {
    return this.run(
      '--metadata-url',
      `${this.#url}/metadata/`,
      '--metadata-dir',
      this.metadataDir,
      'refresh',
    );
  }

  /** Downloads targets in one process. */
  download(...names: string[]): Promise<number | null> {
    const wanted = names.flatMap(name => ['--target-name', name]);
    const from = ['--metadata-url', `${this.#url}/metadata/`, '--target-base-url', `${this.#url}/targets/`];
    const to = ['--metadata-dir', this.metadataDir, '--target-dir', this.targetDir];
    return this.run(...from, ...to, ...wanted, 'download');
  }

  /** The trusted bytes of a role; undefined when there are none. */
  bytes(role: string): Uint8Array | undefined {
    try {
      return new Uint8Array(readFileSync(join(this.metadataDir, `${role}.json`)));
    } catch {
      return undefined;
    }
  }

  version(role: string): number | undefined {
    const bytes = this.bytes(role);
    return (
      bytes && (JSON.parse(Buffer.from(bytes).toString()) as { signed: { version: number } }).signed.version
    );
  }

  /** The trusted roles as their files are named, with their versions. */
  trusted(): [string, number | undefined][] {
    return readdirSync(this.metadataDir)
      .filter(name => name.endsWith('.json'))
      .map(name => name.slice(0, -'.json'.length))
      .sort()
      .map(role => [role, this.version(role)]);
  }

  /** The downloaded contents, in the order of their names: the clock of a disk does not tell two files of a moment apart. */
  downloads(): string[] {
    return readdirSync(this.targetDir, { recursive: true, withFileTypes: true })
      .filter(entry => entry.isFile())
      .map(entry => join(entry.parentPath, entry.name))
      .sort()
      .map(path => readFileSync(path, 'utf8'));
  }
}

interface World {
  readonly repo: Repository;
  readonly client: Client;
}

/** A test with a repository that is served, and a client that has not begun. */
export const it = plain.extend<World>({
  repo: async ({}, use) => {
    const repo = new Repository();
    await use(repo);
    repo.close();
  },
  client: async ({ repo }, use) => {
    const client = new Client(await repo.serve());
    await use(client);
    rmSync(client.folder, { recursive: true, force: true });
  },
});
