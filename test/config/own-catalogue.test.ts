import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { loadCatalogue } from '../../src/config/catalogue.js';
import { compile } from '../../src/entitlements/compile.js';
import { homesOf } from '../../src/entitlements/homes.js';
import { intentOf } from '../../src/entitlements/intent.js';
import { parseGrants } from '../../src/entitlements/parse-grants.js';
import { readSignedGrants, writeSignedGrants } from '../../src/policy/signed-grants.js';

const root = mkdtempSync(join(tmpdir(), 'writ-own-'));
afterAll(() => {
  rmSync(root, { recursive: true });
});
let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(root, 'c-'));
});
const put = (name: string, text: string): void => {
  writeFileSync(join(folder, name), text);
};

const LAB = `domain: acme.lab
summary: the lab
levels:
  - { level: none, summary: nothing }
  - { level: allow, summary: device files, capabilities: [CAP_MKNOD], syscalls: [{ names: [mount] }] }
`;
const builtIn = await loadCatalogue();

describe('own domains', () => {
  it('add to the catalogue, and compile', async () => {
    put('lab.yaml', LAB);
    put(
      'files.yaml',
      'domain: acme.files\nsummary: s\nset: path\n---\npreset: lab\nsummary: s\ngrants: { acme.lab: allow }\n',
    );
    put('README.md', 'not a domain');
    const { catalogue, baselines, presets } = await loadCatalogue(folder);
    expect([...catalogue.domains.keys()].slice(-2)).toEqual(['acme.files', 'acme.lab']);
    expect(presets.get('lab')?.grants.toJson()).toEqual({ 'acme.lab': 'allow' });
    const grants = parseGrants(catalogue, ['acme.lab=allow', 'acme.files=/srv:ro', 'host.paths=/srv/a:rw']);
    const { parts } = compile(grants, { arch: 'amd64', runtime: 'runc-1.1' }, baselines);
    expect(parts.capabilities).toEqual(['CAP_MKNOD']);
    expect(parts.calls.find(({ name }) => name === 'mount')?.permits).toBe('always');
    expect(parts.items.get('path')).toEqual(['/srv/a:rw', '/srv:ro']);
    expect([...homesOf(catalogue).values()].every(({ length }) => length === 1)).toBe(true);
  });

  it('are part of the version, and so of every intent; presets are not', async () => {
    const intents: string[] = [];
    const versions: string[] = [];
    const note = async (): Promise<void> => {
      const { catalogue } = await loadCatalogue(folder);
      versions.push(catalogue.version);
      intents.push(intentOf(parseGrants(catalogue, ['network=user'])));
    };
    await note();
    put('preset.yaml', 'preset: mine\nsummary: s\ngrants: { network: user }\n');
    await note();
    put('lab.yaml', LAB);
    await note();
    put('lab.yaml', `# a comment changes nothing\n${LAB}`);
    await note();
    put('lab.yaml', LAB.replace('CAP_MKNOD', 'CAP_CHOWN'));
    await note();
    expect(versions.slice(0, 2)).toEqual([builtIn.catalogue.version, builtIn.catalogue.version]);
    expect(versions[2]).toMatch(/^1\+[0-9a-f]{16}$/);
    expect(versions[3]).toBe(versions[2]);
    expect(new Set(versions).size).toBe(3);
    expect(new Set(intents).size).toBe(3);
    expect(intents[0]).toBe(intentOf(parseGrants(builtIn.catalogue, ['network=user'])));
  });

  it('signed grants are of the least catalogue that has their domains', async () => {
    put('lab.yaml', LAB);
    const { catalogue } = await loadCatalogue(folder);
    const plain = writeSignedGrants(parseGrants(catalogue, ['network=user']));
    expect(readSignedGrants(builtIn.catalogue, plain)?.toString()).toBe('network=user');
    expect(readSignedGrants(catalogue, plain)?.toString()).toBe('network=user');
    const lab = writeSignedGrants(parseGrants(catalogue, ['acme.lab=allow']));
    expect(readSignedGrants(catalogue, lab)?.toString()).toBe('acme.lab=allow');
    expect(() => readSignedGrants(builtIn.catalogue, lab)).toThrow(
      'the grants were signed for catalogue "1+',
    );
    put('lab.yaml', LAB.replace('CAP_MKNOD', 'CAP_SYS_ADMIN'));
    const other = await loadCatalogue(folder);
    expect(() => readSignedGrants(other.catalogue, lab)).toThrow('the grants were signed for catalogue "1+');
  });

  it('attack: grants of the built-in catalogue that name an own domain mean nothing', async () => {
    put('lab.yaml', LAB);
    const { catalogue } = await loadCatalogue(folder);
    const custom = { writ: { v: 1, catalogue: '1', grants: { 'acme.lab': 'allow' } } };
    expect(() => readSignedGrants(catalogue, custom)).toThrow('the catalogue "1" has no domain "acme.lab"');
  });
});

describe('an own file that is wrong is refused, and named', () => {
  const level = (effects: string): string => LAB.replace('capabilities: [CAP_MKNOD]', effects);
  it.each([
    [LAB.replace('acme.lab', 'network'), ':1: domain is network, which there is already'],
    ['preset: web-service\nsummary: s\ngrants: {}\n', ':1: preset is web-service, which there is already'],
    [level('capabilities: [CAP_MKNODE]'), ':1: the domain opens CAP_MKNODE, which is no call or capability'],
    [
      level('syscalls: [{ names: [mounnt] }]').replace(', syscalls: [{ names: [mount] }] }', ' }'),
      'opens mounnt, which is no call',
    ],
    [
      level('syscalls: [{ names: [clone3] }]').replace(', syscalls: [{ names: [mount] }] }', ' }'),
      'opens clone3, which nobody can be granted',
    ],
    [
      LAB.replace('summary: nothing', 'summary: n, lifts: [run-as-root]'),
      ':4: levels[0].lifts must not be there: the lowest level opens nothing',
    ],
    [level('capability: [CAP_MKNOD]'), ':5: levels[1].capability is not a member of a domain'],
    ['domain: acme.x\nsummary: s\n', 'must have exactly one of levels and members and set and quantity'],
    [`${LAB}---\n${LAB}`, ':7: domain is acme.lab, which there is already'],
    ['domain: [', ':1: Flow sequence'],
    [
      LAB.replace('summary: device files', 'summary: d, voids: [no.domain]'),
      'acme.lab voids no.domain, which is not a domain',
    ],
    [
      'domain: acme.memory\nsummary: s\nquantity: { unit: bytes, default: 1Gi, least: 1Mi, limits: memory }\n',
      'limit one resource in two domains',
    ],
    ['preset: p\nsummary: s\ngrants: { network: all }\n', 'the domain network has no level "all"'],
  ])('%j', async (text, message) => {
    put('own.yaml', text);
    const refused = expect.objectContaining({
      code: 'CATALOGUE_OWN',
      message: expect.stringContaining(message) as string,
    });
    await expect(loadCatalogue(folder)).rejects.toThrow(refused);
    await expect(loadCatalogue(folder)).rejects.toThrow(folder);
  });

  it('so is a folder that is not there, and one without an end', async () => {
    await expect(loadCatalogue(join(folder, 'none'))).rejects.toMatchObject({ code: 'CATALOGUE_READ' });
    for (let i = 0; i <= 256; i++) put(`${i}.yaml`, '');
    await expect(loadCatalogue(folder)).rejects.toThrow('holds more than 256 files');
  });
});
