import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';

import { parseDigest } from '../../src/image/digest.js';
import { isImageReference, parseImageReference } from '../../src/image/reference.js';
import { isWritError, type WritError } from '../../src/errors.js';

const F = 'f'.repeat(64);
const SHA = `sha256:${F}`;
const BUSY = 'sha256:e6693c20186f837fc393390135d8a598a96a833917917789d63766cab6c59582';
const HEX64 = '1a3f5e7d9c1b3a5f7e9d1c3b5a7f9e1d3c5b7a9f1e3d5d7c9b1a3f5e7d9c1b3a';

function refusal(text: string): WritError {
  try {
    parseImageReference(text);
  } catch (error) {
    if (isWritError(error)) return error;
    throw error;
  }
  throw new Error(`${JSON.stringify(text)} was accepted`);
}

describe('TestParseDockerRef of distribution/reference', () => {
  it.each([
    ['busybox', 'docker.io/library/busybox:latest'],
    ['busybox:latest', 'docker.io/library/busybox:latest'],
    [`busybox@${BUSY}`, `docker.io/library/busybox@${BUSY}`],
    ['library/busybox', 'docker.io/library/busybox:latest'],
    ['docker.io/busybox', 'docker.io/library/busybox:latest'],
    ['docker.io/library/busybox', 'docker.io/library/busybox:latest'],
    ['docker.io/busybox:latest', 'docker.io/library/busybox:latest'],
    ['library/busybox:latest', 'docker.io/library/busybox:latest'],
    ['docker.io/library/busybox:latest', 'docker.io/library/busybox:latest'],
    ['gcr.io/library/busybox', 'gcr.io/library/busybox:latest'],
    [`gcr.io/library/busybox:latest@${BUSY}`, `gcr.io/library/busybox@${BUSY}`],
  ])('%s', (text, expected) => {
    expect(parseImageReference(text).toString()).toBe(expected);
    expect(parseImageReference(expected).toString()).toBe(expected);
  });
});

describe('TestReferenceParse of distribution/reference, normalised', () => {
  it.each([
    // input, domain, path, tag, digest
    ['test_com', 'docker.io', 'library/test_com', 'latest', undefined],
    ['test.com:tag', 'docker.io', 'library/test.com', 'tag', undefined],
    ['test.com:5000', 'docker.io', 'library/test.com', '5000', undefined],
    ['test.com/repo:tag', 'test.com', 'repo', 'tag', undefined],
    ['test:5000/repo', 'test:5000', 'repo', 'latest', undefined],
    ['test:5000/repo:tag', 'test:5000', 'repo', 'tag', undefined],
    [`test:5000/repo@${SHA}`, 'test:5000', 'repo', undefined, SHA],
    [`test:5000/repo:tag@${SHA}`, 'test:5000', 'repo', undefined, SHA],
    ['lowercase:Uppercase', 'docker.io', 'library/lowercase', 'Uppercase', undefined],
    ['sub-dom1.foo.com/bar/baz/quux', 'sub-dom1.foo.com', 'bar/baz/quux', 'latest', undefined],
    [
      'sub-dom1.foo.com/bar/baz/quux:some-long-tag',
      'sub-dom1.foo.com',
      'bar/baz/quux',
      'some-long-tag',
      undefined,
    ],
    [
      'b.gcr.io/test.example.com/my-app:test.example.com',
      'b.gcr.io',
      'test.example.com/my-app',
      'test.example.com',
      undefined,
    ],
    ['xn--n3h.com/myimage:xn--n3h.com', 'xn--n3h.com', 'myimage', 'xn--n3h.com', undefined],
    ['foo_bar.com:8080', 'docker.io', 'library/foo_bar.com', '8080', undefined],
    ['foo/foo_bar.com:8080', 'docker.io', 'foo/foo_bar.com', '8080', undefined],
    ['192.168.1.1', 'docker.io', 'library/192.168.1.1', 'latest', undefined],
    ['192.168.1.1:5000', 'docker.io', 'library/192.168.1.1', '5000', undefined],
    ['192.168.1.1/repo', '192.168.1.1', 'repo', 'latest', undefined],
    ['192.168.1.1:5000/repo:5050', '192.168.1.1:5000', 'repo', '5050', undefined],
    ['[2001:db8::1]/repo', '[2001:db8::1]', 'repo', 'latest', undefined],
    ['[2001:db8:1:2:3:4:5:6]/repo:tag', '[2001:db8:1:2:3:4:5:6]', 'repo', 'tag', undefined],
    [`[2001:db8::1]:5000/repo:tag@${SHA}`, '[2001:db8::1]:5000', 'repo', undefined, SHA],
    ['[::1]:5000/repo', '[::1]:5000', 'repo', 'latest', undefined],
  ])('%s', (text, domain, path, tag, digest) => {
    const reference = parseImageReference(text);
    expect(reference).toMatchObject({ domain, path, tag, digest });
  });

  it.each([
    '',
    ':justtag',
    `@${SHA}`,
    `repo@sha256:${'f'.repeat(34)}`,
    `validname@invaliddigest:${'f'.repeat(128)}`,
    'Uppercase:tag',
    'test:5000/Uppercase/lowercase:tag',
    `${'a/'.repeat(128)}a:tag`,
    'aa/asdf$$^/aa',
    '[2001:db8::1]',
    '[2001:db8::1]:5000',
    '[2001:db8::1]:tag',
    '[fe80::1%eth0]:5000/repo',
    '[fe80::1%@invalidzone]:5000/repo',
  ])('refuses %s', text => {
    expect(['IMAGE_REFERENCE', 'IMAGE_DIGEST']).toContain(refusal(text).code);
  });
});

