/**
 * Every example in the documents is run: each page in a folder of its own, beside a service that `npm start` made
 * there. A page that claims what no longer happens fails here.
 */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { examplesOf, matches, type Command, type File } from '../docs/examples.js';
import { end } from '../support/processes.js';
import { findProgram } from '../support/programs.js';
import { builtWrit } from './writ-serve.js';

const PAGES = [
  'README.md',
  'docs/sign.md',
  'docs/verify.md',
  'docs/admit.md',
  'docs/lookup.md',
  'docs/operate.md',
  'docs/ceremonies.md',
  'docs/teams.md',
  'docs/notary-cli.md',
  'docs/own-domains.md',
  'docs/profiles.md',
];
/** Where a development service listens unless it is told otherwise; the tests let the system choose. */
const [SERVER, WEBHOOK] = ['127.0.0.1:4443', '127.0.0.1:4444'];

describe.each(PAGES)('%s', page => {
  let folder: string;
  let service: Started;
  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'writ-docs-'));
    putOnPath(join(folder, 'bin'));
    service = await start(folder);
  });
  afterAll(async () => {
    await end(service.process);
    rmSync(folder, { recursive: true, force: true });
  });

  const examples = examplesOf(page);
  it('has examples', () => {
    expect(examples.length).toBeGreaterThan(0);
  });
  for (const example of examples) {
    const needs = example.kind === 'command' ? programsOf(example.text) : [];
    const missing = needs.filter(name => findProgram(name) === undefined);
    const name = example.kind === 'file' ? example.name : `line ${example.line}: ${example.text}`;
    if (missing.length > 0) it.skip(`[needs ${missing.join(', ')}] ${name}`, () => undefined);
    else
      it(name, () =>
        example.kind === 'file' ? put(folder, service, example) : check(folder, service, example),
      );
  }
});

/** Programs beyond the shell's own and writ that a page may use. */
const programsOf = (text: string): string[] =>
  ['curl', 'jq', 'runc'].filter(name => new RegExp(`(^|[|;(] ?)${name} `).test(text));

interface Started {
  readonly process: ChildProcess;
  readonly repository: string;
  readonly admission: string;
  /** What it printed until it was ready. */
  readonly output: string;
}

function putOnPath(bin: string): void {
  mkdirSync(bin);
  const script = `#!/bin/sh\nexec ${process.execPath} ${builtWrit()} "$@"\n`;
  writeFileSync(join(bin, 'writ'), script, { mode: 0o755 });
}

const environment = (folder: string): Record<string, string> => ({
  PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
  HOME: folder,
});

function start(folder: string): Promise<Started> {
  const program = resolve(dirname(builtWrit()), 'program', 'start.js');
  const listen = ['--listen', '127.0.0.1:0', '--admission-listen', '127.0.0.1:0'];
  // Both streams through one pipe, in the order that a terminal shows them.
  const command = ['-c', 'exec "$@" 2>&1', 'sh', process.execPath, program, ...listen];
  const child = spawn('sh', command, { cwd: folder, env: environment(folder) });
  let output = '';
  return new Promise((ready, fail) => {
    const look = (chunk: Buffer): void => {
      output += chunk.toString();
      const [, repository, admission] = /^ready repository=(\S+) admission=(\S+)$/m.exec(output) ?? [];
      if (repository && admission && /^warning/m.test(output))
        ready({ process: child, repository, admission, output });
    };
    child.stdout.on('data', look);
    child.once('close', () => {
      fail(new Error(`the service ended: ${output}`));
    });
  });
}

/** `text` with the addresses of the service where the page has those of a development service. */
function at({ repository, admission }: Started, text: string): string {
  const host = (url: string): string => new URL(url).host;
  return text.replaceAll(SERVER, host(repository)).replaceAll(WEBHOOK, host(admission));
}

function put(folder: string, service: Started, { name, text }: File): void {
  mkdirSync(dirname(join(folder, name)), { recursive: true });
  writeFileSync(join(folder, name), at(service, text));
}

function check(folder: string, service: Started, { text, exit, output: shown }: Command): void {
  const here = (page: string): string => at(service, page);
  if (text === 'npm start') {
    const printed = service.output.replace(/^ *export WRIT_SERVER=.*\n/m, '');
    expect(matches(here(shown), printed), `${printed}\nis not\n${here(shown)}`).toBe(true);
    return;
  }
  const { status, stdout } = spawnSync('sh', ['-c', `exec 2>&1\n${here(text).replace(/^npx /, '')}`], {
    cwd: folder,
    encoding: 'utf8',
    env: {
      ...environment(folder),
      WRIT_CONFIG: join(folder, 'keys/dev/writ.yaml'),
      WRIT_SERVER: service.repository,
    },
    timeout: 200_000,
  });
  expect({ status, stdout }).toEqual({ status: exit, stdout: expect.any(String) as string });
  if (shown !== '') expect(matches(here(shown), stdout), `${stdout}\nis not\n${here(shown)}`).toBe(true);
}
