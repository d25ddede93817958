/** What was superseded goes after a time, and only that: everything that a client can still ask for stays. */
import { describe, expect, it } from 'vitest';
import { digestHex } from '../../src/crypto/digest.js';
import { StoreGate } from '../../src/repository/store-gate.js';
import type { BlobStore } from '../../src/storage/ports.js';
import { refresh } from '../../src/tuf/client/refresh.js';
import { MemoryMetadataStore } from '../../src/tuf/memory-store.js';
import { parseRepositoryName } from '../../src/image/repository-name.js';
import { ROOT } from '../../src/tuf/role-name.js';
import { failing } from './failing.js';
import {
  base64,
  createRequest,
  DAY,
  delegationTo,
  documents,
  EXAMPLE,
  exampleService,
  file,
  makeRoot,
  makeTargets,
  newService,
  START,
  targetsOf,
  TEAM,
  teamKey,
  type TestService,
} from './publisher.js';
import { proposalOf, second, signatureOf, twoOfThree } from './two-of-three.js';

const KEEP = 30 * DAY;
const at = (made: TestService, days: number): void => {
  made.time.now = new Date(START.getTime() + days * DAY);
};

/** Publishes targets that list `files`, each under its own text as path. */
async function publish(
  made: TestService,
  version: number,
  files: readonly string[],
  more: readonly string[] = [],
) {
  const targets = targetsOf(
    Object.fromEntries(files.map((text, i) => [`registry.example/${i}`, file(text)])),
  );
  await made.service.publish(EXAMPLE, {
    base: { targets: version - 1 },
    documents: documents({ targets: await makeTargets({ version, targets }) }),
    blobs: [...files, ...more].map(text => base64(file(text))),
  });
}

const has = async (made: TestService, name: string): Promise<boolean> =>
  (await made.service.metadata(EXAMPLE, name)) !== null;
const hasFile = async (made: TestService, text: string): Promise<boolean> =>
  (await made.service.target(EXAMPLE, `${digestHex('sha256', file(text))}.x`)) !== null;
const stored = (made: TestService, bytes: Uint8Array): Promise<boolean> =>
  made.blobs.has(digestHex('sha256', bytes));

