/** Succinct hash bins. TAP 15. */
import { Targets as Reference } from '@tufjs/models';
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { binCount, binName, binNameOf, isBinName } from '../../src/tuf/bins.js';
import { buildTargets } from '../../src/tuf/build/signed-part.js';
import { findRole, findTarget } from '../../src/tuf/client/find-target.js';
import type { JsonObject } from '../../src/json/types.js';
import type { SuccinctRoles } from '../../src/tuf/model.js';
import { readSigned } from '../../src/tuf/format/tuf1.js';
import { parseRoleName } from '../../src/tuf/role-name.js';
import { ed25519 } from '../crypto/keys.js';
import { expectRefused, refusal } from './refusal.js';
import { sha256, Simulator, utf8 } from './simulator.js';

const { key } = ed25519('bins');
const bins = (bitLength: number, namePrefix = 'bin'): SuccinctRoles => ({
  keyIds: [key.id],
  threshold: 1,
  bitLength,
  namePrefix,
});

const signed = (succinct: JsonObject | null, more: JsonObject = {}): JsonObject => ({
  _type: 'targets',
  spec_version: '1.0.34',
  version: 1,
  expires: '2030-02-01T00:00:00Z',
  targets: {},
  delegations: { keys: {}, succinct_roles: succinct, ...more },
});
const SUCCINCT = { keyids: [key.id], threshold: 1, bit_length: 8, name_prefix: 'bin' };

describe('names of bins', () => {
  it.each([
    [1, 0, 'bin-0'],
    [1, 1, 'bin-1'],
    [4, 15, 'bin-f'],
    [5, 15, 'bin-0f'],
    [5, 31, 'bin-1f'],
    [10, 3, 'bin-003'],
    [14, 16_383, 'bin-3fff'],
    [32, 2 ** 32 - 1, 'bin-ffffffff'],
  ])('of %i bits, number %i is %s', (bits, number, name) => {
    expect(binNameOf(bins(bits), number)).toBe(name);
    expect(isBinName(bins(bits), name)).toBe(true);
  });

  it('are those of tuf-js, for any path', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), fc.integer({ min: 1, max: 32 }), (path, bitLength) => {
        const name = binName(bins(bitLength, 'p'), path);
        const succinct = { keyids: [], threshold: 1, bit_length: bitLength, name_prefix: 'p' };
        const { delegations } = Reference.fromJSON(JSON.parse(JSON.stringify(signed(succinct))));
        expect([...delegations!.rolesForTarget(path)]).toEqual([{ role: name, terminating: true }]);
        expect(isBinName(bins(bitLength, 'p'), name)).toBe(true);
      }),
    );
  });

  it('spread over all bins', () => {
    const seen = new Set(Array.from({ length: 200 }, (_, i) => binName(bins(3), `p${i}`)));
    expect(seen.size).toBe(binCount(bins(3)));
  });

  it.each([
    'bin-',
    'bin-0',
    'bin-000',
    'bin-20',
    'bin-ff',
    'bin-0F',
    'bin-0A',
    'bin-1e1',
    'bin-0x',
    'bin- 1',
    'bin--1',
    'bin-+1',
    'bin00',
    'bim-00',
    'bin_00',
    'xbin-00',
    'bin-00/x',
    'bin',
    '',
  ])('attack: a name that is no bin passes for one (GHSA-77hh-43cm-v8j6): %s', name => {
    expect(isBinName(bins(5), name)).toBe(false);
  });
});

