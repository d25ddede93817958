import { describe, expect, it } from 'vitest';
import { findTarget } from '../../src/tuf/client/find-target.js';
import { refresh } from '../../src/tuf/client/refresh.js';
import { MemoryMetadataStore } from '../../src/tuf/memory-store.js';
import { parseRepositoryName } from '../../src/image/repository-name.js';
import { ROOT } from '../../src/tuf/role-name.js';
import {
  createRequest,
  DAY,
  delegationTo,
  documents,
  EXAMPLE,
  exampleService,
  file,
  makeRoot,
  makeTargets,
  newKey,
  newService,
  onlineSigners,
  START,
  TEAM,
  targetsOf,
  teamKey,
  teamService,
  type TestService,
} from './publisher.js';

/** What a client sees that has nothing but the first root. */
async function client({ service, clock }: TestService) {
  const store = new MemoryMetadataStore();
  const root = await service.metadata(EXAMPLE, '1.root.json');
  await store.save(ROOT, root!.bytes);
  return refresh({ fetcher: service.fetcher(EXAMPLE), store, clock });
}

describe('a repository', () => {
  it('is made of a signed root and targets, and can be read by a client at once', async () => {
    const made = newService();
    const answer = await made.service.create(EXAMPLE, await createRequest());
    expect(answer).toEqual({ versions: { root: 1, targets: 1, snapshot: 1, timestamp: 1 } });
    const view = await client(made);
    expect(view.targets.value.version).toBe(1);
    expect(view.snapshot.value.expires).toEqual(new Date(START.getTime() + 7 * DAY));
    expect(view.timestamp.value.expires).toEqual(new Date(START.getTime() + 2 * DAY));
  });

  it('names its online keys before it exists, and the same ones afterwards', async () => {
    const { service } = newService();
    const before = await service.keys(EXAMPLE);
    expect(before).toEqual({
      snapshot: onlineSigners('example').snapshot.key.toJson(),
      timestamp: onlineSigners('example').timestamp.key.toJson(),
    });
    await service.create(EXAMPLE, await createRequest());
    expect(await service.keys(EXAMPLE)).toEqual(before);
    expect(await service.keys(parseRepositoryName('other'))).not.toEqual(before);
  });

  it('is made once', async () => {
    const { service } = await exampleService();
    await expect(service.create(EXAMPLE, await createRequest())).rejects.toMatchObject({
      code: 'REPOSITORY_EXISTS',
      message: 'the repository example exists already',
    });
  });

  it('is made once when two make it at the same time', async () => {
    const { service } = newService();
    const request = await createRequest();
    const results = await Promise.allSettled([
      service.create(EXAMPLE, request),
      service.create(EXAMPLE, request),
    ]);
    expect(results.map(({ status }) => status).sort()).toEqual(['fulfilled', 'rejected']);
  });

  it('is listed with its versions, sorted by name', async () => {
    const { service } = await exampleService();
    await service.create(parseRepositoryName('alpha'), await createRequest({ name: 'alpha' }));
    const versions = { root: 1, targets: 1, snapshot: 1, timestamp: 1 };
    expect(await service.list()).toEqual([
      { name: 'alpha', format: 'tuf', versions },
      { name: 'example', format: 'tuf', versions },
    ]);
  });

  it('that is not there is not published to', async () => {
    const { service } = newService();
    const request = { base: { targets: 1 }, documents: documents({ targets: await makeTargets() }) };
    await expect(service.publish(EXAMPLE, request)).rejects.toMatchObject({
      code: 'REPOSITORY_UNKNOWN',
      message: 'the service hosts no repository example',
    });
  });

  it('survives a restart: another service over the same store goes on', async () => {
    const before = await teamService();
    const after = newService(before);
    const path = 'registry.example/team/app:1';
    const manifest = file('{"schemaVersion":2}');
    const answer = await after.service.publish(EXAMPLE, {
      base: { team: 1 },
      documents: documents({
        team: await makeTargets({
          role: TEAM,
          signer: teamKey,
          version: 2,
          targets: targetsOf({ [path]: manifest }),
        }),
      }),
      blobs: [Buffer.from(manifest).toString('base64')],
    });
    expect(answer.versions).toEqual({ root: 1, targets: 2, team: 2, snapshot: 3, timestamp: 3 });
    const found = await findTarget(await client(after), path);
    expect(found?.role).toBe(TEAM);
  });
});

