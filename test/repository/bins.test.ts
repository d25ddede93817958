/** Hash bins on the service: all of them go live together, each is verified, none is lost. */
import { describe, expect, it } from 'vitest';
import { canonicalBytes } from '../../src/json/canonical.js';
import type { JsonObject } from '../../src/json/types.js';
import { createRepositoryService } from '../../src/repository/service.js';
import { signSnapshot } from '../../src/repository/sign-online.js';
import { loadState } from '../../src/repository/state.js';
import { MemoryBlobs } from '../../src/storage/memory-blobs.js';
import { binCount, binName, binNameOf } from '../../src/tuf/bins.js';
import { findTarget } from '../../src/tuf/client/find-target.js';
import { pinRoot } from '../../src/tuf/client/load-root.js';
import { refresh } from '../../src/tuf/client/refresh.js';
import { DEFAULT_LIMITS } from '../../src/tuf/limits.js';
import { MemoryMetadataStore } from '../../src/tuf/memory-store.js';
import { parseRoleName } from '../../src/tuf/role-name.js';
import { BINS, binKey, binnedService, makeBin, makeBins, succinctOf, toBins, upload } from './bin-world.js';
import {
  base64,
  DAY,
  delegationTo,
  documents,
  EXAMPLE,
  exampleService,
  file,
  makeRoot,
  makeTargets,
  newKey,
  onlineSigners,
  START,
  targetsKey,
  targetsOf,
  TEAM,
  teamKey,
  teamService,
  type TestService,
} from './publisher.js';

const APP = 'registry.example/app:1';
const BIN = binName(BINS, APP);
const OTHER_BIN = binNameOf(BINS, (parseInt(BIN.slice(-1), 16) + 1) % 4);
const manifest = file('{"schemaVersion":2}');
const APP_TARGETS = targetsOf({ [APP]: manifest });

async function found(made: TestService, path = APP) {
  const store = new MemoryMetadataStore();
  await pinRoot(store, await makeRoot());
  const view = await refresh({ fetcher: made.service.fetcher(EXAMPLE), store, clock: made.clock });
  return findTarget(view, path);
}

const versionsOf = async ({ service }: TestService) => (await service.list())[0]?.versions;

/** Publishes a delegation to bins over `example`. */
async function publishBins(
  made: TestService,
  change: { bins?: Record<string, Uint8Array>; succinct?: typeof BINS; extra?: object } = {},
) {
  const { succinct = BINS, bins = await makeBins(succinct), extra } = change;
  return made.service.publish(EXAMPLE, {
    base: { targets: 1 },
    documents: documents({ targets: await makeTargets({ version: 2, delegations: toBins(succinct) }) }),
    uploads: [await upload(made, bins)],
    filesElsewhere: true,
    ...extra,
  });
}

const publishBin = (made: TestService, bin: Uint8Array, base: number, extra: object = {}, role = BIN) =>
  made.service.publish(EXAMPLE, { base: { [role]: base }, documents: documents({ [role]: bin }), ...extra });

