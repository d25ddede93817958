import { describe, expect, it } from 'vitest';

import { parseImageReference } from '../../src/image/reference.js';
import { parseRemap } from '../../src/image/remap.js';

const DIGEST = `sha256:${'a'.repeat(64)}`;
const remap = () =>
  parseRemap([
    { from: 'mirror.local', to: 'other.example/all' },
    { from: 'mirror.local/hub', to: 'docker.io' },
    { from: 'other.example/all', to: 'never.example' },
  ]);
const remapped = (text: string): string => remap()(parseImageReference(text)).toString();

describe('parseRemap', () => {
  it.each([
    ['mirror.local/hub/library/nginx:1', 'docker.io/library/nginx:1'],
    ['mirror.local/hub/nginx', 'docker.io/library/nginx:latest'],
    [`mirror.local/hub/team/app@${DIGEST}`, `docker.io/team/app@${DIGEST}`],
    ['mirror.local/hubble/app:1', 'other.example/all/hubble/app:1'],
    ['mirror.local/hub:1', 'other.example/all/hub:1'],
    ['mirror.local.evil/hub/app', 'mirror.local.evil/hub/app:latest'],
    ['evil.example/mirror.local/hub/app', 'evil.example/mirror.local/hub/app:latest'],
    ['nginx', 'docker.io/library/nginx:latest'],
  ])('%s is %s', (text, expected) => {
    expect(remapped(text)).toBe(expected);
  });

  it('keeps the tag that is written beside a digest', () => {
    const result = remap()(parseImageReference(`mirror.local/hub/app:2@${DIGEST}`));
    expect(result).toMatchObject({ writtenTag: '2', digest: DIGEST, path: 'library/app' });
  });

  it('gives back what no rule is about', () => {
    const reference = parseImageReference('nginx');
    expect(remap()(reference)).toBe(reference);
  });

  it.each(['', 'hub', 'hub/x', '/x', 'a.b/', 'a.b/X', 'a.b/x/', 'a_b.c', 'a.b:0', 'a.b/*', 'a.b/x:1'])(
    'refuses the place %j',
    place => {
      const error = {
        code: 'IMAGE_PATTERN',
        message: `"${place}" is not a host and the beginning of a path`,
      };
      expect(() => parseRemap([{ from: place, to: 'a.b' }])).toThrow(expect.objectContaining(error));
      expect(() => parseRemap([{ from: 'a.b', to: place }])).toThrow(expect.objectContaining(error));
    },
  );

  it('refuses two rules for one place', () => {
    const rule = { from: 'a.b', to: 'c.d' };
    expect(() => parseRemap([rule, { from: 'e.f', to: 'c.d' }, rule])).toThrow(
      expect.objectContaining({ code: 'IMAGE_PATTERN', message: '"a.b" is remapped twice' }),
    );
  });
});
