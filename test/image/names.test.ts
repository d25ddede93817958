import { describe, expect, it } from 'vitest';

import { isDigest, parseDigest } from '../../src/image/digest.js';
import { quote } from '../../src/json/quote.js';
import { isRepositoryName, parseRepositoryName } from '../../src/image/repository-name.js';

describe('RepositoryName', () => {
  it.each(['a', '0', 'example', 'my-org_1.x', 'a..b', 'a'.repeat(128)])('accepts %s', text => {
    expect(parseRepositoryName(text)).toBe(text);
    expect(isRepositoryName(text)).toBe(true);
  });

  it.each(['', '.', '..', '-a', '_a', '.a', 'a/b', 'A', 'a b', 'a\n', 'ä', '%2e', 'a'.repeat(129)])(
    'refuses %j',
    text => {
      expect(isRepositoryName(text)).toBe(false);
      expect(() => parseRepositoryName(text)).toThrow(
        expect.objectContaining({
          code: 'IMAGE_REPOSITORY_NAME',
          message: `the repository name ${quote(text)} is not one component of a-z, 0-9, '.', '_' and '-'`,
        }),
      );
    },
  );
});

describe('Digest', () => {
  it('is sha256 in lower case', () => {
    const text = `sha256:${'0123456789abcdef'.repeat(4)}`;
    expect(parseDigest(text)).toBe(text);
    expect(isDigest(text)).toBe(true);
    expect(isDigest(` ${text}`)).toBe(false);
    expect(isDigest(`${text}\n`)).toBe(false);
  });
});
