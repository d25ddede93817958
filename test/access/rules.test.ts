/** What is granted of what is asked for. */
import { describe, expect, it } from 'vitest';
import { grantedOf, meetsClaims } from '../../src/access/rules.js';
import { readBasic, readScopes } from '../../src/access/token-request.js';

const grants = (repositories: string[], ...allow: string[]) => [{ repositories, allow }];
const ask = (name: string, ...actions: string[]) => [{ type: 'repository', name, actions }];
const granted = (patterns: string[], allow: string[], name: string, ...asked: string[]): readonly string[] =>
  grantedOf(grants(patterns, ...allow), ask(name, ...asked))[0]?.actions ?? [];

describe('scope widening', () => {
  it('gives no more actions than are allowed, and none that were not asked for', () => {
    expect(granted(['a/b'], ['pull'], 'a/b', 'pull', 'push', '*')).toEqual(['pull']);
    expect(granted(['a/b'], ['pull', 'push'], 'a/b', 'push')).toEqual(['push']);
    expect(granted(['a/b'], ['pull', 'push'], 'a/b', '*')).toEqual([]);
    expect(granted(['a/b'], ['*'], 'a/b', '*', 'delete')).toEqual(['*', 'delete']);
    expect(granted(['a/b'], ['*'], 'a/b', 'pull')).toEqual(['pull']);
    expect(granted(['a/b'], ['push'], 'a/b', 'delete')).toEqual([]);
  });

  it('adds up rules of one repository only', () => {
    const rules = [...grants(['a/*'], 'pull'), ...grants(['a/b'], 'push'), ...grants(['x'], '*')];
    expect(grantedOf(rules, [...ask('a/b', 'pull', 'push', '*'), ...ask('a/c', 'pull', 'push')])).toEqual([
      ...ask('a/b', 'pull', 'push'),
      ...ask('a/c', 'pull'),
    ]);
  });

  it('gives nothing on other types, nor on classes of repositories', () => {
    const all = grants(['**'], 'pull', 'push');
    for (const type of ['registry', 'repository(plugin)', 'Repository', ''])
      expect(grantedOf(all, [{ type, name: 'catalog', actions: ['*', 'pull'] }])).toEqual([]);
  });

  it('gives the catalogue to those alone who may do all on all', () => {
    const catalog = [{ type: 'registry', name: 'catalog', actions: ['*'] }];
    expect(grantedOf(grants(['**'], '*'), catalog)).toEqual(catalog);
    expect(grantedOf(grants(['*'], '*'), catalog)).toEqual([]);
    expect(grantedOf([...grants(['**'], 'pull'), ...grants(['a'], '*')], catalog)).toEqual([]);
  });
});

describe('wildcard patterns', () => {
  it.each([
    ['a/b', 'a/b', true],
    ['a/b', 'a/bc', false],
    ['a/b', 'A/b', false],
    ['a/*', 'a/b', true],
    ['a/*', 'a/b/c', false],
    ['a/*', 'a', false],
    ['a/*', 'ab/c', false],
    ['*', 'a', true],
    ['*', 'a/b', false],
    ['**', 'a', true],
    ['**', 'a/b/c', true],
    ['a/**', 'a/b/c', true],
    ['a/**', 'a', false],
    ['a/**/c', 'a/b/b/c', true],
    ['a/**/c', 'a/c', false],
    ['a/x-*', 'a/x-1', true],
    ['a/x-*', 'a/y/x-1', false],
    ['registry.example:5000/*', 'registry.example:5000/a', true],
    ['registry.example/*', 'registry.example.evil/a', false],
    ['registry*/a', 'registry.evil/a', true],
    ['a/*', 'a/*', false],
    ['a/**', 'a/b*', false],
  ])('%s on %s: %s', (pattern, name, expected) => {
    expect(granted([pattern], ['pull'], name, 'pull')).toEqual(expected ? ['pull'] : []);
  });
});

describe('claims', () => {
  const rule = (claims: Record<string, string>) => ({
    claims: new Map(Object.entries(claims)),
    repositories: ['a'],
    allow: ['push'],
  });

  it('must all be there as the rule has them', () => {
    const given = { repository: 'acme/app', ref: 'refs/tags/v1', run: 7, protected: true, groups: ['a'] };
    expect(meetsClaims(rule({ repository: 'acme/app' }), given)).toBe(true);
    expect(meetsClaims(rule({ repository: 'acme/app', ref: 'refs/tags/*' }), given)).toBe(true);
    expect(meetsClaims(rule({ run: '7', protected: 'true' }), given)).toBe(true);
    for (const claims of [
      { repository: 'acme/app', ref: 'refs/heads/*' },
      { repository: 'acme/ap' },
      { repository: 'acme/app2' },
      { missing: '*' },
      { groups: 'a' },
      { toString: '*' },
      { constructor: '*' },
    ])
      expect(meetsClaims(rule(claims as Record<string, string>), given)).toBe(false);
  });
});

describe('scopes of a request', () => {
  it('may be several in one parameter, and hold colons', () => {
    expect(
      readScopes(['repository:localhost:5000/a/b:push,pull repository:x:*', 'registry:catalog:*']),
    ).toEqual([
      { type: 'repository', name: 'localhost:5000/a/b', actions: ['push', 'pull'] },
      { type: 'repository', name: 'x', actions: ['*'] },
      { type: 'registry', name: 'catalog', actions: ['*'] },
    ]);
    expect(readScopes(['repository:a:pull,pull,', '', ' '])).toEqual([
      { type: 'repository', name: 'a', actions: ['pull'] },
    ]);
  });

  it.each([
    'x',
    'a:b',
    ':a:pull',
    'repository:a:PULL',
    'repository:a:pull;push',
    'rep ository',
    `repository:${'a'.repeat(600)}:pull`,
  ])('%s is refused', text => {
    expect(() => readScopes([text])).toThrow(expect.objectContaining({ code: 'ACCESS_REQUEST' }) as Error);
  });

  it('are at most a hundred', () => {
    expect(() => readScopes(Array<string>(101).fill('repository:a:pull'))).toThrow(/100 scopes/);
  });

  it('come with credentials that hold a password', () => {
    const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`;
    expect(readBasic(basic('a:b:c'))).toEqual({ name: 'a', password: 'b:c' });
    expect(readBasic(undefined)).toBeUndefined();
    expect(readBasic('Bearer x')).toBeUndefined();
    expect(() => readBasic(basic('nothing'))).toThrow(/no password/);
  });
});
