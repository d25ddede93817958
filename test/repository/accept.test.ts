import { describe, expect, it } from 'vitest';
import { parseRoleName } from '../../src/tuf/role-name.js';
import {
  createRequest,
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
  rootKey,
  START,
  TEAM,
  targetsOf,
  teamKey,
  teamService,
  base64,
  type RootOptions,
} from './publisher.js';

const create = async (options: RootOptions) =>
  newService().service.create(EXAMPLE, await createRequest(options));

describe('a first root', () => {
  it.each<[string, RootOptions, object]>([
    [
      'of version 2',
      { version: 2 },
      { code: 'TUF_VERSION', message: 'the first root has version 2, it must have 1' },
    ],
    ['signed by another key', { signers: [newKey()] }, { code: 'TUF_THRESHOLD' }],
    ['that expires now', { expires: START }, { code: 'TUF_EXPIRED' }],
    [
      'without consistent snapshots',
      { consistentSnapshot: false },
      { code: 'REPOSITORY_DOCUMENT', message: 'root must set consistent_snapshot to true' },
    ],
    [
      'that lists the online keys of another repository',
      { online: onlineSigners('other') },
      {
        code: 'REPOSITORY_ONLINE_KEYS',
        message: `root must list the service's key ${onlineSigners('example').snapshot.key.id} for snapshot with threshold 1`,
      },
    ],
    [
      'that lists another timestamp key',
      { online: { snapshot: onlineSigners('example').snapshot, timestamp: newKey() } },
      {
        code: 'REPOSITORY_ONLINE_KEYS',
        message: `root must list the service's key ${onlineSigners('example').timestamp.key.id} for timestamp with threshold 1`,
      },
    ],
    ['that wants two online signatures', { onlineThreshold: 2 }, { code: 'REPOSITORY_ONLINE_KEYS' }],
  ])('%s is refused', async (_, options, error) => {
    await expect(create(options)).rejects.toMatchObject(error);
  });

  it('that expires a second later is taken', async () => {
    await expect(create({ expires: new Date(START.getTime() + 1000) })).resolves.toBeDefined();
  });

  it.each([
    [{ targets: makeTargets() }, 'a new repository needs a signed root'],
    [{ root: makeRoot() }, 'a new repository needs signed targets'],
  ])('comes with targets, and targets with it', async (parts, message) => {
    const bytes = Object.fromEntries(
      await Promise.all(Object.entries(parts).map(async ([role, made]) => [role, await made] as const)),
    );
    await expect(
      newService().service.create(EXAMPLE, { name: 'example', documents: documents(bytes) }),
    ).rejects.toMatchObject({ code: 'REPOSITORY_REQUEST', message });
  });
});

describe('a new root', () => {
  const publishRoot = async (options: RootOptions) =>
    (await exampleService()).service.publish(EXAMPLE, {
      base: { root: 1 },
      documents: documents({ root: await makeRoot(options) }),
    });

  it('signed by its own new key alone is refused', async () => {
    const root = newKey();
    await expect(publishRoot({ version: 2, root })).rejects.toMatchObject({ code: 'TUF_THRESHOLD' });
    await expect(publishRoot({ version: 2, root, signers: [rootKey, root] })).resolves.toBeDefined();
  });

  it('that skips a version is refused', async () => {
    await expect(publishRoot({ version: 3 })).rejects.toMatchObject({ code: 'TUF_VERSION' });
  });
});

