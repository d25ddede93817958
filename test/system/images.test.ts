/** The tables of docs/images.md, in real containers: what is there is enough, and none of it can go. */
import { readFileSync, rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { partsOf } from '../../src/entitlements/parts.js';
import { leq } from '../../src/entitlements/grants.js';
import { catalogue, grants, presets, profileOf } from '../entitlements/catalogue.js';
import { describeWith } from '../support/system.js';
import { CONTAINERS } from './container.js';
import { IMAGES, makeImages, type Image } from './images.js';
import { installed, RUNTIMES } from './runtimes.js';
import { serve } from './service.js';

const PAGE = readFileSync('docs/images.md', 'utf8');

/** The rows of the first table after `heading`, without its head. */
const rowsAfter = (heading: string): string[][] => {
  const lines = (PAGE.split(heading)[1] ?? '').split('\n').map(line => line.trim());
  const first = lines.findIndex(line => line.startsWith('|'));
  const last = lines.findIndex((line, i) => i > first && !line.startsWith('|'));
  return lines.slice(first + 2, last).map(line =>
    line
      .split('|')
      .slice(1, -1)
      .map(cell => cell.trim()),
  );
};
const codeIn = (cell = ''): string[] => [...cell.matchAll(/`([^`]+)`/g)].map(([, text = '']) => text);

const LEAST = rowsAfter('# Grants for').map(([image = '', least, preset]) => ({
  image,
  least: codeIn(least),
  preset: codeIn(preset)[0] ?? '',
}));
const NEEDS = rowsAfter('## What each grant').map(([image = '', grant, without]) => ({
  image,
  grant: codeIn(grant)[0] ?? '',
  without: codeIn(without)[0] ?? '',
}));
const leastOf = (name: string): string[] => LEAST.find(({ image }) => image === name)?.least ?? [];

describe('the tables of docs/images.md', () => {
  it('have a row for each image, and one for each of its grants', () => {
    expect(LEAST.map(({ image }) => image)).toEqual(Object.keys(IMAGES));
    expect(NEEDS.map(({ image, grant }) => `${image} ${grant}`)).toEqual(
      LEAST.flatMap(({ image, least }) => least.map(grant => `${image} ${grant}`)),
    );
  });

  it.each(LEAST)('$image: $preset holds its grants, and no smaller preset does', ({ least, preset }) => {
    const asked = grants(...least);
    const chosen = presets.get(preset)?.grants;
    expect(chosen && leq(asked, chosen)).toBe(true);
    const smaller = [...presets].filter(
      ([, other]) =>
        chosen && leq(other.grants, chosen) && !leq(chosen, other.grants) && leq(asked, other.grants),
    );
    expect(smaller.map(([name]) => name)).toEqual([]);
  });
});

const SERVERS = [
  'nginx',
  'redis-server',
  'redis-cli',
  'psql',
  'setpriv',
  'nsenter',
  'curl',
  'python:http.server',
];

describeWith([...CONTAINERS, ...SERVERS], 'images under their least grants', () => {
  let root: string;
  beforeAll(() => {
    root = makeImages();
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });
  const imageOf = (name: string): Image => IMAGES[name] ?? expect.fail(`there is no image ${name}`);

  describe.each(RUNTIMES)('under $version', runtime => {
    it.each(LEAST)('$image answers', async ({ image, least }) => {
      const profile = profileOf(least, runtime.target);
      const { answer, said } = await serve({ root, image: imageOf(image), runtime, profile });
      expect([answer, said]).toEqual([expect.any(String), said]);
    });
  });

  it.each(NEEDS)('$image without $grant: $without', async ({ image, grant, without }) => {
    const lowered = leastOf(image).map(each => (each === grant ? oneBelow(grant) : each));
    const runtime = installed('runc');
    const profile = profileOf(lowered, runtime.target);
    const served = await serve({ root, image: imageOf(image), runtime, profile });
    expect(served).toEqual({ answer: undefined, said: expect.stringContaining(without) as string });
  });
});

function oneBelow(grant: string): string {
  const [domain = '', level] = grant.split('=');
  const found = catalogue.domains.get(domain);
  const levels = found === undefined ? [] : partsOf(found).map(({ name }) => name);
  const below = levels[levels.findIndex(name => name === level) - 1];
  return below === undefined ? expect.fail(`nothing is below ${grant}`) : `${domain}=${below}`;
}
