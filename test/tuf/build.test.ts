/** Builders and signDocument: what they write is what was meant, and an edit loses nothing. */
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { canonicalText } from '../../src/json/canonical.js';
import type { JsonObject } from '../../src/json/types.js';
import { signDocument } from '../../src/tuf/build/sign.js';
import { buildRoot, buildSnapshot, buildTargets, buildTimestamp } from '../../src/tuf/build/signed-part.js';
import { parseDocument } from '../../src/tuf/document.js';
import type { DelegatedRole, MetaFile, RoleKeys, TargetFile } from '../../src/tuf/model.js';
import { parseDelegatedRoleName, ROOT, TARGETS } from '../../src/tuf/role-name.js';
import { trustRoot } from '../../src/tuf/verified.js';
import { ecdsa, ed25519, rsa } from '../crypto/keys.js';
import { expectRefused, refusal } from './refusal.js';
import { signDoc, Simulator, utf8 } from './simulator.js';
import { signerOf } from './signer.js';

const expires = new Date('2030-02-01T00:00:00Z');
const digest = 'ab'.repeat(32);
const common = { version: 3, expires };
const pairs = [ed25519('a'), ecdsa(), rsa()];
const keys = new Map(pairs.map(({ key }) => [key.id, key]));
const role: RoleKeys = { keyIds: [...keys.keys()], threshold: 2 };

describe('builders', () => {
  it('write a root', () => {
    const roles = {
      root: role,
      timestamp: role,
      snapshot: role,
      targets: { ...role, unrecognized: { x: 1 } },
    };
    const json = { keyids: role.keyIds, threshold: 2 };
    expect(buildRoot({ ...common, consistentSnapshot: true, keys, roles })).toEqual({
      _type: 'root',
      spec_version: '1.0.34',
      version: 3,
      expires: '2030-02-01T00:00:00Z',
      consistent_snapshot: true,
      keys: Object.fromEntries(pairs.map(({ key }) => [key.id, key.toJson()])),
      roles: { root: json, timestamp: json, snapshot: json, targets: { ...json, x: 1 } },
    });
  });

  it('write a timestamp and a snapshot', () => {
    const file = { version: 4, length: 5, hashes: new Map([['sha256', digest]]) };
    const json = { version: 4, length: 5, hashes: { sha256: digest } };
    expect(buildTimestamp({ ...common, snapshot: file })).toMatchObject({
      _type: 'timestamp',
      meta: { 'snapshot.json': json },
    });
    const meta = new Map<string, MetaFile>([
      ['targets.json', file],
      ['team.json', { version: 1 }],
    ]);
    expect(buildSnapshot({ ...common, meta, unrecognized: { 'x-a': 1 } })).toEqual({
      _type: 'snapshot',
      spec_version: '1.0.34',
      version: 3,
      expires: '2030-02-01T00:00:00Z',
      meta: { 'targets.json': json, 'team.json': { version: 1 } },
      'x-a': 1,
    });
  });

  it('write targets with delegations', () => {
    const target = { length: 0, hashes: new Map([['sha256', digest]]) };
    const roles: DelegatedRole[] = [
      {
        ...role,
        name: parseDelegatedRoleName('team'),
        terminating: true,
        scope: { kind: 'paths', patterns: ['a/*'] },
      },
      {
        ...role,
        name: parseDelegatedRoleName('bin'),
        terminating: false,
        scope: { kind: 'hashPrefixes', prefixes: ['0'] },
        unrecognized: { x: 1 },
      },
    ];
    const targets = new Map<string, TargetFile>([
      ['a', target],
      ['b', { ...target, custom: { c: 1 } }],
    ]);
    const signed = buildTargets({ ...common, targets, delegations: { keys, roles } });
    const json = { length: 0, hashes: { sha256: digest } };
    expect(signed).toMatchObject({
      _type: 'targets',
      targets: { a: json, b: { ...json, custom: { c: 1 } } },
    });
    expect(signed['delegations']).toEqual({
      keys: expect.any(Object),
      roles: [
        { name: 'team', keyids: role.keyIds, threshold: 2, terminating: true, paths: ['a/*'] },
        {
          name: 'bin',
          keyids: role.keyIds,
          threshold: 2,
          terminating: false,
          path_hash_prefixes: ['0'],
          x: 1,
        },
      ],
    });
    expect(buildTargets({ ...common, targets })).not.toHaveProperty('delegations');
  });

  it('do not build what a client would refuse', () => {
    const targets = new Map<string, never>();
    expect(() => buildTargets({ ...common, version: 0, targets })).toThrowError(refusal('JSON_TYPE'));
    expect(() => buildTargets({ ...common, expires: new Date(NaN), targets })).toThrowError(
      refusal('TUF_FORMAT'),
    );
    expect(() => buildTargets({ ...common, specVersion: '2.0.0', targets })).toThrowError(
      refusal('TUF_SPEC_VERSION'),
    );
    expect(() => buildSnapshot({ ...common, meta: new Map([['x', { version: 0 }]]) })).toThrowError(
      refusal('JSON_TYPE'),
    );
  });

  it('unrecognized fields must survive: an edit changes what it says and nothing else', () => {
    const sim = new Simulator();
    sim.delegate('targets', 'team', ['team/*'], { 'x-role': 1 } as object);
    sim.addTarget('__proto__', 'odd name');
    Object.assign(sim.top().targets['__proto__']!, { custom: { a: 1 }, 'x-target': [1] });
    Object.assign(sim.top().delegations!, { 'x-delegations': null });
    sim.top().delegations!.keys['future'] = { keytype: 'new', scheme: 'new', keyval: {}, 'x-key': 1 };
    sim.top()['x-top'] = { y: 2 };
    const before = parseDocument(signDoc(sim.top(), []), 'targets').signed;
    const after = buildTargets({ ...before, version: before.version + 1 });
    expect(JSON.parse(JSON.stringify(after))).toEqual({
      ...(JSON.parse(JSON.stringify(sim.top())) as object),
      version: 2,
    });

    sim.root['x-root'] = 1;
    Object.assign(sim.root.roles['root']!, { 'x-role': 1 });
    const root = parseDocument(signDoc(sim.root, []), 'root').signed;
    expect(buildRoot(root)).toEqual(sim.root);

    Object.assign(sim.snapshot.meta['targets.json']!, { 'x-file': 1 });
    expect(buildSnapshot(parseDocument(signDoc(sim.snapshot, []), 'snapshot').signed)).toEqual(sim.snapshot);
    sim.timestamp['x-ts'] = 'é"\\';
    expect(buildTimestamp(parseDocument(signDoc(sim.timestamp, []), 'timestamp').signed)).toEqual(
      sim.timestamp,
    );
  });

  it('read and write are inverse for any targets', () => {
    const path = fc.string({ unit: 'grapheme', maxLength: 8 }).filter(text => text.isWellFormed());
    const file = fc.record({
      length: fc.maxSafeNat(),
      hashes: fc.constantFrom(
        new Map([['sha256', digest]]),
        new Map([
          ['x', 'y'],
          ['sha256', digest],
        ]),
      ),
    });
    fc.assert(
      fc.property(fc.array(fc.tuple(path, file)), entries => {
        const targets = new Map(entries);
        const text = JSON.stringify({ signatures: [], signed: buildTargets({ ...common, targets }) });
        const read = parseDocument(utf8(text), 'targets').signed.targets;
        expect(new Set(read.keys())).toEqual(new Set(targets.keys()));
        for (const [key, value] of targets) expect(read.get(key)).toMatchObject(value);
      }),
      { numRuns: 100 },
    );
  });
});