describe('publishing', () => {
  it('makes targets that a client finds and can download', async () => {
    const made = await exampleService();
    const path = 'registry.example/app:1';
    const manifest = file('{"schemaVersion":2}');
    await made.service.publish(EXAMPLE, {
      base: { targets: 1 },
      documents: documents({
        targets: await makeTargets({ version: 2, targets: targetsOf({ [path]: manifest }) }),
      }),
      blobs: [Buffer.from(manifest).toString('base64')],
    });
    const found = await findTarget(await client(made), path);
    const [digest] = [...found!.target.hashes.values()];
    const bytes = await made.service.target(EXAMPLE, `registry.example/${digest}.app:1`);
    expect(Buffer.from(bytes!).toString()).toBe('{"schemaVersion":2}');
  });

  it('that lost the race changes nothing and says which versions are current', async () => {
    const { service } = await exampleService();
    const request = async (expires: Date) => ({
      base: { targets: 1 },
      documents: documents({ targets: await makeTargets({ version: 2, expires }) }),
    });
    const requests = [
      await request(new Date('2027-01-01T00:00:00Z')),
      await request(new Date('2027-02-01T00:00:00Z')),
    ];
    const results = await Promise.allSettled(requests.map(one => service.publish(EXAMPLE, one)));
    const won = results.findIndex(({ status }) => status === 'fulfilled'); // either may win
    expect(results[1 - won]).toMatchObject({
      status: 'rejected',
      reason: {
        code: 'REPOSITORY_CONFLICT',
        status: 409,
        message: 'targets was made from version 1, the current one is 2',
        details: { repository: 'example', versions: { root: 1, targets: 2, snapshot: 2, timestamp: 2 } },
      },
    });
    const stored = await service.metadata(EXAMPLE, '2.targets.json');
    expect(Buffer.from(stored!.bytes).toString('base64')).toBe(requests[won]!.documents['targets']);
  });

  it('loses against another process on the same store, and wins when tried again', async () => {
    const made = await exampleService();
    const theirs = newService(made);
    const request = async (version: number) => ({
      base: { targets: version - 1 },
      documents: documents({ targets: await makeTargets({ version }) }),
    });
    const first = await request(2);
    let before: (() => Promise<unknown>) | undefined = () => theirs.service.publish(EXAMPLE, first);
    const put = async (bytes: Uint8Array): Promise<string> => {
      const others = before;
      before = undefined;
      await others?.();
      return made.blobs.put(bytes);
    };
    const blobs = new Proxy(made.blobs, {
      get: (target, member, self) =>
        member === 'put'
          ? put
          : (Reflect.get(target, member, self) as { bind(it: unknown): unknown }).bind(target),
    });
    const ours = newService({ ...made, blobs });
    await expect(ours.service.publish(EXAMPLE, await request(2))).rejects.toMatchObject({
      code: 'REPOSITORY_CONFLICT',
      message: 'the repository example was changed at the same time',
      details: { versions: { targets: 2, timestamp: 2 } },
    });
    expect((await ours.service.publish(EXAMPLE, await request(3))).versions).toMatchObject({ targets: 3 });
    await theirs.service.publish(EXAMPLE, await request(4));
    expect((await ours.service.publish(EXAMPLE, await request(5))).versions).toMatchObject({ targets: 5 });
  });

  it('needs a base for each document', async () => {
    const { service } = await exampleService();
    const request = { base: {}, documents: documents({ targets: await makeTargets({ version: 2 }) }) };
    await expect(service.publish(EXAMPLE, request)).rejects.toMatchObject({
      code: 'REPOSITORY_REQUEST',
      message: 'request.base does not name targets',
    });
  });

  it('is all or nothing: a bad document among good ones stores none of them', async () => {
    const made = await teamService();
    const before = await made.index.list('');
    const request = {
      base: { targets: 2, team: 1 },
      documents: documents({
        targets: await makeTargets({ version: 3, delegations: delegationTo({ name: TEAM, key: teamKey }) }),
        team: await makeTargets({ role: TEAM, signer: newKey(), version: 2 }),
      }),
    };
    await expect(made.service.publish(EXAMPLE, request)).rejects.toMatchObject({ code: 'TUF_THRESHOLD' });
    expect(await made.index.list('')).toEqual(before);
  });

  it('leaves the repository as it was when the store is full', async () => {
    const made = await exampleService();
    const full = new Proxy(made.blobs, {
      get: (target, member, self) =>
        member === 'put'
          ? () => Promise.reject(new Error('ENOSPC'))
          : (Reflect.get(target, member, self) as { bind(it: unknown): unknown }).bind(target),
    });
    const broken = newService({ ...made, blobs: full });
    const request = {
      base: { targets: 1 },
      documents: documents({ targets: await makeTargets({ version: 2 }) }),
    };
    await expect(broken.service.publish(EXAMPLE, request)).rejects.toThrow('ENOSPC');
    expect((await client(made)).targets.value.version).toBe(1);
    expect((await made.service.publish(EXAMPLE, request)).versions).toMatchObject({ targets: 2 });
  });

  it('brings a new root that rotates the targets key together with targets signed by it', async () => {
    const made = await exampleService();
    const targets = newKey();
    const root = await makeRoot({ version: 2, targets });
    await expect(
      made.service.publish(EXAMPLE, { base: { root: 1 }, documents: documents({ root }) }),
    ).rejects.toMatchObject({
      code: 'REPOSITORY_DELEGATION',
      message: 'the new root gives targets keys that have not signed its version 1',
    });
    await made.service.publish(EXAMPLE, {
      base: { root: 1, targets: 1 },
      documents: documents({ root, targets: await makeTargets({ version: 2, signer: targets }) }),
    });
    const view = await client(made);
    expect([view.root.value.version, view.targets.value.version]).toEqual([2, 2]);
  });

  it('brings a new root alone when its keys signed the current targets', async () => {
    const made = await exampleService();
    const root = await makeRoot({ version: 2, expires: new Date('2028-01-01T00:00:00Z') });
    const { versions } = await made.service.publish(EXAMPLE, {
      base: { root: 1 },
      documents: documents({ root }),
    });
    expect(versions).toEqual({ root: 2, targets: 1, snapshot: 2, timestamp: 2 });
    expect((await client(made)).root.value.version).toBe(2);
  });

  it('keeps a revoked role in the snapshot, and its name goes on with its versions', async () => {
    const made = await teamService();
    await made.service.publish(EXAMPLE, {
      base: { targets: 2 },
      documents: documents({ targets: await makeTargets({ version: 3 }) }),
    });
    expect((await client(made)).snapshot.value.meta.get('team.json')?.version).toBe(1);
    const again = async (version: number) => ({
      base: { targets: 3, team: 1 },
      documents: documents({
        targets: await makeTargets({ version: 4, delegations: delegationTo({ name: TEAM, key: teamKey }) }),
        team: await makeTargets({ role: TEAM, signer: teamKey, version }),
      }),
    });
    await expect(made.service.publish(EXAMPLE, await again(1))).rejects.toMatchObject({
      code: 'TUF_VERSION',
      message: 'team has version 1, it must have 2',
    });
    await made.service.publish(EXAMPLE, await again(2));
    expect((await client(made)).snapshot.value.meta.get('team.json')?.version).toBe(2);
  });
});

