/** New roots through the API: the chain of them, and the rotation of every role's keys, the service's own included. */
import { describe, expect, it } from 'vitest';
import { deriveOnlineSigner } from '../../src/keystore/derive.js';
import { parseKeyring } from '../../src/keystore/online-keyring.js';
import { onlineSigners as signersOfKeyring } from '../../src/server/online-signers.js';
import { refresh } from '../../src/tuf/client/refresh.js';
import { MemoryMetadataStore } from '../../src/tuf/memory-store.js';
import { ROOT, SNAPSHOT, TIMESTAMP } from '../../src/tuf/role-name.js';
import {
  base64,
  createRequest,
  DAY,
  documents,
  EXAMPLE,
  exampleService,
  makeRoot,
  makeTargets,
  newKey,
  newService,
  rootKey,
  START,
  targetsKey,
  type RootOptions,
  type TestService,
} from './publisher.js';

const OLD = '11'.repeat(32);
const NEW = '22'.repeat(32);
const lifetimes = { snapshot: 7 * DAY, timestamp: 2 * DAY };

/** The online keys of a service that holds `secrets`, as `writ serve` makes them. */
function ported(secrets: string) {
  const time = { now: START };
  const clock = { now: () => time.now };
  const signers = signersOfKeyring({ keyring: parseKeyring(secrets, 'test'), clock, lifetimes });
  return { signers, clock, time };
}

const keysOf = (secret: string, generation: number) => ({
  snapshot: deriveOnlineSigner(Buffer.from(secret, 'hex'), 'example', SNAPSHOT, generation),
  timestamp: deriveOnlineSigner(Buffer.from(secret, 'hex'), 'example', TIMESTAMP, generation),
});

const jsonOf = ({ snapshot, timestamp }: NonNullable<RootOptions['online']>) => ({
  snapshot: snapshot.key.toJson(),
  timestamp: timestamp.key.toJson(),
});

/** A client that has the root of `version`, and whatever it saw before in `store`. */
async function client({ service, clock }: TestService, store = new MemoryMetadataStore(), version = 1) {
  if ((await store.load(ROOT)) === null) {
    await store.save(ROOT, (await service.metadata(EXAMPLE, `${version}.root.json`))!.bytes);
  }
  return refresh({ fetcher: service.fetcher(EXAMPLE), store, clock });
}

async function rotating(secrets = OLD) {
  const made = newService(ported(secrets));
  const online = keysOf(secrets, 1);
  await made.service.create(EXAMPLE, await createRequest({ online }));
  const publishRoot = async (version: number, options: RootOptions = {}, service = made.service) =>
    service.publish(EXAMPLE, {
      base: { root: version - 1 },
      documents: documents({ root: await makeRoot({ version, online, ...options }) }),
    });
  return { ...made, online, publishRoot };
}

describe('the online keys', () => {
  it('rotate when a root names the next ones, and clients follow from what they had', async () => {
    const made = await rotating();
    const store = new MemoryMetadataStore();
    await client(made, store);
    expect(await made.service.keys(EXAMPLE)).toEqual({
      ...jsonOf(keysOf(OLD, 1)),
      next: jsonOf(keysOf(OLD, 2)),
    });
    const { versions } = await made.publishRoot(2, { online: keysOf(OLD, 2) });
    expect(versions).toEqual({ root: 2, targets: 1, snapshot: 2, timestamp: 2 });
    const view = await client(made, store);
    expect(view.snapshot.signedBy[0]?.id).toBe(keysOf(OLD, 2).snapshot.key.id);
    expect(view.timestamp.signedBy[0]?.id).toBe(keysOf(OLD, 2).timestamp.key.id);
    expect(await made.service.keys(EXAMPLE)).toEqual({
      ...jsonOf(keysOf(OLD, 2)),
      next: jsonOf(keysOf(OLD, 3)),
    });
  });

  it('stay the new ones after a restart, for publications and for signing again', async () => {
    const before = await rotating();
    await before.publishRoot(2, { online: keysOf(OLD, 2) });
    const after = newService({ ...before });
    await after.service.publish(EXAMPLE, {
      base: { targets: 1 },
      documents: documents({ targets: await makeTargets({ version: 2 }) }),
    });
    const late = { now: () => new Date(START.getTime() + 8 * DAY) };
    const later = newService({
      ...before,
      clock: late,
      signers: signersOfKeyring({ keyring: parseKeyring(OLD, 'test'), clock: late, lifetimes }),
    });
    expect(await later.service.resignDue()).toEqual({ signed: ['example'], failed: [] });
    const view = await client({ ...later, clock: late });
    expect(view.timestamp.signedBy[0]?.id).toBe(keysOf(OLD, 2).timestamp.key.id);
  });

  it('rotate one at a time', async () => {
    const made = await rotating();
    const mixed = { snapshot: keysOf(OLD, 1).snapshot, timestamp: keysOf(OLD, 2).timestamp };
    await made.publishRoot(2, { online: mixed });
    const view = await client(made);
    expect(view.snapshot.signedBy[0]?.id).toBe(mixed.snapshot.key.id);
    expect(view.timestamp.signedBy[0]?.id).toBe(mixed.timestamp.key.id);
    expect((await made.service.keys(EXAMPLE)).next).toEqual({
      snapshot: keysOf(OLD, 2).snapshot.key.toJson(),
      timestamp: keysOf(OLD, 3).timestamp.key.toJson(),
    });
  });

  it('of a generation that is not the next are refused, and so are those of others', async () => {
    const made = await rotating();
    for (const online of [keysOf(OLD, 3), keysOf(NEW, 1), { ...keysOf(OLD, 2), timestamp: newKey() }]) {
      await expect(made.publishRoot(2, { online })).rejects.toMatchObject({ code: 'REPOSITORY_ONLINE_KEYS' });
    }
    await made.publishRoot(2, { online: keysOf(OLD, 2) });
    await expect(made.publishRoot(3, { online: keysOf(OLD, 1) })).rejects.toMatchObject({
      code: 'REPOSITORY_ONLINE_KEYS',
    });
  });

  it('move to a new secret, and the old one can be retired then', async () => {
    const before = await rotating();
    const both = newService({ ...before, ...ported(`${OLD}\n${NEW}\n`) });
    expect(await both.service.keys(EXAMPLE)).toEqual({
      ...jsonOf(keysOf(OLD, 1)),
      next: jsonOf(keysOf(NEW, 1001)),
    });
    await before.publishRoot(2, { online: keysOf(NEW, 1001) }, both.service);
    const retired = newService({ ...before, ...ported(`retired ${NEW}`) });
    await retired.service.publish(EXAMPLE, {
      base: { targets: 1 },
      documents: documents({ targets: await makeTargets({ version: 2 }) }),
    });
    const view = await client(retired);
    expect(view.timestamp.signedBy[0]?.id).toBe(keysOf(NEW, 1001).timestamp.key.id);
  });

  it('of a secret that was retired too early sign nothing, and the service says which', async () => {
    const before = await rotating();
    const { service } = newService({ ...before, ...ported(`retired ${NEW}`) });
    const request = {
      base: { targets: 1 },
      documents: documents({ targets: await makeTargets({ version: 2 }) }),
    };
    await expect(service.publish(EXAMPLE, request)).rejects.toMatchObject({ code: 'KEYSTORE_SECRET' });
    expect((await before.service.publish(EXAMPLE, request)).versions).toMatchObject({ targets: 2 });
  });

  it.each(['', 'retired', `${OLD} retired`, `${OLD}\nabc`, `${OLD},${NEW}`])('are not read from %j', text => {
    expect(() => parseKeyring(text, 'the file')).toThrow(/^the file /);
  });
});