describe('superseded metadata', () => {
  it('stays as long as it is kept, counted from when it was replaced', async () => {
    const made = await exampleService();
    const [old] = [(await made.service.metadata(EXAMPLE, '1.targets.json'))!.bytes];
    at(made, 20);
    await publish(made, 2, []);
    at(made, 49.9);
    expect(await made.service.collect(KEEP)).toEqual({ documents: 0, blobs: 0, failed: [] });
    expect(await has(made, '1.targets.json')).toBe(true);
    at(made, 50);
    expect(await made.service.collect(KEEP)).toEqual({ documents: 2, blobs: 2, failed: [] });
    expect(await has(made, '1.targets.json')).toBe(false);
    expect(await has(made, '1.snapshot.json')).toBe(false);
    expect(await stored(made, old!)).toBe(false);
    expect(await made.service.collect(KEEP)).toEqual({ documents: 0, blobs: 0, failed: [] });
  });

  it('is no root: a client with the first one walks all of them', async () => {
    const made = await exampleService();
    for (const version of [2, 3, 4]) {
      const root = await makeRoot({ version });
      await made.service.publish(EXAMPLE, { base: { root: version - 1 }, documents: documents({ root }) });
    }
    at(made, 100);
    await made.service.resignDue();
    await made.service.collect(KEEP);
    const store = new MemoryMetadataStore();
    await store.save(ROOT, (await made.service.metadata(EXAMPLE, '1.root.json'))!.bytes);
    const view = await refresh({ fetcher: made.service.fetcher(EXAMPLE), store, clock: made.clock });
    expect(view.root.value.version).toBe(4);
  });

  it('is not what the snapshot lists of a role that was revoked', async () => {
    const made = await exampleService();
    const delegations = delegationTo({ name: TEAM, key: teamKey });
    const team = await makeTargets({ role: TEAM, signer: teamKey });
    await made.service.publish(EXAMPLE, {
      base: { targets: 1, team: 0 },
      documents: documents({ targets: await makeTargets({ version: 2, delegations }), team }),
    });
    await publish(made, 3, []);
    at(made, 100);
    await made.service.collect(KEEP);
    expect(await has(made, '1.team.json')).toBe(true);
    expect(await has(made, '2.targets.json')).toBe(false);
  });

  it('goes together with the target files that only it names', async () => {
    const made = await exampleService();
    await publish(made, 2, ['gone', 'stays']);
    await publish(made, 3, ['stays', 'new']);
    at(made, 100);
    await made.service.collect(KEEP);
    expect(await Promise.all(['gone', 'stays', 'new'].map(text => hasFile(made, text)))).toEqual([
      false,
      true,
      true,
    ]);
    expect(await stored(made, file('gone'))).toBe(false);
    const entries = await made.index.list('repository/example/blob/');
    expect(entries).toHaveLength(4);
    expect(await made.index.list('garbage/')).toEqual([]);
    await publish(made, 4, ['gone']);
    expect(await hasFile(made, 'gone')).toBe(true);
  });

  it('keeps the manifests inside of an index that is kept, and loses those of one that goes', async () => {
    const made = await exampleService();
    const index = (...children: string[]): string =>
      JSON.stringify({
        manifests: children.map(text => ({ digest: `sha256:${digestHex('sha256', file(text))}` })),
      });
    const [before, after] = [index('amd64', 'arm64'), index('amd64')];
    await publish(made, 2, [before], ['amd64', 'arm64']);
    await publish(made, 3, [after], ['amd64']);
    at(made, 100);
    await made.service.collect(KEEP);
    expect(await Promise.all([before, after, 'amd64', 'arm64'].map(text => hasFile(made, text)))).toEqual([
      false,
      true,
      true,
      false,
    ]);
  });

  it('leaves the blobs that another repository names', async () => {
    const made = await exampleService();
    await publish(made, 2, ['shared']);
    await publish(made, 3, []);
    const alpha = parseRepositoryName('alpha');
    await made.service.create(alpha, await createRequest({ name: 'alpha' }));
    const targets = await makeTargets({ version: 2, targets: targetsOf({ a: file('shared') }) });
    await made.service.publish(alpha, {
      base: { targets: 1 },
      documents: documents({ targets }),
      blobs: [base64(file('shared'))],
    });
    at(made, 100);
    await made.service.collect(KEEP);
    expect(await hasFile(made, 'shared')).toBe(false);
    expect(await made.service.target(alpha, `${digestHex('sha256', file('shared'))}.x`)).toEqual(
      file('shared'),
    );
  });

  it('goes of all repositories but those that are broken, and the report names them', async () => {
    const made = await exampleService();
    const alpha = parseRepositoryName('alpha');
    await made.service.create(alpha, await createRequest({ name: 'alpha' }));
    await publish(made, 2, []);
    await made.index.transaction(tx => {
      tx.delete('repository/alpha/file/1.targets.json');
    });
    at(made, 100);
    const restarted = newService({ ...made });
    const report = await restarted.service.collect(KEEP);
    expect(report).toMatchObject({
      documents: 2,
      failed: [{ repository: 'alpha', error: { code: 'REPOSITORY_BROKEN' } }],
    });
  });

  it('is found again after a crash between the index and the blobs', async () => {
    const made = await exampleService();
    const old = (await made.service.metadata(EXAMPLE, '1.targets.json'))!.bytes;
    await publish(made, 2, []);
    at(made, 100);
    const crashing = newService({ ...made, blobs: failing(made.blobs, 'delete') });
    await expect(crashing.service.collect(KEEP)).rejects.toThrow('ENOSPC');
    expect(await has(made, '1.targets.json')).toBe(false);
    expect(await stored(made, old)).toBe(true);
    expect(await made.service.collect(KEEP)).toMatchObject({ documents: 0, blobs: 2 });
    expect(await stored(made, old)).toBe(false);
  });
});