describe('TestValidateReferenceName and TestValidateRemoteName of distribution/reference', () => {
  it.each([
    'docker/docker',
    'library/debian',
    'debian',
    'docker.io/docker/docker',
    'docker.io/library/debian',
    'docker.io/debian',
    'index.docker.io/docker/docker',
    'index.docker.io/library/debian',
    'index.docker.io/debian',
    '127.0.0.1:5000/docker/docker',
    '127.0.0.1:5000/library/debian',
    '127.0.0.1:5000/debian',
    '192.168.0.1',
    '192.168.0.1:80',
    '192.168.0.1:8/debian',
    '192.168.0.2:25000/debian',
    'thisisthesongthatneverendsitgoesonandonandonthisisthesongthatnev',
    '[fc00::1]:5000/docker',
    '[fc00::1]:5000/docker/docker',
    '[fc00:1:2:3:4:5:6:7]:5000/library/debian',
    `docker.io/${HEX64}`,
    'Docker/docker',
    'DOCKER/docker',
    'docker-rules/docker',
    'docker---rules/docker',
    'doc/docker',
    'd/docker',
    'jess/t',
    'dock__er/docker',
  ])('accepts %s', text => {
    expect(isImageReference(parseImageReference(text))).toBe(true);
  });

  it.each([
    'https://github.com/docker/docker',
    'docker/Docker',
    '-docker',
    '-docker/docker',
    '-docker.io/docker/docker',
    'docker///docker',
    'docker.io/docker/Docker',
    'docker.io/docker///docker',
    '[fc00::1]',
    '[fc00::1]:5000',
    'fc00::1:5000/debian',
    '[fe80::1%eth0]:5000/debian',
    '[2001:db8:3:4::192.0.2.33]:5000/debian',
    HEX64,
    'docker-/docker',
    '-docker-/docker',
    '____/____',
    '_docker/_docker',
    'dock..er/docker',
    'dock_.er/docker',
    'dock-.er/docker',
    'docker/',
    `${'this_is_too_long_'.repeat(16)}/docker`,
  ])('refuses %s', text => {
    expect(refusal(text).code).toBe('IMAGE_REFERENCE');
  });
});

describe('TestParseRepositoryInfo and TestNormalizedSplitHostname of distribution/reference', () => {
  it.each([
    ['fooo/bar', 'docker.io/fooo/bar'],
    ['index.docker.io/fooo/bar', 'docker.io/fooo/bar'],
    ['ubuntu', 'docker.io/library/ubuntu'],
    ['library/ubuntu', 'docker.io/library/ubuntu'],
    ['index.docker.io/library/ubuntu-12.04-base', 'docker.io/library/ubuntu-12.04-base'],
    ['docker.io/foo', 'docker.io/library/foo'],
    ['library/foo/bar', 'docker.io/library/foo/bar'],
    ['store/foo/bar', 'docker.io/store/foo/bar'],
    ['other/library', 'docker.io/other/library'],
    ['127.0.0.1:8000/privatebase', '127.0.0.1:8000/privatebase'],
    ['example.com/private/moonbase', 'example.com/private/moonbase'],
    ['Foo/bar', 'Foo/bar'],
    ['FOO/bar', 'FOO/bar'],
    ['test_com/foo', 'docker.io/test_com/foo'],
    ['docker/migrator', 'docker.io/docker/migrator'],
    ['test-com:8080/foo', 'test-com:8080/foo'],
    ['xn--n3h.com:18080/foo', 'xn--n3h.com:18080/foo'],
    ['dbcc1', 'docker.io/library/dbcc1'],
    [HEX64.slice(1), `docker.io/library/${HEX64.slice(1)}`],
  ])('%s is %s', (text, repository) => {
    expect(parseImageReference(text).repository).toBe(repository);
  });
});