describe('a chain of roots', () => {
  const [second, third] = [newKey(), newKey()];

  it('is published at once, and a client walks all of it', async () => {
    const made = await exampleService();
    const roots = [await makeRoot({ version: 2, root: second, signers: [rootKey, second] })];
    const root = await makeRoot({ version: 3, root: third, signers: [second, third] });
    const { versions } = await made.service.publish(EXAMPLE, {
      base: { root: 1 },
      roots: roots.map(base64),
      documents: documents({ root }),
    });
    expect(versions).toEqual({ root: 3, targets: 1, snapshot: 2, timestamp: 2 });
    expect((await made.service.metadata(EXAMPLE, '2.root.json'))!.bytes).toEqual(roots[0]);
    expect((await client(made)).root.value.version).toBe(3);
    expect((await client(made, undefined, 2)).root.value.version).toBe(3);
  });

  it('may hold a root that has expired, but for the last', async () => {
    const made = await exampleService();
    const expired = await makeRoot({ version: 2, expires: START });
    const publish = async (last: RootOptions) =>
      made.service.publish(EXAMPLE, {
        base: { root: 1 },
        roots: [base64(expired)],
        documents: documents({ root: await makeRoot({ version: 3, ...last }) }),
      });
    await expect(publish({ expires: START })).rejects.toMatchObject({ code: 'TUF_EXPIRED' });
    expect((await publish({})).versions).toMatchObject({ root: 3 });
  });

  it.each<[string, RootOptions, RootOptions, string]>([
    ['with a gap', { version: 3 }, { version: 4 }, 'TUF_VERSION'],
    ['twice the same', { version: 2 }, { version: 2 }, 'TUF_VERSION'],
    [
      'that the one before has not signed',
      { version: 2, root: second, signers: [rootKey, second] },
      { version: 3 },
      'TUF_THRESHOLD',
    ],
    [
      'whose middle was not signed by the current keys',
      { version: 2, root: second },
      { version: 3, root: third, signers: [second, third] },
      'TUF_THRESHOLD',
    ],
    [
      'whose middle has not signed itself',
      { version: 2, root: second, signers: [rootKey] },
      { version: 3, root: third, signers: [second, third] },
      'TUF_THRESHOLD',
    ],
    [
      'without consistent snapshots in between',
      { version: 2, consistentSnapshot: false },
      { version: 3 },
      'REPOSITORY_DOCUMENT',
    ],
  ])('%s is refused, all of it', async (_name, middle, last, code) => {
    const made = await exampleService();
    const before = await made.index.list('');
    const request = {
      base: { root: 1 },
      roots: [base64(await makeRoot(middle))],
      documents: documents({ root: await makeRoot(last) }),
    };
    await expect(made.service.publish(EXAMPLE, request)).rejects.toMatchObject({ code });
    expect(await made.index.list('')).toEqual(before);
  });

  it('leads to a root', async () => {
    const { service } = await exampleService();
    const request = {
      base: { targets: 1 },
      roots: [base64(await makeRoot({ version: 2 }))],
      documents: documents({ targets: await makeTargets({ version: 2, signer: targetsKey }) }),
    };
    await expect(service.publish(EXAMPLE, request)).rejects.toMatchObject({ code: 'REPOSITORY_REQUEST' });
  });

  it('is at most 33 long', async () => {
    const { service } = await exampleService();
    const root = base64(await makeRoot({ version: 2 }));
    const request = { base: { root: 1 }, roots: Array.from({ length: 33 }, () => root), documents: { root } };
    await expect(service.publish(EXAMPLE, request)).rejects.toMatchObject({ code: 'REPOSITORY_LIMIT' });
  });
});