describe('what proposals leave', () => {
  it('is removed when they are rejected, but not while they wait', async () => {
    const made = await twoOfThree();
    const targets = targetsOf({ a: file('proposed') });
    const document = await makeTargets({ version: 3, targets });
    const request = { ...proposalOf(document), blobs: [base64(file('proposed'))] };
    const { proposal } = await made.service.propose(EXAMPLE, request);
    await made.service.collect(KEEP);
    expect(await stored(made, file('proposed'))).toBe(true);
    await made.service.rejectProposal(EXAMPLE, { role: 'targets', payload: proposal.payload });
    expect(await made.service.collect(KEEP)).toMatchObject({ documents: 0, blobs: 2 });
    expect(await stored(made, file('proposed'))).toBe(false);
  });

  it('stays where a publication names it by then', async () => {
    const made = await twoOfThree();
    const targets = targetsOf({ a: file('proposed') });
    const document = await makeTargets({ version: 3, targets });
    await made.service.propose(EXAMPLE, { ...proposalOf(document), blobs: [base64(file('proposed'))] });
    await made.service.addSignatures(EXAMPLE, await signatureOf(document, second));
    expect(await made.service.collect(KEEP)).toMatchObject({ blobs: 1 });
    expect(await hasFile(made, 'proposed')).toBe(true);
  });
});

const turns = async (count: number): Promise<void> => {
  for (let turn = 0; turn < count; turn++) await new Promise(resolve => setImmediate(resolve));
};

describe('a collection beside publications', () => {
  it('never removes a blob that a write found there and is about to name', async () => {
    const made = await exampleService();
    await publish(made, 2, ['again']);
    await publish(made, 3, []);
    at(made, 100);
    const shared = file('again');
    const name = digestHex('sha256', shared);
    const alpha = parseRepositoryName('alpha');
    const targets = await makeTargets({ version: 2, targets: targetsOf({ a: shared }) });
    const request = { base: { targets: 1 }, documents: documents({ targets }), blobs: [base64(shared)] };
    let publishing: Promise<unknown> | undefined;
    // alpha is done, example is looked at: now alpha stores the same file, and is slow to name it.
    const hooks: Partial<BlobStore> = {
      get: async sha256 => {
        if (sha256 === name) {
          publishing ??= service.publish(alpha, request);
          await turns(20);
        }
        return made.blobs.get(sha256);
      },
      put: async bytes => {
        const stored = await made.blobs.put(bytes);
        if (stored === name) await turns(60);
        return stored;
      },
    };
    const blobs = new Proxy(made.blobs, {
      get: (target, member) =>
        Reflect.get(hooks, member) ??
        (Reflect.get(target, member) as { bind(it: unknown): unknown }).bind(target),
    });
    const { service } = newService({ ...made, blobs });
    await service.create(alpha, await createRequest({ name: 'alpha' }));
    expect(await service.collect(KEEP)).toMatchObject({ failed: [] });
    await publishing;
    expect(await service.target(alpha, `${name}.x`)).toEqual(shared);
    expect(await hasFile(made, 'again')).toBe(false);
  });
});

describe('the gate of a store', () => {
  it('lets writes run beside each other, and removals alone', async () => {
    const gate = new StoreGate();
    const log: string[] = [];
    const step = (name: string) => async (): Promise<void> => {
      log.push(`${name} begins`);
      await turns(3);
      log.push(`${name} ends`);
    };
    const first = [gate.write(step('a')), gate.write(step('b')), gate.remove(step('c'))];
    await turns(1);
    const later = [gate.write(step('d')), gate.remove(step('e'))];
    await Promise.all([...first, ...later]);
    expect(log.slice(0, 6)).toEqual(['a begins', 'b begins', 'a ends', 'b ends', 'c begins', 'c ends']);
    expect(log.slice(6)).toHaveLength(4);
  });

  it('opens again after what fails', async () => {
    const gate = new StoreGate();
    const fail = (): Promise<never> => Promise.reject(new Error('no'));
    await expect(gate.write(fail)).rejects.toThrow('no');
    await expect(gate.remove(fail)).rejects.toThrow('no');
    expect(await gate.write(async () => 1)).toBe(1);
    expect(await gate.remove(async () => 2)).toBe(2);
  });
});
