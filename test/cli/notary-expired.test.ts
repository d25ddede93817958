/** A Notary repository that nobody signed for more than three years. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { createWorld, json, manifestText, type World } from './world.js';

const GUN = 'registry.example/acme/old';
const DAY_MS = 86_400_000;

let world: World;
let now = new Date('2026-11-21T12:00:00Z');

beforeAll(async () => {
  world = await createWorld({ now: () => now });
});
afterAll(() => world.close());

const writ = async (...argv: string[]) => {
  const ran = await world.writ([...argv, '--json']);
  return { ...ran, json: json(ran) };
};

it('is signed again by `writ resign targets`, and by nothing else', async () => {
  const manifest = world.file('one.json', manifestText('one'));
  expect(await writ('init', GUN, '--format', 'notary')).toMatchObject({ code: 0 });
  const signed = await writ('sign', `${GUN}:1`, '--manifest', manifest, '--grant', 'network=user');
  expect(signed).toMatchObject({ code: 0 });
  const version = Number(signed.json['version']) + 1;
  now = new Date(now.getTime() + 4 * 365 * DAY_MS);

  const expired = { code: 1, json: { error: { code: 'TUF_EXPIRED' } } };
  expect(await writ('verify', `${GUN}:1`)).toMatchObject(expired);
  expect(await writ('sign', `${GUN}:2`, '--manifest', manifest)).toMatchObject(expired);
  expect(await writ('untag', `${GUN}:1`)).toMatchObject(expired);
  expect(await writ('resign', 'targets/releases', '--repository', GUN)).toMatchObject(expired);

  const resigned = await writ('resign', 'targets', '--repository', GUN);
  expect(resigned).toMatchObject({ code: 0, json: { role: 'targets', version, published: true } });
  const verified = await writ('verify', `${GUN}:1`);
  expect(verified).toMatchObject({ code: 0, json: { version, grants: { network: 'user' } } });
  expect(new Date(String(verified.json['expires'])) > now).toBe(true);
});
