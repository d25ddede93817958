import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeConfig } from '../../src/config/describe.js';
import { loadConfig } from '../../src/config/load.js';
import { temporaryOfTests } from '../support/temporary.js';

const home = temporaryOfTests('writ-config-');
const file = join(home, 'writ.yaml');
const loadText = (text: string) => {
  writeFileSync(file, text);
  return loadConfig({ env: { HOME: home }, flags: {}, file });
};
const auth = (text: string): string => `notary:\n  auth: {${text}}`;
const TOKEN = 'type: token, realm: https://auth.example/token, service: notary, issuer: auth';

describe('notary.auth of an outside token server', () => {
  it('is read with paths from the folder of the file', async () => {
    const loaded = await loadText(
      auth(`${TOKEN}, rootCertBundle: roots.pem, jwks: https://auth.example/keys`),
    );
    expect(loaded.config.notary.auth).toEqual({
      type: 'token',
      realm: 'https://auth.example/token',
      service: 'notary',
      issuer: 'auth',
      rootCertBundle: join(home, 'roots.pem'),
      publicKeys: undefined,
      jwks: 'https://auth.example/keys',
      jwksCa: undefined,
      anonymousPull: false,
    });
    expect(describeConfig(loaded).find(row => row.name === 'notary.auth')?.value).toEqual({
      type: 'token',
      realm: 'https://auth.example/token',
      service: 'notary',
      issuer: 'auth',
      rootCertBundle: join(home, 'roots.pem'),
      jwks: 'https://auth.example/keys',
      anonymousPull: false,
    });
    const other = await loadText(auth(`${TOKEN}, jwks: keys.json, anonymousPull: true`));
    expect(other.config.notary.auth).toMatchObject({ jwks: join(home, 'keys.json'), anonymousPull: true });
  });

  it.each([
    ['no keys', TOKEN],
    ['no realm', 'type: token, service: notary, issuer: auth, jwks: keys.json'],
    ['a realm that is no URL', `${TOKEN.replace('https:', 'ftp:')}, jwks: k`],
    ['a service that would end the header', `${TOKEN.replace('notary', "'a\"b'")}, jwks: k`],
    ['another type', TOKEN.replace('type: token', 'type: none')],
    ['an unknown member', `${TOKEN}, jwks: k, rootcertbundle: x`],
    ['nothing', ''],
  ])('is refused with %s', async (_what, text) => {
    await expect(loadText(auth(text))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('notary.auth of the service itself', () => {
  const HASH = '$2b$04$abcdefghijklmnopqrstuvabcdefghijklmnopqrstuvabcdefghi';
  const RULE = "{loggedIn: true, repositories: ['a/**'], allow: [pull]}";

  it('is read whole', async () => {
    const loaded = await loadText(`
notary:
  auth:
    type: builtin
    service: writ.example
    services: [registry.example]
    htpasswd: users
    users: {alice: '${HASH}'}
    groups: {team: [alice, bob]}
    rules:
      - {users: [alice], repositories: ['registry.example/acme/*'], allow: [pull, push]}
      - {groups: [team], repositories: ['**'], allow: ['*']}
      - {everybody: true, repositories: ['public/**', 'registry.example:5000/a-*/b*c'], allow: [pull]}
    oidc:
      - issuer: https://ci.example/
        audience: writ.example
        rules:
          - {claims: {repository: acme/app, ref: 'refs/tags/*'}, repositories: [acme/app], allow: [push, pull]}
`);
    const none = { users: [], groups: [], loggedIn: false, everybody: false };
    expect(loaded.config.notary.auth).toEqual({
      type: 'builtin',
      service: 'writ.example',
      services: ['registry.example'],
      issuer: 'writ.example',
      realm: undefined,
      lifetimeSeconds: 300,
      htpasswd: join(home, 'users'),
      users: new Map([['alice', HASH]]),
      groups: new Map([['team', ['alice', 'bob']]]),
      rules: [
        { ...none, users: ['alice'], repositories: ['registry.example/acme/*'], allow: ['pull', 'push'] },
        { ...none, groups: ['team'], repositories: ['**'], allow: ['*'] },
        {
          ...none,
          everybody: true,
          repositories: ['public/**', 'registry.example:5000/a-*/b*c'],
          allow: ['pull'],
        },
      ],
      oidc: [
        {
          issuer: 'https://ci.example/',
          audience: 'writ.example',
          jwks: undefined,
          ca: undefined,
          rules: [
            {
              claims: new Map([
                ['repository', 'acme/app'],
                ['ref', 'refs/tags/*'],
              ]),
              repositories: ['acme/app'],
              allow: ['push', 'pull'],
            },
          ],
        },
      ],
    });
    const shown = JSON.stringify(describeConfig(loaded));
    expect(shown).toContain('"users":["alice"]');
    expect(shown).toContain('"claims":{"repository":"acme/app"');
    expect(shown).not.toContain('$2b$');
  });

  it.each([
    ['no service', 'type: builtin'],
    ['a rule for nobody', "type: builtin, service: s, rules: [{repositories: ['a'], allow: [pull]}]"],
    [
      'a rule for no users',
      "type: builtin, service: s, rules: [{users: [], repositories: ['a'], allow: [pull]}]",
    ],
    ['a rule that is for nobody', `type: builtin, service: s, rules: [${RULE.replace('true', 'false')}]`],
    ['a rule about no repository', `type: builtin, service: s, rules: [${RULE.replace("'a/**'", '')}]`],
    ['an action that is none', `type: builtin, service: s, rules: [${RULE.replace('[pull]', '[read]')}]`],
    [
      'a pattern with ** in a component',
      `type: builtin, service: s, rules: [${RULE.replace('a/**', 'a**')}]`,
    ],
    ['a pattern with a space', `type: builtin, service: s, rules: [${RULE.replace('a/**', 'a b')}]`],
    ['a user with a colon', "type: builtin, service: s, users: {'a:b': x}"],
    ['an issuer without audience', 'type: builtin, service: s, oidc: [{issuer: https://i, rules: []}]'],
    [
      'an issuer without rules',
      'type: builtin, service: s, oidc: [{issuer: https://i, audience: a, rules: []}]',
    ],
    [
      'a rule about no claim',
      'type: builtin, service: s, oidc: [{issuer: https://i, audience: a, rules: [{claims: {}, repositories: [a], allow: [pull]}]}]',
    ],
    ['a lifetime of a day', 'type: builtin, service: s, lifetimeSeconds: 86400'],
  ])('is refused with %s', async (_what, text) => {
    await expect(loadText(auth(text))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});

describe('notary.gunPrefixes', () => {
  it('are beginnings of names with a slash at the end', async () => {
    const { config } = await loadText("notary: {gunPrefixes: [registry.example/, 'localhost:5000/a/']}");
    expect(config.notary.gunPrefixes).toEqual(['registry.example/', 'localhost:5000/a/']);
  });

  it.each(['a', '/', '/a/', 'a//', './', '../', 'a/../', 'a*/', ''])('%s is none', async prefix => {
    await expect(loadText(`notary: {gunPrefixes: ['${prefix}']}`)).rejects.toMatchObject({
      code: 'CONFIG_INVALID',
    });
  });
});