describe('hash bins that go live', () => {
  it('are found by clients, each by the version that the snapshot lists', async () => {
    const made = await binnedService({ targets: APP_TARGETS });
    expect(await found(made)).toMatchObject({ role: BIN, target: { length: manifest.length } });
    expect(await found(made, 'registry.example/none:1')).toBeUndefined();
    expect(await versionsOf(made)).toEqual({ root: 1, targets: 2, snapshot: 2, timestamp: 2 });
  });

  it('are all there, or none is', async () => {
    const made = await exampleService();
    const all = Object.entries(await makeBins(BINS));
    const bins = Object.fromEntries(all.filter(([role]) => role !== OTHER_BIN));
    await expect(publishBins(made, { bins })).rejects.toMatchObject({ code: 'REPOSITORY_DELEGATION' });
    expect(await versionsOf(made)).toEqual({ root: 1, targets: 1, snapshot: 1, timestamp: 1 });
    expect(await made.service.metadata(EXAMPLE, `1.${BIN}.json`)).toBeNull();
    expect((await publishBins(made)).versions).toMatchObject({ targets: 2, [BIN]: 1, [OTHER_BIN]: 1 });
  });

  it.each([
    ['of another bin', () => ({ targets: APP_TARGETS, role: OTHER_BIN }), 'TUF_NOT_DELEGATED'],
    ['signed by somebody else', () => ({ signer: targetsKey }), 'TUF_THRESHOLD'],
    ['expired', () => ({ expires: START }), 'TUF_EXPIRED'],
    ['of version 2', () => ({ version: 2 }), 'REPOSITORY_CONFLICT'],
    [
      'that delegate',
      () => ({ delegations: delegationTo({ name: TEAM, key: teamKey }) }),
      'REPOSITORY_DOCUMENT',
    ],
  ])('refuse targets %s', async (_, options, code) => {
    const made = await exampleService();
    const { role = BIN, ...rest } = options() as { role?: typeof BIN };
    const bins = { ...(await makeBins(BINS)), [role]: await makeBin(role, rest) };
    await expect(publishBins(made, { bins })).rejects.toMatchObject({ code });
    expect(await versionsOf(made)).toMatchObject({ targets: 1 });
  });

  it('take nothing that is no bin, nothing twice, and files only where they are looked for', async () => {
    const made = await exampleService();
    const bins = await makeBins(BINS);
    const stray = parseRoleName('bins-4');
    const refusals: [object, string][] = [
      [{ bins: { ...bins, [stray]: await makeBin(stray) } }, 'TUF_NOT_DELEGATED'],
      [
        { extra: { uploads: [await upload(made, bins), await upload(made, { [BIN]: await makeBin(BIN) })] } },
        'REPOSITORY_REQUEST',
      ],
      [{ extra: { filesElsewhere: false } }, 'REPOSITORY_REQUEST'],
      [{ extra: { blobs: [base64(manifest)] } }, 'REPOSITORY_REQUEST'],
      [{ extra: { uploads: ['0'.repeat(64)] } }, 'REPOSITORY_REQUEST'],
      [{ extra: { uploads: ['../head'] } }, 'REPOSITORY_REQUEST'],
      [{ extra: { uploads: Array.from({ length: 129 }, () => '0'.repeat(64)) } }, 'REPOSITORY_LIMIT'],
    ];
    for (const [change, code] of refusals) {
      await expect(publishBins(made, { bins, ...change })).rejects.toMatchObject({ code });
    }
    expect((await publishBins(made)).versions).toMatchObject({ targets: 2 });
  });

  it('are at most 2^15', async () => {
    const made = await exampleService();
    const document = JSON.parse(
      Buffer.from(await makeTargets({ version: 2, delegations: toBins(succinctOf(15)) })).toString(),
    ) as { signed: { delegations: { succinct_roles: { bit_length: number } } } & JsonObject };
    document.signed.delegations.succinct_roles.bit_length = 16;
    const sig = Buffer.from(await targetsKey.sign(parseRoleName('targets'), canonicalBytes(document.signed)));
    const targets = file(
      JSON.stringify({
        signed: document.signed,
        signatures: [{ keyid: targetsKey.key.id, sig: sig.toString('hex') }],
      }),
    );
    await expect(
      made.service.publish(EXAMPLE, { base: { targets: 1 }, documents: documents({ targets }) }),
    ).rejects.toMatchObject({ code: 'REPOSITORY_LIMIT', message: expect.stringContaining('2^16') as string });
    expect(() => makeTargets({ version: 2, delegations: toBins(succinctOf(16)) })).toThrow('2^15 fit');
  });

  it('have names that no other role has', async () => {
    const made = await teamService();
    const bins = succinctOf(2, 'team', teamKey);
    const name = binNameOf(bins, 1);
    const delegations = delegationTo({ name: TEAM, key: teamKey }, { name, key: teamKey });
    await expect(
      made.service.publish(EXAMPLE, {
        base: { targets: 2, team: 1, [name]: 0 },
        documents: documents({
          targets: await makeTargets({ version: 3, delegations }),
          team: await makeTargets({
            role: TEAM,
            version: 2,
            signer: teamKey,
            delegations: toBins(bins, teamKey),
          }),
          [name]: await makeBin(name, { signer: teamKey }),
        }),
      }),
    ).rejects.toMatchObject({ code: 'REPOSITORY_DELEGATION' });
  });
});

describe('one bin of many', () => {
  it('is published with the files of its new targets, and no other', async () => {
    const elsewhere = targetsOf({ [pathIn(BIN, 1)]: file('in a registry') });
    const made = await binnedService({ targets: elsewhere });
    const bin = await makeBin(BIN, { version: 2, targets: new Map([...elsewhere, ...APP_TARGETS]) });
    await expect(publishBin(made, bin, 1)).rejects.toMatchObject({ code: 'REPOSITORY_TARGET_MISSING' });
    await expect(publishBin(made, bin, 0)).rejects.toMatchObject({ code: 'REPOSITORY_CONFLICT' });
    const { versions } = await publishBin(made, bin, 1, { blobs: [base64(manifest)] });
    expect(versions).toEqual({ root: 1, targets: 2, snapshot: 3, timestamp: 3, [BIN]: 2 });
    expect(await found(made)).toMatchObject({ role: BIN });
  });

  it('goes on after a restart, with a head that does not name it', async () => {
    const made = await binnedService({ targets: APP_TARGETS });
    expect(JSON.stringify(await made.index.list('head/example'))).not.toContain(BIN);
    const again = { ...made, service: createRepositoryService(made) };
    const bin = await makeBin(BIN, { version: 2, targets: APP_TARGETS });
    expect((await publishBin(again, bin, 1)).versions).toMatchObject({ [BIN]: 2 });
    const targets = await makeTargets({ version: 3 });
    await again.service.publish(EXAMPLE, { base: { targets: 2 }, documents: documents({ targets }) });
    expect(await versionsOf(again)).toEqual({ root: 1, targets: 3, snapshot: 4, timestamp: 4 });
    // Delegated again, the bins go on from their versions.
    const last = { ...again, service: createRepositoryService(made) };
    const bins = { ...(await makeBins(BINS, { version: 2 })), [BIN]: await makeBin(BIN, { version: 3 }) };
    await last.service.publish(EXAMPLE, {
      base: { targets: 3 },
      documents: documents({ targets: await makeTargets({ version: 4, delegations: toBins(BINS) }) }),
      uploads: [await upload(last, bins)],
      filesElsewhere: true,
    });
    expect(await found(last)).toBeUndefined();
  });

  it('stays good when a key is added, and must be signed anew when one goes', async () => {
    const made = await binnedService({ targets: APP_TARGETS });
    const second = newKey();
    const both = toBins(succinctOf(2, 'bins', binKey, second), binKey, second);
    const publish = async (version: number, delegations: typeof both) =>
      made.service.publish(EXAMPLE, {
        base: { targets: version - 1 },
        documents: documents({ targets: await makeTargets({ version, delegations }) }),
      });
    await publish(3, both);
    const one = toBins(succinctOf(2, 'bins', second), second);
    await expect(publish(4, one)).rejects.toMatchObject({ code: 'REPOSITORY_DELEGATION' });
    const two = { ...both, succinct: { ...succinctOf(2, 'bins', binKey, second), threshold: 2 } };
    await expect(publish(4, two)).rejects.toMatchObject({ code: 'REPOSITORY_DELEGATION' });
    expect(await found(made)).toMatchObject({ role: BIN });
  });
});

