/** SIGKILL of the service while an owner imports into hash bins: what is published is whole, before and after. */
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it, onTestFinished } from 'vitest';
import { createPerson, type Runner } from '../cli/people.js';
import type { Ran } from '../cli/support.js';
import { manifestText } from '../cli/world.js';
import { loggingProxy } from '../support/logging-proxy.js';
import { freePort } from '../support/ports.js';
import { builtWrit, serve, temporaryFolder } from './writ-serve.js';

const NAME = 'acme';
const IMAGES = 4000;
/** Some of them, wherever they fall. */
const SAMPLES = [0, 1, 2, 999, 2000, IMAGES - 1];
/** When the service is killed: as it takes up bins, before it learns that it is to publish them, and while it does. */
const KILLS = [
  { at: 'passed', request: 'POST /v1/repositories/acme/uploads' },
  { at: 'before', request: 'POST /v1/repositories/acme/publish' },
  { at: 'passed', request: 'POST /v1/repositories/acme/publish' },
] as const;

const imageOf = (i: number): string =>
  `registry.example/app-${i}@sha256:${createHash('sha256').update(`app-${i}`).digest('hex')}`;

it('an import that the service did not survive publishes nothing, and is whole when it is run again', async () => {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  const address = `127.0.0.1:${await freePort()}`;
  let service = await serve(data, { address });
  let killAt: (typeof KILLS)[number] | undefined;
  const reached = (at: string, request: string): boolean => killAt?.at === at && killAt.request === request;
  const proxy = await loggingProxy(service.repository, {
    before: async request => {
      if (reached('before', request)) await service.end('SIGKILL');
    },
    passed: request => {
      if (reached('passed', request)) service.process.kill('SIGKILL');
    },
  });
  onTestFinished(() => proxy.close());
  const program: Runner = (argv, { env = {} }) =>
    new Promise<Ran>(resolve => {
      const child = spawn(process.execPath, [builtWrit(), ...argv], {
        cwd: folder,
        env: { PATH: process.env['PATH'], ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
      child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
      child.once('close', code => {
        resolve({ code: code ?? -1, stdout, stderr });
      });
    });
  const owner = await createPerson(folder, 'owner', proxy.url, program);
  const manifest = join(folder, 'old.json');
  writeFileSync(manifest, manifestText('old'));
  const list = join(folder, 'images.txt');
  writeFileSync(
    list,
    Array.from({ length: IMAGES }, (_, i) => `${imageOf(i)} ${100 + i} network=user\n`).join(''),
  );
  const signed = async (): Promise<boolean[]> => {
    const codes = SAMPLES.map(async i => (await owner.writ(['inspect', imageOf(i)])).code);
    return (await Promise.all(codes)).map(code => code === 0);
  };

  await owner.does('init', NAME);
  await owner.does('sign', 'registry.example/old:1', '--manifest', manifest);
  await owner.does('delegation', 'bins', '--bits', '9');

  for (const kill of KILLS) {
    killAt = kill;
    const ran = await owner.writ(['import', '--from', list]);
    killAt = undefined;
    expect(await service.end('SIGKILL')).toBe('SIGKILL');
    service = await serve(data, { address });
    const now = await signed();
    const all = now[0] === true;
    expect(now).toEqual(SAMPLES.map(() => all));
    // What was acknowledged is there. What was asked for may be: it was durable, and the answer did not get out.
    if (ran.code === 0) expect(all, ran.stderr).toBe(true);
    if (kill !== KILLS.at(-1)) expect([ran.code, all], ran.stderr).toEqual([1, false]);
    await owner.does('verify', 'registry.example/old:1');
  }
  await owner.does('import', '--from', list);
  expect(await signed()).toEqual(SAMPLES.map(() => true));
  await owner.does('verify', 'registry.example/old:1');
});
