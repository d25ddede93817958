/** SIGKILL of the service while an owner imports into hash bins: what is published is whole, before and after. */
import { createHash } from 'node:crypto';
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { createPerson, type Runner } from '../cli/people.js';
import type { Ran } from '../cli/support.js';
import { manifestText } from '../cli/world.js';
import { builtWrit, serve, temporaryFolder } from './writ-serve.js';

const NAME = 'acme';
const IMAGES = 4000;
/** Some of them, wherever they fall. */
const SAMPLES = [0, 1, 2, 999, 2000, IMAGES - 1];
/** After which line of its progress the service is killed: as bins are sent, when all are, as they are published. */
const KILLS = [0, 1, 2];

const imageOf = (i: number): string =>
  `registry.example/app-${i}@sha256:${createHash('sha256').update(`app-${i}`).digest('hex')}`;

it('an import that the service did not survive publishes nothing, and is whole when it is run again', async () => {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  let service = await serve(data);
  const { host } = new URL(service.repository);
  /** What is to be done when the program prints a line of progress. */
  let onProgress: (line: string) => void = () => undefined;
  const program: Runner = (argv, { env = {} }) =>
    new Promise<Ran>(resolve => {
      const child = spawn(process.execPath, [builtWrit(), ...argv], {
        cwd: folder,
        env: { PATH: process.env['PATH'], ...env },
        stdio: ['ignore', 'pipe', 'pipe'],
      });
      let [stdout, stderr] = ['', ''];
      child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
      child.stderr.on('data', (text: Buffer) => {
        stderr += text.toString();
        onProgress(text.toString());
      });
      child.once('close', code => {
        resolve({ code: code ?? -1, stdout, stderr });
      });
    });
  const owner = await createPerson(folder, 'owner', service.repository, program);
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

  for (const lines of KILLS) {
    let seen = 0;
    onProgress = () => {
      if (seen++ === lines) service.process.kill('SIGKILL');
    };
    const ran = await owner.writ(['import', '--from', list]);
    onProgress = () => undefined;
    await service.end('SIGKILL');
    service = await serve(data, { address: host });
    const now = await signed();
    const all = now[0] === true;
    expect(now).toEqual(SAMPLES.map(() => all));
    // What was acknowledged is there. What was not may be: it was durable, and the answer did not get out.
    if (ran.code === 0) expect(all, ran.stderr).toBe(true);
    if (lines === 0) expect([ran.code === 0, all], ran.stderr).toEqual([false, false]);
    await owner.does('verify', 'registry.example/old:1');
  }
  await owner.does('import', '--from', list);
  expect(await signed()).toEqual(SAMPLES.map(() => true));
  await owner.does('verify', 'registry.example/old:1');
});