describe('targets', () => {
  const publish = async (
    entries: Record<string, Uint8Array>,
    base: Record<string, number>,
    blobs: readonly Uint8Array[] = [],
  ) =>
    (await teamService()).service.publish(EXAMPLE, {
      base,
      documents: documents(entries),
      blobs: blobs.map(base64),
    });

  it.each([1, 3, 4])('of version %i after 2 … are refused unless it is the next', async version => {
    const targets = await makeTargets({ version, delegations: delegationTo({ name: TEAM, key: teamKey }) });
    const result = publish({ targets }, { targets: 2 });
    if (version === 3) await expect(result).resolves.toBeDefined();
    else {
      await expect(result).rejects.toMatchObject({
        code: 'TUF_VERSION',
        message: `targets has version ${version}, it must have 3`,
      });
    }
  });

  it('that have expired are refused', async () => {
    await expect(
      publish({ targets: await makeTargets({ version: 3, expires: START }) }, { targets: 2 }),
    ).rejects.toMatchObject({ code: 'TUF_EXPIRED' });
  });

  it('signed with a key below the threshold of their delegator are refused: vulnerability to key compromise', async () => {
    const team = await makeTargets({ role: TEAM, version: 2, signer: newKey() });
    await expect(publish({ team }, { team: 1 })).rejects.toMatchObject({
      code: 'TUF_THRESHOLD',
      status: 403,
    });
  });

  it('of a role that nobody delegates to are refused', async () => {
    const ghost = await makeTargets({ role: parseRoleName('ghost') });
    await expect(publish({ ghost }, { ghost: 0 })).rejects.toMatchObject({
      code: 'TUF_NOT_DELEGATED',
      message: 'no role delegates to ghost',
    });
  });

  it('outside of what the role was delegated are refused', async () => {
    const manifest = file('{}');
    const team = await makeTargets({
      role: TEAM,
      version: 2,
      signer: teamKey,
      targets: targetsOf({ 'registry.example/other/app:1': manifest }),
    });
    await expect(publish({ team }, { team: 1 }, [manifest])).rejects.toMatchObject({
      code: 'TUF_NOT_DELEGATED',
      message: 'team lists "registry.example/other/app:1", which it was not delegated',
    });
  });

  it('that delegate to a role without a document are refused', async () => {
    const other = parseRoleName('other');
    const targets = await makeTargets({
      version: 3,
      delegations: delegationTo({ name: TEAM, key: teamKey }, { name: other, key: teamKey }),
    });
    await expect(publish({ targets }, { targets: 2 })).rejects.toMatchObject({
      code: 'REPOSITORY_DELEGATION',
      message: 'targets delegates to other, which has no signed document',
    });
  });

  it('that give a role another key without its new document are refused', async () => {
    const targets = await makeTargets({
      version: 3,
      delegations: delegationTo({ name: TEAM, key: newKey() }),
    });
    await expect(publish({ targets }, { targets: 2 })).rejects.toMatchObject({
      code: 'REPOSITORY_DELEGATION',
      message: 'the new targets gives team keys that have not signed its version 1',
    });
  });

  it('whose delegate delegates back, or to a name that has a delegator, are refused', async () => {
    const team = await makeTargets({
      role: TEAM,
      version: 2,
      signer: teamKey,
      delegations: delegationTo({ name: TEAM, key: teamKey }),
    });
    await expect(publish({ team }, { team: 1 })).rejects.toMatchObject({
      code: 'REPOSITORY_DELEGATION',
      message: 'team is delegated by targets and by team: a role has one delegator',
    });
  });

  it('of a team of a team are taken, and stay when the team publishes again', async () => {
    const made = await teamService();
    const sub = parseRoleName('team/sub');
    const subKey = newKey();
    const delegations = delegationTo({ name: sub, key: subKey });
    await made.service.publish(EXAMPLE, {
      base: { team: 1, 'team/sub': 0 },
      documents: documents({
        team: await makeTargets({ role: TEAM, version: 2, signer: teamKey, delegations }),
        'team/sub': await makeTargets({ role: sub, signer: subKey }),
      }),
    });
    const { versions } = await made.service.publish(EXAMPLE, {
      base: { team: 2 },
      documents: documents({
        team: await makeTargets({ role: TEAM, version: 3, signer: teamKey, delegations }),
      }),
    });
    expect(versions).toEqual({ root: 1, targets: 2, team: 3, 'team/sub': 1, snapshot: 4, timestamp: 4 });
  });
});

describe('what the service signs itself', () => {
  it.each(['snapshot', 'timestamp'])('%s cannot be published', async role => {
    const { service } = await exampleService();
    await expect(
      service.publish(EXAMPLE, { base: {}, documents: documents({ [role]: file('{}') }) }),
    ).rejects.toMatchObject({ code: 'REPOSITORY_REQUEST', message: `the service signs ${role} itself` });
  });

  it('covers 63 new roles at once', async () => {
    const made = await exampleService();
    const roles = Array.from({ length: 63 }, (_, i) => ({
      name: parseRoleName(`${String(i).padStart(4, '0')}${'r'.repeat(250)}`),
      key: teamKey,
    }));
    const delegations = delegationTo(...roles);
    const entries = await Promise.all(
      roles.map(async ({ name }) => [name, await makeTargets({ role: name, signer: teamKey })] as const),
    );
    const { versions } = await made.service.publish(EXAMPLE, {
      base: Object.fromEntries([['targets', 1], ...roles.map(({ name }) => [name, 0])]),
      documents: documents(
        Object.fromEntries([['targets', await makeTargets({ version: 2, delegations })], ...entries]),
      ),
    });
    expect(Object.keys(versions)).toHaveLength(67);
  });
});