it('a bin that the disk has damaged is not served', async () => {
  class Damaged extends MemoryBlobs {
    override async part(...where: Parameters<MemoryBlobs['part']>): Promise<Uint8Array | null> {
      const bytes = await super.part(...where);
      bytes?.fill(0x20, 0, 1);
      return bytes;
    }
  }
  const made = await binnedService({ ports: { blobs: new Damaged() } });
  await expect(made.service.metadata(EXAMPLE, `1.${BIN}.json`)).rejects.toMatchObject({
    code: 'STORE_CORRUPT',
  });
});

describe('uploads', () => {
  it('are forgotten after a day, and when they are published', async () => {
    const made = await exampleService();
    const id = await upload(made, await makeBins(BINS));
    made.time.now = new Date(START.getTime() + DAY + 1);
    await upload(made, { [BIN]: await makeBin(BIN, { version: 7 }) });
    const targets = await makeTargets({ version: 2, delegations: toBins(BINS) });
    const request = { base: { targets: 1 }, documents: documents({ targets }), filesElsewhere: true };
    await expect(made.service.publish(EXAMPLE, { ...request, uploads: [id] })).rejects.toMatchObject({
      code: 'REPOSITORY_REQUEST',
    });
    const again = await upload(made, await makeBins(BINS));
    await made.service.publish(EXAMPLE, { ...request, uploads: [again] });
    expect((await made.index.list('repository/example/upload/')).map(([key]) => key)).not.toContain(
      `repository/example/upload/${again}`,
    );
  });

  it('are the same for the same documents, and bounded', async () => {
    const made = await exampleService();
    const bins = await makeBins(BINS);
    expect(await upload(made, bins)).toBe(await upload(made, bins));
    await expect(made.service.upload(EXAMPLE, { documents: {} })).rejects.toMatchObject({
      code: 'REPOSITORY_REQUEST',
    });
    const many = Object.fromEntries(Array.from({ length: 4097 }, (_, i) => [`b-${i}`, file('x')]));
    await expect(upload(made, many)).rejects.toMatchObject({ code: 'REPOSITORY_LIMIT' });
    const large = Object.fromEntries([1, 2, 3].map(i => [`b-${i}`, new Uint8Array(4_500_000)]));
    await expect(upload(made, large)).rejects.toMatchObject({ code: 'REPOSITORY_LIMIT' });
    for (let i = 0; i < 127; i++) await upload(made, { a: file(String(i)) });
    await expect(upload(made, { a: file('one more') })).rejects.toMatchObject({ code: 'REPOSITORY_LIMIT' });
  });
});

it('a snapshot of 2^15 bins in their millionth version is one that clients read', async () => {
  const made = await exampleService();
  const state = await loadState(EXAMPLE, made.index, made.blobs);
  if (state === undefined) throw new Error('no repository');
  const succinct = succinctOf(15);
  const bins = Array.from({ length: binCount(succinct) }, (_, i) => ({
    role: binNameOf(succinct, i),
    version: 1_000_000,
  }));
  const context = { signers: onlineSigners('example'), lifetimes: made.lifetimes, now: START };
  const { bytes } = await signSnapshot(state, undefined, context, bins);
  expect(bytes.length).toBeLessThan(DEFAULT_LIMITS.snapshot);
});

/** A path that belongs to a bin. */
function pathIn(bin: string, from: number): string {
  for (let i = from; ; i++) {
    const path = `registry.example/app-${i}:1`;
    if (binName(BINS, path) === bin) return path;
  }
}