describe('the format', () => {
  it('is read and written back, unknown members too', () => {
    const json = signed({ ...SUCCINCT, 'x-a': 1 });
    const model = readSigned('targets', json);
    expect(model.delegations).toEqual({
      keys: new Map(),
      roles: [],
      succinct: { ...bins(8), unrecognized: { 'x-a': 1 } },
    });
    expect(buildTargets(model)).toEqual(json);
  });

  it.each<[string, JsonObject, string]>([
    [
      'bit_length 0',
      { ...SUCCINCT, bit_length: 0 },
      'signed.delegations.succinct_roles.bit_length must be an integer from 1 to 32',
    ],
    [
      'bit_length 33',
      { ...SUCCINCT, bit_length: 33 },
      'signed.delegations.succinct_roles.bit_length must be an integer from 1 to 32',
    ],
    [
      'bit_length "8"',
      { ...SUCCINCT, bit_length: '8' },
      'signed.delegations.succinct_roles.bit_length must be an integer from 1 to 32',
    ],
    [
      'threshold 0',
      { ...SUCCINCT, threshold: 0 },
      'signed.delegations.succinct_roles.threshold must be an integer from 1 to 9007199254740991',
    ],
    [
      'name_prefix',
      { ...SUCCINCT, name_prefix: 1 },
      'signed.delegations.succinct_roles.name_prefix must be a string',
    ],
    ['keyids', { ...SUCCINCT, keyids: 1 }, 'signed.delegations.succinct_roles.keyids must be an array'],
  ])('refuses %s', (_name, succinct, message) => {
    expect(() => readSigned('targets', signed(succinct))).toThrowError(refusal('JSON_TYPE', message));
  });

  it('refuses what is no object, a key id twice, and prefixes that no role can have', () => {
    expect(() => readSigned('targets', signed(null))).toThrowError(refusal('JSON_TYPE'));
    expect(() => readSigned('targets', signed({ ...SUCCINCT, keyids: [key.id, key.id] }))).toThrowError(
      refusal('TUF_FORMAT'),
    );
    for (const name_prefix of ['a\nb', 'x'.repeat(254)]) {
      expect(() => readSigned('targets', signed({ ...SUCCINCT, name_prefix }))).toThrowError(
        refusal('TUF_ROLE_NAME'),
      );
    }
    expect(() => readSigned('targets', signed({ ...SUCCINCT, name_prefix: 'x'.repeat(253) }))).not.toThrow();
  });

  it('attack: roles beside bins, of which each client would see others', () => {
    expect(() => readSigned('targets', signed(SUCCINCT, { roles: [] }))).toThrowError(
      refusal('TUF_FORMAT', 'signed.delegations must not have both roles and succinct_roles'),
    );
  });

  it('is not written for more bins than fit into a snapshot, nor beside roles', () => {
    const common = { version: 1, expires: new Date('2030-02-01T00:00:00Z'), targets: new Map() };
    const keys = new Map([[key.id, key]]);
    expect(() =>
      buildTargets({ ...common, delegations: { keys, roles: [], succinct: bins(15) } }),
    ).not.toThrow();
    expect(() =>
      buildTargets({ ...common, delegations: { keys, roles: [], succinct: bins(16) } }),
    ).toThrowError(
      refusal('TUF_LIMIT', '2^16 hash bins are more than clients can read in a snapshot; 2^15 fit'),
    );
    const role = {
      name: parseRoleName('a'),
      keyIds: [key.id],
      threshold: 1,
      terminating: false,
      scope: { kind: 'paths', patterns: ['*'] },
    } as const;
    expect(() =>
      buildTargets({ ...common, delegations: { keys, roles: [role], succinct: bins(4) } }),
    ).toThrowError(refusal('TUF_FORMAT', 'one document cannot delegate both to roles and to hash bins'));
  });
});

