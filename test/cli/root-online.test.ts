/** The service's keys are rotated by a root that lists the next ones. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWorld, json, type World } from './world.js';

let world: World;
beforeAll(async () => {
  world = await createWorld();
});
afterAll(() => world.close());

const done = async (...argv: string[]): Promise<Record<string, unknown>> => {
  const ran = await world.writ([...argv, '--json']);
  expect(ran).toMatchObject({ code: 0 });
  return json(ran);
};

/** The ids that signed what is served now. */
async function signersOf(file: string): Promise<string[]> {
  const response = await fetch(`${world.server}/tuf/example/metadata/${file}`);
  const { signatures } = (await response.json()) as { signatures: { keyid: string }[] };
  return signatures.map(({ keyid }) => keyid);
}

it('writ root online --next names them, and the service signs with them from then on', async () => {
  const path = (name: string): string => join(world.folder, name);
  await done('init', 'example');
  const before = await signersOf('timestamp.json');
  const now = await done('root', 'online', 'example');
  const next = await done('root', 'online', 'example', '--next');
  expect(next['timestamp']).not.toEqual(now['timestamp']);
  expect(next['snapshot']).not.toEqual(now['snapshot']);

  expect((await world.writ(['root', 'online', 'example', '--next', '-o', path('next.json')])).code).toBe(0);
  expect(JSON.parse(readFileSync(path('next.json'), 'utf8'))).toEqual(next);
  await done(
    'root',
    'rotate',
    '--repository',
    'example',
    '--online',
    path('next.json'),
    '-o',
    path('2.json'),
  );
  await done('root', 'sign', path('2.json'), '--repository', 'example', '--yes');
  await done('root', 'publish', 'example', path('2.json'), '--yes');

  expect(await done('root', 'online', 'example')).toEqual(next);
  expect(await signersOf('timestamp.json')).not.toEqual(before);
});