describe('signDocument', () => {
  const roles = { root: { ...role, threshold: 3 }, timestamp: role, snapshot: role, targets: role };
  const signed = buildRoot({ ...common, consistentSnapshot: true, keys, roles });

  it('signs with every signer, and what it writes verifies', async () => {
    const root = trustRoot(parseDocument(await signDocument(signed, ROOT, pairs.map(signerOf)), 'root'));
    expect(root.signedBy.map(({ id }) => id)).toEqual([...keys.keys()]);
    expect(root.value.keys.get(pairs[1]!.key.id)?.material).toBe(pairs[1]!.key.material);
  });

  it('is JSON although PEM has line breaks', async () => {
    const text = new TextDecoder().decode(await signDocument(signed, ROOT, [signerOf(pairs[0]!)]));
    const json = JSON.parse(text) as { signatures: JsonObject[]; signed: JsonObject };
    expect(json.signed).toEqual(signed);
    expect(json.signatures).toEqual([
      { keyid: pairs[0]!.key.id, sig: expect.stringMatching(/^[0-9a-f]{128}$/) },
    ]);
  });

  it('writes the signed part as it was signed, unless canonical JSON is no JSON there', async () => {
    const file = { length: 1, hashes: new Map([['sha256', digest]]) };
    const write = async (path: string): Promise<string> => {
      const built = buildTargets({
        ...common,
        targets: new Map([
          ['z', file],
          [path, file],
        ]),
      });
      const bytes = await signDocument(built, TARGETS, [signerOf(pairs[0]!)]);
      expect(parseDocument(bytes, 'targets').signed.targets.has(path)).toBe(true);
      expect(new TextDecoder().decode(parseDocument(bytes, 'targets').payload)).toBe(canonicalText(built));
      return new TextDecoder().decode(bytes).includes(canonicalText(built)) ? 'as signed' : 'as JSON';
    };
    expect(await write('a"b\\é')).toBe('as signed');
    expect(await write('a\nb')).toBe('as JSON');
  });

  it('tells the signer the role, and hands on its refusal', async () => {
    const asked: string[] = [];
    const signer = signerOf(pairs[0]!);
    const picky = { ...signer, sign: (name: string) => (asked.push(name), Promise.reject(new Error('no'))) };
    await expect(signDocument(signed, TARGETS, [picky])).rejects.toThrow('no');
    expect(asked).toEqual(['targets']);
  });

  it('refuses to sign twice with one key', async () => {
    const signer = signerOf(pairs[0]!);
    await expectRefused(
      signDocument(signed, ROOT, [signer, signer]),
      'TUF_DUPLICATE_SIGNATURE',
      `the key ${signer.key.id} would sign twice`,
    );
  });
});