describe('the search', () => {
  const PATH = 'registry.example/app:1';
  const BIN = `bin-${(Number.parseInt(sha256(utf8(PATH)).slice(0, 2), 16) >> 3).toString(16).padStart(2, '0')}`;

  function binned(): Simulator {
    const sim = new Simulator();
    sim.delegate('targets', 'owner', ['registry.example/*'], { terminating: true });
    sim.delegateBins('owner', 'bin', 5);
    sim.addTarget(PATH, 'content', BIN);
    sim.commit(...sim.targets.keys());
    return sim;
  }

  it('asks for the one bin of the path', async () => {
    const sim = binned();
    const view = await (await sim.client()).refresh();
    sim.requests.length = 0;
    expect((await findTarget(view, PATH))?.role).toBe(BIN);
    expect(sim.requests).toEqual(['2.owner.json', `2.${BIN}.json`]);
  });

  it('attack: a bin lists what belongs to another bin', async () => {
    const sim = binned();
    const path = Array.from({ length: 100 }, (_, i) => `registry.example/p${i}`).find(
      other => binName(bins(5), other) !== BIN,
    )!;
    sim.addTarget(path, 'bad', BIN);
    sim.commit(BIN);
    const view = await (await sim.client()).refresh();
    expect(await findTarget(view, path)).toBeUndefined();
  });

  it('attack: a bin signed by strangers, or by its delegator', async () => {
    for (const name of ['stranger', 'owner-key']) {
      const sim = binned();
      sim.signers.set(BIN, [ed25519(name)]);
      sim.commit(BIN);
      const view = await (await sim.client()).refresh();
      await expectRefused(findTarget(view, PATH), 'TUF_THRESHOLD');
    }
  });

  it('attack: a bin withheld, expired, or taken back', async () => {
    const sim = binned();
    const client = await sim.client();
    const old = sim.files.get(`2.${BIN}.json`)!;
    sim.commit(BIN);
    const good = sim.files.get(`3.${BIN}.json`)!;
    sim.files.delete(`3.${BIN}.json`);
    await expectRefused(findTarget(await client.refresh(), PATH), 'TUF_MISSING');
    sim.files.set(`3.${BIN}.json`, old);
    await expectRefused(findTarget(await client.refresh(), PATH), 'TUF_HASH');
    sim.files.set(`3.${BIN}.json`, good);
    expect((await findTarget(await client.refresh(), PATH))?.role).toBe(BIN);
    sim.targets.get(BIN)!.expires = '2030-01-01T00:00:00Z';
    sim.commit(BIN);
    await expectRefused(findTarget(await client.refresh(), PATH), 'TUF_EXPIRED');
  });

  it('attack: a bin that the snapshot does not list', async () => {
    const sim = binned();
    const client = await sim.client();
    sim.snapshot.meta = Object.fromEntries(
      Object.entries(sim.snapshot.meta).filter(([name]) => name !== `${BIN}.json`),
    );
    sim.snapshot.version++;
    sim.timestamp.version++;
    sim.writeSnapshot();
    await expectRefused(findTarget(await client.refresh(), PATH), 'TUF_MISSING');
  });

  it('ends at the bin: what comes after is not asked', async () => {
    const sim = new Simulator();
    sim.delegate('targets', 'owner', ['*']);
    sim.delegate('targets', 'other', ['*']);
    sim.delegateBins('owner', 'bin', 1);
    sim.addTarget('x', 'other', 'other');
    sim.commit(...sim.targets.keys());
    const view = await (await sim.client()).refresh();
    expect(await findTarget(view, 'x')).toBeUndefined();
  });

  it('goes on below a bin, and bins may hold bins', async () => {
    const sim = new Simulator();
    sim.delegateBins('targets', 'a', 1);
    for (const name of ['a-0', 'a-1']) sim.delegateBins(name, `${name}/b`, 2);
    const top = /^[0-7]/.test(sha256(utf8('x'))) ? 'a-0' : 'a-1';
    const lower = binName(bins(2, `${top}/b`), 'x');
    sim.addTarget('x', 'x', lower);
    sim.commit(...sim.targets.keys());
    const view = await (await sim.client()).refresh();
    expect((await findTarget(view, 'x'))?.role).toBe(lower);
  });

  it('finds a bin by its name', async () => {
    const sim = binned();
    const view = await (await sim.client()).refresh();
    expect(await findRole(view, parseRoleName(BIN))).toBeUndefined(); // owner is not on the way of its name
    const direct = new Simulator();
    direct.delegateBins('targets', 'bin', 5);
    direct.commit(...direct.targets.keys());
    const other = await (await direct.client()).refresh();
    expect((await findRole(other, parseRoleName(BIN)))?.role).toBe(BIN);
    expect(await findRole(other, parseRoleName('bin-20'))).toBeUndefined();
  });
});