describe('signing again', () => {
  it('is not due before an eighth of the life has passed', async () => {
    const made = await exampleService();
    made.time.now = new Date(START.getTime() + 6 * 3_600_000 - 1000);
    expect(await made.service.resignDue()).toEqual({ signed: [], failed: [] });
  });

  it('renews the timestamp every 6 hours', async () => {
    const made = await exampleService();
    made.time.now = new Date(START.getTime() + 6 * 3_600_000);
    expect(await made.service.resignDue()).toEqual({ signed: ['example'], failed: [] });
    const view = await client(made);
    expect([view.snapshot.value.version, view.timestamp.value.version]).toEqual([1, 2]);
    expect(view.timestamp.value.expires).toEqual(new Date(made.time.now.getTime() + 2 * DAY));
  });

  it('renews the snapshot every 21 hours', async () => {
    const made = await exampleService();
    made.time.now = new Date(START.getTime() + 21 * 3_600_000);
    await made.service.resignDue();
    const view = await client(made);
    expect([view.snapshot.value.version, view.timestamp.value.version]).toEqual([2, 2]);
    expect(view.snapshot.value.expires).toEqual(new Date(made.time.now.getTime() + 7 * DAY));
  });

  it('brings a repository back that expired while the service was down', async () => {
    const made = await exampleService();
    made.time.now = new Date(START.getTime() + 30 * DAY);
    await expect(client(made)).rejects.toMatchObject({ code: 'TUF_EXPIRED' });
    await made.service.resignDue();
    expect((await client(made)).targets.value.version).toBe(1);
  });

  it('goes on with the others when one repository is broken, and says which', async () => {
    const made = await exampleService();
    const alpha = parseRepositoryName('alpha');
    await made.service.create(alpha, await createRequest({ name: 'alpha' }));
    await made.index.transaction(tx => {
      tx.delete('repository/alpha/file/1.targets.json');
    });
    const restarted = newService(made);
    made.time.now = new Date(START.getTime() + DAY);
    const { signed, failed } = await restarted.service.resignDue();
    expect(signed).toEqual(['example']);
    expect(failed).toMatchObject([
      {
        repository: 'alpha',
        error: {
          code: 'REPOSITORY_BROKEN',
          message: 'the stored state of alpha cannot be read: 1.targets.json of alpha is missing',
        },
      },
    ]);
  });
});