describe('attack 6: the host', () => {
  it('is the first component only when it looks like one', () => {
    expect(parseImageReference('org/registry.example/app').domain).toBe('docker.io');
    expect(parseImageReference('evil.example/registry.example/app').domain).toBe('evil.example');
  });
});

describe('attack 7: implicit docker.io, upper-case host, localhost/x', () => {
  it.each([
    ['localhost/x', 'localhost', 'x'],
    ['localhost:5000/x', 'localhost:5000', 'x'],
    ['localhost', 'docker.io', 'library/localhost'],
    ['LOCALHOST/x', 'LOCALHOST', 'x'],
    ['index.docker.io/x', 'docker.io', 'library/x'],
    ['Index.docker.io/x', 'Index.docker.io', 'x'],
    ['docker.io:443/x', 'docker.io:443', 'x'],
  ])('%s', (text, domain, path) => {
    expect(parseImageReference(text)).toMatchObject({ domain, path });
  });
});

describe('attack 8: tags beside digests, and digests that are none', () => {
  it('keeps the written tag, and lets the digest decide', () => {
    const reference = parseImageReference(`nginx:1.27@${SHA}`);
    expect(reference).toMatchObject({ tag: undefined, writtenTag: '1.27', digest: SHA });
    expect(reference.toString()).toBe(`docker.io/library/nginx@${SHA}`);
  });

  it('has no written tag when none is written', () => {
    expect(parseImageReference('nginx')).toMatchObject({ tag: 'latest', writtenTag: undefined });
  });

  it.each([
    [`nginx@${SHA}@${SHA}`, 'the digest is not sha256: and 64 lower-case hex digits'],
    [`nginx@sha512:${F}${F}`, 'the digest algorithm sha512 is not sha256'],
    [`nginx@md5:${'f'.repeat(32)}`, 'the digest algorithm md5 is not sha256'],
    [`nginx@sha256:${F.slice(1)}`, 'the digest is not sha256: and 64 lower-case hex digits'],
    [`nginx@sha256:${F}0`, 'the digest is not sha256: and 64 lower-case hex digits'],
    [`nginx@sha256:${F.toUpperCase()}`, 'the digest is not sha256: and 64 lower-case hex digits'],
    [`nginx@SHA256:${F}`, 'the digest algorithm SHA256 is not sha256'],
    ['nginx@', 'the digest is not sha256: and 64 lower-case hex digits'],
    ['nginx@sha512', 'the digest is not sha256: and 64 lower-case hex digits'],
    ['nginx@a$b:00', 'the digest is not sha256: and 64 lower-case hex digits'],
    [`nginx@${'a'.repeat(33)}:00`, 'the digest is not sha256: and 64 lower-case hex digits'],
  ])('refuses %s', (text, message) => {
    expect(refusal(text)).toMatchObject({ code: 'IMAGE_DIGEST', message });
  });

  it('pins a reference to a digest', () => {
    const pinned = parseImageReference('team/app:2').withDigest(parseDigest(SHA));
    expect(JSON.stringify({ pinned })).toBe(`{"pinned":"docker.io/team/app@${SHA}"}`);
    expect(pinned.writtenTag).toBeUndefined();
  });
});

