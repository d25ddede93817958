import { execFileSync } from 'node:child_process';
import { mkdir, mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../src/config/catalogue.js';
import { loadPolicies, parsePolicies } from '../../src/policy/load-policies.js';
import { language } from './language.js';

const HEAD = 'apiVersion: writ.dev/v1\nkind: AdmissionPolicy\n';
const SPEC = {
  match: { namespaces: ['prod-*'], images: ['registry.example/team/**'] },
  trust: { repository: 'example', roles: ['team'] },
  authority: { network: 'user' },
};
const text = (spec: object = {}, name = 'p'): string =>
  `${HEAD}metadata: {name: ${name}}\nspec: ${JSON.stringify({ ...SPEC, ...spec })}\n`;
const parse = (source: string) => parsePolicies('p.yaml', source, language);
const one = async (spec: object = {}) => (await parse(text(spec)))[0]!;

const VALUE = 'must be a level, a list of items, or an amount';

describe('a policy file', () => {
  it('fills in every default', async () => {
    const policy = await one();
    expect(policy).toMatchObject({
      name: 'p',
      source: { file: 'p.yaml', line: 1 },
      trust: { repository: 'example', roles: ['team'], threshold: 1 },
      ignoreSigned: false,
      unsignedGrants: { kind: 'deny' },
      onExcess: 'deny',
      nodes: [],
      accept: [],
      profile: 'localhost',
      mode: 'enforce',
    });
    expect(policy.namespaces.map(({ text }) => text)).toEqual(['prod-*']);
    expect(policy.images.map(({ text }) => text)).toEqual(['registry.example/team/**']);
    expect(policy.authority.toString()).toBe('network=user');
  });

  it('says everything that the format can say', async () => {
    const policy = await one({
      trust: { repository: 'example', roles: ['team', 'team/qa'], threshold: 2 },
      authority: { preset: 'web', filesystem: 'writable' },
      require: { grants: 'policy' },
      unsignedGrants: 'preset:web',
      onExcess: 'clamp',
      nodes: [{ arch: 'amd64', runtime: 'runc-1.3', libseccomp: '2.5', kernel: '6.1' }],
      accept: ['masked paths'],
      profile: 'runtime-default',
      mode: 'audit',
    });
    expect(policy).toMatchObject({
      trust: { roles: ['team', 'team/qa'], threshold: 2 },
      ignoreSigned: true,
      unsignedGrants: { kind: 'preset', name: 'web' },
      onExcess: 'clamp',
      nodes: [{ arch: 'amd64', runtime: 'runc-1.3', libseccomp: '2.5', kernel: '6.1' }],
      accept: ['masked paths'],
      profile: 'runtime-default',
      mode: 'audit',
    });
    expect(policy.authority.toString()).toBe('filesystem=writable network=serve');
    expect(policy.unsignedGrants.kind === 'preset' && policy.unsignedGrants.grants.toString()).toBe(
      'network=serve',
    );
    expect((await one({ unsignedGrants: 'authority' })).unsignedGrants).toEqual({ kind: 'authority' });
    expect((await one({ require: { grants: 'signed' } })).ignoreSigned).toBe(false);
  });

  it('lets an override lower what the preset gives', async () => {
    expect((await one({ authority: { preset: 'web', network: 'none' } })).authority.toString()).toBe(
      'nothing',
    );
    expect((await one({ authority: {} })).authority.toString()).toBe('nothing');
  });

  it('holds several documents, each with its line; empty ones do not count', async () => {
    const policies = await parse(`---\n# nothing\n---\n${text({}, 'a')}---\n${text({}, 'b')}---\n`);
    expect(policies.map(({ name, source }) => [name, source.line])).toEqual([
      ['a', 4],
      ['b', 9],
    ]);
    expect(await parse('')).toEqual([]);
    expect(await parse('# only a comment\n')).toEqual([]);
  });

  it('may be JSON', async () => {
    const json = { apiVersion: 'writ.dev/v1', kind: 'AdmissionPolicy', metadata: { name: 'j' }, spec: SPEC };
    expect((await parse(JSON.stringify(json, null, 2)))[0]?.name).toBe('j');
  });
});

describe('a policy that is wrong names file, line, member and what was expected', () => {
  const lines = (spec: string): string => `${HEAD}metadata: {name: p}\nspec:\n${spec}`;
  const MATCH = '  match: {namespaces: [a], images: [nginx]}\n';
  const TRUST = '  trust: {repository: example, roles: [team]}\n';
  const cases: [string, string][] = [
    ['[]', 'p.yaml:1: the policy must be a mapping'],
    ['kind: [', 'p.yaml:1: Flow sequence in block collection must be sufficiently indented and end with a ]'],
    [`kind: a\nkind: b\n`, 'p.yaml:2: Map keys must be unique'],
    [`a: !!binary aGk=\n`, 'p.yaml:1: Unresolved tag: tag:yaml.org,2002:binary'],
    [`a: &x 1\nb: *x\n`, 'p.yaml:1: the policy must not use aliases'],
    [`1: 2\n`, 'p.yaml:1: the policy must have the member apiVersion'],
    [`${HEAD}metadata: {name: p}\n`, 'p.yaml:1: the policy must have the member spec'],
    [
      `apiVersion: v2\n${text().slice(HEAD.length)}kind: AdmissionPolicy\n`,
      'p.yaml:1: apiVersion must be writ.dev/v1',
    ],
    [`${text()}status: {}\n`, 'p.yaml:5: status is not a member of an admission policy'],
    [`${text()}__proto__: {}\n`, 'p.yaml:5: __proto__ is not a member of an admission policy'],
    [lines(`${MATCH}${TRUST}`), 'p.yaml:5: spec must have the member authority'],
    [
      lines(`${MATCH}${TRUST}  authority: {}\n  Mode: audit\n`),
      'p.yaml:8: spec.Mode is not a member of an admission policy; did you mean mode?',
    ],
    [
      lines(`${MATCH}${TRUST}  authority: {}\n  mode: off\n`),
      'p.yaml:8: spec.mode must be one of enforce, warn, audit',
    ],
    [
      lines(`${MATCH}${TRUST}  authority: {}\n  mode: [\n`),
      'p.yaml:9: Flow sequence in block collection must be sufficiently indented and end with a ]',
    ],
    [lines(`${MATCH}${TRUST}  authority: {network: true}\n`), `p.yaml:7: spec.authority.network ${VALUE}`],
    [
      lines(`${MATCH}${TRUST}  authority: {network: 1}\n`),
      'p.yaml:7: spec.authority is wrong: the domain network has no level "1"',
    ],
    [
      lines(`${MATCH}${TRUST}  authority: {network: all}\n`),
      'p.yaml:7: spec.authority is wrong: the domain network has no level "all"',
    ],
    [
      lines(`${MATCH}${TRUST}  authority: {teleport: allow}\n`),
      'p.yaml:7: spec.authority is wrong: there is no domain "teleport" in catalogue 1',
    ],
    [
      lines(`${MATCH}${TRUST}  authority: {preset: none}\n`),
      'p.yaml:7: spec.authority.preset is wrong: there is no preset "none"',
    ],
    [
      lines(`${MATCH}${TRUST}  authority: {}\n  unsignedGrants: preset:none\n`),
      'p.yaml:8: spec.unsignedGrants is wrong: there is no preset "none"',
    ],
    [
      lines(`${MATCH}${TRUST}  authority: {}\n  unsignedGrants: preset\n`),
      'p.yaml:8: spec.unsignedGrants must be deny, authority or preset:<name>',
    ],
    [
      lines(`${MATCH}${TRUST}  authority: {network: user}\n  unsignedGrants: preset:web\n`),
      'p.yaml:8: spec.unsignedGrants gives network=serve, the authority allows network=user',
    ],
    [
      lines(`${MATCH}${TRUST}  authority: {security: admin}\n`),
      'p.yaml:7: spec.authority allows security=admin, which voids filesystem: it must allow filesystem=writable, not only filesystem=read-only',
    ],
    [
      lines(`  match: {namespaces: [a], images: [nginx, '*/x']}\n${TRUST}  authority: {}\n`),
      'p.yaml:5: spec.match.images[1] is wrong: the image pattern "*/x" begins with a wildcard that could be a host or a path: name the host',
    ],
    [
      lines(`  match:\n    namespaces:\n      - a\n      - B\n    images: []\n${TRUST}  authority: {}\n`),
      'p.yaml:8: spec.match.namespaces[1] is wrong: the namespace pattern "B" is not a DNS label with at most 8 stars',
    ],
    [
      lines(`  match: {namespaces: [a, a], images: []}\n${TRUST}  authority: {}\n`),
      'p.yaml:5: spec.match.namespaces must not name one thing twice',
    ],
    [
      lines(`${MATCH}  trust: {repository: A/b, roles: [team]}\n  authority: {}\n`),
      "p.yaml:6: spec.trust.repository is wrong: the repository name \"A/b\" is not one component of a-z, 0-9, '.', '_' and '-'",
    ],
    [
      lines(`${MATCH}  trust: {repository: a, roles: ["\\n"]}\n  authority: {}\n`),
      'p.yaml:6: spec.trust.roles[0] is wrong: a role name must have 1 to 256 characters and no control characters, "\\n" has not',
    ],
    [
      lines(`${MATCH}  trust: {repository: a, roles: []}\n  authority: {}\n`),
      'p.yaml:6: spec.trust.roles must have at least 1 entry',
    ],
    [
      lines(`${MATCH}  trust: {repository: a, roles: [b, c], threshold: 3}\n  authority: {}\n`),
      'p.yaml:6: spec.trust.threshold must be at most 2, the number of roles',
    ],
    [
      lines(`${MATCH}  trust: {repository: a, roles: [b], threshold: 0}\n  authority: {}\n`),
      'p.yaml:6: spec.trust.threshold must be at least 1',
    ],
    [
      lines(`${MATCH}  trust: {repository: a, roles: [b], threshold: -1}\n  authority: {}\n`),
      'p.yaml:6: spec.trust.threshold must be at least 1',
    ],
    [
      lines(`${MATCH}  trust: {notary: {}}\n  authority: {}\n`),
      'p.yaml:6: spec.trust must have the member repository',
    ],
    [
      text({ match: { namespaces: [], images: [...'abcdefghij', 1] } }),
      'p.yaml:4: spec.match.images[10] must be text',
    ],
    [
      text({ authority: { ['x'.repeat(65)]: 'y' } }),
      `p.yaml:4: spec.authority.${'x'.repeat(65)} is not a member of an admission policy`,
    ],
    [text({}, 'A_b'), 'p.yaml:3: metadata.name must be 1 to 63 lower-case letters, digits and inner hyphens'],
    [text({ authority: { '1a': true } }), `p.yaml:4: spec.authority.1a ${VALUE}`],
    [text({ authority: { a1: true } }), `p.yaml:4: spec.authority.a1 ${VALUE}`],
    [text({ 'a/b~c': 1 }), 'p.yaml:4: spec.a/b~c is not a member of an admission policy'],
    [text({ authority: { 'a/b~c': true } }), `p.yaml:4: spec.authority.a/b~c ${VALUE}`],
  ];
  it.each(cases)('%j', async (source, message) => {
    await expect(parse(source)).rejects.toMatchObject({ code: 'POLICY_INVALID', message });
  });

  it('keeps the hint of what was wrong', async () => {
    await expect(one({ authority: { network: 'all' } })).rejects.toMatchObject({
      hint: 'its levels are none < user < serve < admin',
      cause: { code: 'GRANT_LEVEL' },
    });
    await expect(one({ mode: 'off' })).rejects.toMatchObject({
      hint: expect.stringMatching(/^correct the file/) as unknown,
    });
  });

  it('an alias bomb, and too many documents', async () => {
    const bomb = `a: &a [x, x]\nb: &b [*a, *a]\nc: &c [*b, *b]\n`;
    await expect(parse(bomb)).rejects.toMatchObject({ message: 'p.yaml:1: the policy must not use aliases' });
    await expect(parse('---\n{}\n'.repeat(1001))).rejects.toMatchObject({
      code: 'POLICY_INVALID',
      message: 'p.yaml holds more than 1000 documents',
    });
    await expect(parse('---\n{}\n'.repeat(1000))).rejects.toMatchObject({
      message: 'p.yaml:2: the policy must have the member apiVersion',
    });
  });
});

describe('policies on disk', () => {
  let folder = '';
  beforeEach(async () => {
    folder = await mkdtemp(join(tmpdir(), 'writ-policy-'));
  });
  afterEach(() => rm(folder, { recursive: true }));
  const put = (name: string, content: string | Uint8Array) => writeFile(join(folder, name), content);

  it('come from files and folders, in the order of names, links followed as in a mounted ConfigMap', async () => {
    await mkdir(join(folder, '..data'));
    await mkdir(join(folder, 'deeper'));
    await put('..data/c.yaml', text({ match: { namespaces: ['c'], images: ['c'] } }, 'c'));
    await symlink(join(folder, '..data', 'c.yaml'), join(folder, 'c.yaml'));
    await put('b.yml', text({ match: { namespaces: ['b'], images: ['b'] } }, 'b'));
    await put('a.json', text({ match: { namespaces: ['a'], images: ['a'] } }, 'a'));
    await put('.hidden.yaml', 'not: a policy');
    await put('notes.txt', 'not: a policy');
    await put('x.yaml.bak', 'not: a policy');
    await put('deeper/d.yaml', 'not: a policy');
    const set = await loadPolicies([folder], language);
    expect(set.policies.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
    expect(set.policies[0]?.source.file).toBe(join(folder, 'a.json'));
    const some = await loadPolicies([join(folder, 'c.yaml'), join(folder, 'b.yml')], language);
    expect(some.policies.map(({ name }) => name)).toEqual(['c', 'b']);
    expect((await loadPolicies([], language)).policies).toEqual([]);
  });

  it('one bad file refuses all', async () => {
    await put('a.yaml', text());
    await put('b.yaml', 'kind: x');
    await expect(loadPolicies([folder], language)).rejects.toMatchObject({
      code: 'POLICY_INVALID',
      message: `${join(folder, 'b.yaml')}:1: the policy must have the member apiVersion`,
    });
  });

  it('two files that match the same are ambiguous', async () => {
    await put('a.yaml', text({}, 'a'));
    await put('b.yaml', text({}, 'b'));
    await expect(loadPolicies([folder], language)).rejects.toMatchObject({ code: 'POLICY_AMBIGUOUS' });
  });

  it('what cannot be read is an error, never an empty set', async () => {
    const missing = join(folder, 'none.yaml');
    await expect(loadPolicies([missing], language)).rejects.toMatchObject({
      code: 'POLICY_READ',
      message: `the policy file ${missing} cannot be read: there is no such file or folder`,
    });
    await put('latin.yaml', new Uint8Array([0x61, 0xff]));
    await expect(loadPolicies([join(folder, 'latin.yaml')], language)).rejects.toMatchObject({
      code: 'POLICY_READ',
    });
    await mkdir(join(folder, 'folder.yaml'));
    await expect(loadPolicies([folder], language)).rejects.toMatchObject({ code: 'POLICY_READ' });
  });

  it('a pipe or a device is not waited for, named or found in a folder', async () => {
    const pipe = join(folder, 'pipe.yaml');
    execFileSync('mkfifo', [pipe]);
    for (const [given, path] of [
      [folder, pipe],
      [pipe, pipe],
      ['/dev/zero', '/dev/zero'],
    ] as const) {
      await expect(loadPolicies([given], language)).rejects.toMatchObject({
        code: 'POLICY_READ',
        message: `the policy file ${path} cannot be read: it is not a regular file`,
      });
    }
  });

  it('has a limit of 10,000 files', async () => {
    await put('empty.yaml', '');
    const files = Array.from({ length: 10_001 }, () => join(folder, 'empty.yaml'));
    await expect(loadPolicies(files, language)).rejects.toMatchObject({
      code: 'POLICY_READ',
      message: 'there are 10001 policy files, more than 10000',
    });
    expect((await loadPolicies(files.slice(1), language)).policies).toEqual([]);
  });

  it('has a limit of 1 MiB for a file', async () => {
    const padding = (size: number): string =>
      text()
        .padEnd(size - 1, '#')
        .replace(/#{2}/, ' #') + '\n';
    await put('a.yaml', padding(1024 * 1024));
    expect((await loadPolicies([folder], language)).policies).toHaveLength(1);
    await put('a.yaml', padding(1024 * 1024 + 1));
    await expect(loadPolicies([folder], language)).rejects.toMatchObject({
      code: 'POLICY_READ',
      message: `the policy file ${join(folder, 'a.yaml')} cannot be read: it has more than 1048576 bytes`,
    });
  });
});

describe('the example policies', () => {
  it('are valid with the shipped catalogue', async () => {
    const shipped = await loadCatalogue();
    const folder = fileURLToPath(new URL('../../policies/admission', import.meta.url));
    const { policies } = await loadPolicies([folder], shipped);
    expect(policies.map(({ name }) => name)).toEqual(['production', 'staging', 'base-images']);
  });
});