describe('attack 9: what the API server lets through', () => {
  const exotic = 'holds a space, a control character or a character that is not ASCII';
  it.each([
    ['ngin\u0445', `the image reference "ngin\\u0445" ${exotic}`],
    ['nginx\u200b', `the image reference "nginx\\u200b" ${exotic}`],
    ['nginx\u202egpj', `the image reference "nginx\\u202egpj" ${exotic}`],
    ['nginx\0', `the image reference "nginx\\u0000" ${exotic}`],
    ['nginx\n', `the image reference "nginx\\n" ${exotic}`],
    ['nginx\u007f', `the image reference "nginx\\u007f" ${exotic}`],
    [' nginx', `the image reference " nginx" ${exotic}`],
    ['ng inx', `the image reference "ng inx" ${exotic}`],
    [
      'registry.example/../app',
      'the image reference "registry.example/../app" has the malformed path "../app"',
    ],
    ['../app', 'the image reference "../app" has the malformed host ".."'],
    ['a.b:99999/x', 'the image reference "a.b:99999/x" has the malformed host "a.b:99999"'],
    ['a.b:65536/x', 'the image reference "a.b:65536/x" has the malformed host "a.b:65536"'],
    ['a.b:0/x', 'the image reference "a.b:0/x" has the malformed host "a.b:0"'],
    ['a.b:/x', 'the image reference "a.b:/x" has the malformed host "a.b:"'],
    ['a.b:x/x', 'the image reference "a.b:x/x" has the malformed host "a.b:x"'],
    ['foo_bar.com/x', 'the image reference "foo_bar.com/x" has the malformed host "foo_bar.com"'],
    ['team/App', 'the image reference "team/App" has upper-case letters in the path "team/App"'],
    ['nginx:', 'the image reference "nginx:" has the malformed tag ""'],
    ['nginx:-1', 'the image reference "nginx:-1" has the malformed tag "-1"'],
    [HEX64, `the image reference "${HEX64}" is an image id, not a name`],
  ])('refuses %j', (text, message) => {
    expect(refusal(text)).toMatchObject({ code: 'IMAGE_REFERENCE', message });
  });

  it('refuses 5 KB, and does not repeat it', () => {
    const { message } = refusal('a'.repeat(5000));
    expect(message).toBe(`the image reference "${'a'.repeat(80)}..." is longer than 716 characters`);
  });

  it.each([['a.b:1/x'], ['a.b:65535/x'], ['a.b:0080/x']])('accepts the port of %s', text => {
    expect(parseImageReference(text).path).toBe('x');
  });
});

describe('bounds', () => {
  it('takes a path of 255 characters and refuses 256', () => {
    expect(parseImageReference(`a.b/${'a'.repeat(255)}`).path).toHaveLength(255);
    expect(refusal(`a.b/${'a'.repeat(256)}`).message).toMatch(/has a path longer than 255 characters$/);
  });

  it('takes a host of 259 characters and refuses 260', () => {
    expect(parseImageReference(`${'a.'.repeat(129)}b/x`).domain).toHaveLength(259);
    expect(refusal(`${'a.'.repeat(129)}bc/x`).message).toMatch(/has a host longer than 259 characters$/);
  });

  it('takes a tag of 128 characters and refuses 129', () => {
    expect(parseImageReference(`x:${'a'.repeat(128)}`).tag).toHaveLength(128);
    expect(refusal(`x:${'a'.repeat(129)}`).message).toMatch(/has the malformed tag/);
  });

  it('takes the longest reference there can be', () => {
    const longest = `${'a.'.repeat(129)}b/${'a'.repeat(255)}:${'t'.repeat(128)}@${SHA}`;
    expect(longest).toHaveLength(716);
    expect(parseImageReference(longest).digest).toBe(SHA);
    expect(refusal(`${longest}0`).message).toMatch(/is longer than 716 characters$/);
  });
});

describe('properties', () => {
  const text = fc.oneof(
    fc.string({ unit: 'grapheme', maxLength: 60 }),
    fc.string({ unit: fc.constantFrom(...'ab0Z._-:/@[]*'), maxLength: 30 }),
  );

  it('is total: a reference, or a coded refusal', () => {
    fc.assert(
      fc.property(text, input => {
        try {
          const { domain, path } = parseImageReference(input);
          expect(domain.length * path.length).toBeGreaterThan(0);
        } catch (error) {
          expect(isWritError(error, 'IMAGE_REFERENCE', 'IMAGE_DIGEST')).toBe(true);
        }
      }),
      { numRuns: 2000 },
    );
  });

  it('is idempotent: the canonical form parses to itself', () => {
    const part = fc.stringMatching(/^[a-z0-9]{1,5}(?:[._-][a-z0-9]{1,4})?$/);
    const host = fc.constantFrom('', 'a.example/', 'localhost/', 'h:5000/', 'Upper/', 'index.docker.io/');
    const suffix = fc.constantFrom('', ':v1', `@${SHA}`, `:v1@${SHA}`);
    fc.assert(
      fc.property(host, fc.array(part, { minLength: 1, maxLength: 4 }), suffix, (domain, parts, end) => {
        const once = parseImageReference(`${domain}${parts.join('/')}${end}`).toString();
        expect(parseImageReference(once).toString()).toBe(once);
      }),
    );
  });

  it('cannot be forged or changed', () => {
    const reference = parseImageReference('nginx');
    expect(isImageReference({ ...reference })).toBe(false);
    expect(isImageReference(null)).toBe(false);
    expect(isImageReference('nginx')).toBe(false);
    expect(Object.isFrozen(reference)).toBe(true);
  });
});
