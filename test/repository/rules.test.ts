/** The rules that keep a repository readable for every client, each by its name. Those of hash bins: bins.test.ts. */
import { describe, expect, it } from 'vitest';
import { DEFAULT_LIMITS } from '../../src/tuf/limits.js';
import type { TargetFile } from '../../src/tuf/model.js';
import { parseRoleName, type RoleName } from '../../src/tuf/role-name.js';
import {
  DAY,
  delegationTo,
  documents,
  EXAMPLE,
  exampleService,
  keyMap,
  makeRoot,
  makeTargets,
  newKey,
  roleKeys,
  START,
  TEAM,
  teamKey,
  teamService,
  type TestKey,
  type TestService,
} from './publisher.js';

const role = (name: string): RoleName => parseRoleName(name);

/** What the newest snapshot lists. */
async function listed({ service }: TestService): Promise<Record<string, number>> {
  const { roles } = await service.status(EXAMPLE);
  const version = roles.find(({ role: name }) => name === 'snapshot')!.version;
  const file = await service.metadata(EXAMPLE, `${version}.snapshot.json`);
  const { signed } = JSON.parse(Buffer.from(file!.bytes).toString()) as {
    signed: { meta: Record<string, { version: number }> };
  };
  return Object.fromEntries(Object.entries(signed.meta).map(([name, meta]) => [name, meta.version]));
}

/** Publishes targets, the version after `before`, that delegate to `names`; documents of `fresh` come with them. */
async function delegate(
  made: TestService,
  before: number,
  names: readonly string[],
  fresh: Record<string, Uint8Array>,
) {
  const delegations = delegationTo(...names.map(name => ({ name: role(name), key: teamKey })));
  const current = new Map(Object.entries((await made.service.list())[0]!.versions));
  return made.service.publish(EXAMPLE, {
    base: {
      targets: before,
      ...Object.fromEntries(Object.keys(fresh).map(name => [name, current.get(name) ?? 0])),
    },
    documents: documents({ targets: await makeTargets({ version: before + 1, delegations }), ...fresh }),
  });
}

const team = (version: number, name = 'team', signer: TestKey = teamKey): Promise<Uint8Array> =>
  makeTargets({ role: role(name), version, signer });

describe('the entries of a snapshot', () => {
  it('are never removed, whatever is revoked, re-created and revoked again', async () => {
    const made = await exampleService();
    await delegate(made, 1, ['team', 'other'], { team: await team(1), other: await team(1, 'other') });
    await delegate(made, 2, ['other'], {});
    expect(await listed(made)).toEqual({ 'targets.json': 3, 'team.json': 1, 'other.json': 1 });
    await delegate(made, 3, ['team'], { team: await team(2) });
    await delegate(made, 4, [], {});
    expect(await listed(made)).toEqual({ 'targets.json': 5, 'team.json': 2, 'other.json': 1 });
    made.time.now = new Date(START.getTime() + 3 * DAY);
    await made.service.resignDue();
    expect(await listed(made)).toEqual({ 'targets.json': 5, 'team.json': 2, 'other.json': 1 });
  });

  it('go on with their versions when a name is re-created', async () => {
    const made = await exampleService();
    await delegate(made, 1, ['team'], { team: await team(1) });
    await delegate(made, 2, [], {});
    for (const version of [1, 3]) {
      await expect(delegate(made, 3, ['team'], { team: await team(version) })).rejects.toMatchObject({
        code: 'TUF_VERSION',
        message: `team has version ${version}, it must have 2`,
      });
    }
    expect((await delegate(made, 3, ['team'], { team: await team(2) })).versions).toMatchObject({ team: 2 });
  });

  it('of a re-created name are not taken over without a new document', async () => {
    const made = await exampleService();
    await delegate(made, 1, ['team'], { team: await team(1) });
    await delegate(made, 2, [], {});
    await expect(delegate(made, 3, ['team'], {})).rejects.toMatchObject({ code: 'REPOSITORY_DELEGATION' });
  });
});

describe('a delegation', () => {
  it('goes live only with the signed first version of the delegate', async () => {
    const made = await exampleService();
    await expect(delegate(made, 1, ['team'], {})).rejects.toMatchObject({
      code: 'REPOSITORY_DELEGATION',
      message: 'targets delegates to team, which has no signed document',
    });
    await expect(
      delegate(made, 1, ['team'], { team: await team(1, 'team', newKey()) }),
    ).rejects.toMatchObject({ code: 'TUF_THRESHOLD' });
    await delegate(made, 1, ['team'], { team: await team(1) });
    expect(await listed(made)).toMatchObject({ 'team.json': 1 });
  });

  it('has one delegator', async () => {
    const made = await teamService();
    const key = newKey();
    const delegations = delegationTo({ name: TEAM, key });
    const request = {
      base: { team: 1 },
      documents: documents({
        team: await makeTargets({ role: TEAM, version: 2, signer: teamKey, delegations }),
      }),
    };
    await expect(made.service.publish(EXAMPLE, request)).rejects.toMatchObject({
      code: 'REPOSITORY_DELEGATION',
      message: 'team is delegated by targets and by team: a role has one delegator',
    });
  });

  it('to roles that must agree (TAP 3) is refused: other clients cannot read it', async () => {
    const made = await teamService();
    const { keys, roles } = delegationTo({ name: TEAM, key: teamKey });
    const [{ scope, ...role }] = [...roles] as [(typeof roles)[number]];
    const group = { name: 'both', scope, terminating: true, minRolesInAgreement: 1, roles: [role] };
    const targets = await makeTargets({ version: 3, delegations: { keys, roles: [], groups: [group] } });
    await expect(
      made.service.publish(EXAMPLE, { base: { targets: 2 }, documents: documents({ targets }) }),
    ).rejects.toMatchObject({
      code: 'REPOSITORY_DELEGATION',
      message: 'targets delegates to roles that must agree (TAP 3), which other clients cannot read',
    });
  });

  it('rotates its keys together with a version that the new ones signed', async () => {
    const made = await teamService();
    const key = newKey();
    const rotated = await makeTargets({ version: 3, delegations: delegationTo({ name: TEAM, key }) });
    await expect(
      made.service.publish(EXAMPLE, { base: { targets: 2 }, documents: documents({ targets: rotated }) }),
    ).rejects.toMatchObject({
      code: 'REPOSITORY_DELEGATION',
      message: 'the new targets gives team keys that have not signed its version 1',
    });
    const { versions } = await made.service.publish(EXAMPLE, {
      base: { targets: 2, team: 1 },
      documents: documents({ targets: rotated, team: await team(2, 'team', key) }),
    });
    expect(versions).toMatchObject({ targets: 3, team: 2 });
  });

  it('whose key changes under the id that it had needs a version by the new key', async () => {
    const made = await teamService();
    const other = newKey();
    const delegations = delegationTo({ name: TEAM, key: teamKey });
    const keys = new Map([[teamKey.key.id, other.key]]);
    const targets = await makeTargets({ version: 3, delegations: { ...delegations, keys } });
    await expect(
      made.service.publish(EXAMPLE, { base: { targets: 2 }, documents: documents({ targets }) }),
    ).rejects.toMatchObject({ code: 'REPOSITORY_DELEGATION' });
  });

  it('whose threshold rises needs a version with the signatures', async () => {
    const made = await teamService();
    const second = newKey();
    const delegations = delegationTo({ name: TEAM, key: teamKey });
    const roles = delegations.roles.map(one => ({ ...one, ...roleKeys(teamKey, second), threshold: 2 }));
    const both = { keys: keyMap(teamKey, second), roles };
    const targets = await makeTargets({ version: 3, delegations: both });
    await expect(
      made.service.publish(EXAMPLE, { base: { targets: 2 }, documents: documents({ targets }) }),
    ).rejects.toMatchObject({ code: 'REPOSITORY_DELEGATION' });
    const signed = await makeTargets({ role: TEAM, version: 2, signers: [teamKey, second] });
    await made.service.publish(EXAMPLE, {
      base: { targets: 2, team: 1 },
      documents: documents({ targets, team: signed }),
    });
  });
});

describe('the name of a role', () => {
  it.each(['team', 'Team-2', 'a.b_c', '0', 'x'.repeat(256)])('%s is one of the first level', async name => {
    const made = await exampleService();
    await delegate(made, 1, [name], { [name]: await team(1, name) });
    expect(await listed(made)).toMatchObject({ [`${name}.json`]: 1 });
  });

  it.each(['team/x', '../x', '..', '.hidden', 'a b', 'a\\b', 'a%2Fb', 'tëam', '-x', '__proto__'])(
    '%j is none of the first level',
    async name => {
      const made = await exampleService();
      await expect(delegate(made, 1, [name], { [name]: await team(1, name) })).rejects.toMatchObject({
        code: 'REPOSITORY_DELEGATION',
      });
    },
  );

  it.each([
    ['team/backend', true],
    ['backend', false],
    ['team', false],
    ['other/backend', false],
    ['team/a/b', false],
    ['team/', false],
    ['team/..', false],
    ['team/../x', false],
    ['teambackend', false],
  ])('%j below team: %s', async (name, good) => {
    const made = await teamService();
    const delegations = delegationTo({ name: role(name), key: teamKey });
    const publish = made.service.publish(EXAMPLE, {
      base: { team: 1, [name]: 0 },
      documents: documents({
        [name]: await team(1, name),
        team: await makeTargets({ role: TEAM, version: 2, signer: teamKey, delegations }),
      }),
    });
    if (good) expect((await publish).versions).toMatchObject({ [name]: 1 });
    else await expect(publish).rejects.toMatchObject({ status: expect.any(Number) as number });
  });
});

describe('the size of a document', () => {
  /** Targets of about `bytes`, without any file: one entry of metadata fills them. */
  const filler = (bytes: number): ReadonlyMap<string, TargetFile> => {
    const custom = { 'x-fill': 'x'.repeat(bytes) };
    return new Map([
      [
        'a',
        {
          length: 0,
          hashes: new Map([['sha256', 'e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855']]),
          custom,
        },
      ],
    ]);
  };
  const publish = async (bytes: number) => {
    const { service } = await exampleService();
    const targets = await makeTargets({ version: 2, targets: filler(bytes) });
    return service.publish(EXAMPLE, { base: { targets: 1 }, documents: documents({ targets }), blobs: [''] });
  };
  const { targets: most } = DEFAULT_LIMITS;

  it('is refused above what default clients read', async () => {
    await expect(publish(most)).rejects.toMatchObject({ code: 'REPOSITORY_LIMIT', status: 413 });
  });

  it('is warned of above half of it', async () => {
    const { warnings } = await publish(most / 2);
    expect(warnings).toHaveLength(1);
    expect(warnings![0]).toMatch(
      /^targets has \d+ bytes; clients read at most 5000000: divide it by delegation or/,
    );
    expect(await publish(most / 2 - 1000)).not.toHaveProperty('warnings');
  });

  it('of a root is bounded and warned of too', async () => {
    const root = (count: number) => makeRoot({ version: 2, unrecognized: { 'x-fill': 'x'.repeat(count) } });
    const { service } = await exampleService();
    const publishRoot = async (bytes: Uint8Array) =>
      service.publish(EXAMPLE, { base: { root: 1 }, documents: documents({ root: bytes }) });
    await expect(publishRoot(await root(DEFAULT_LIMITS.root))).rejects.toMatchObject({
      code: 'REPOSITORY_LIMIT',
    });
    const { warnings } = await publishRoot(await root(DEFAULT_LIMITS.root / 2));
    expect(warnings).toEqual([
      expect.stringMatching(/^root has \d+ bytes; clients read at most 512000: list fewer keys$/),
    ]);
  });
});

describe('what the service signs itself', () => {
  it('lives 7 and 2 days, and is signed again after 21 and 6 hours', async () => {
    const made = await exampleService();
    const lives = async (): Promise<number[]> =>
      (await made.service.status(EXAMPLE)).roles
        .filter(({ online }) => online)
        .map(({ expires }) => (Date.parse(expires) - made.time.now.getTime()) / DAY);
    expect(await lives()).toEqual([7, 2]);
    made.time.now = new Date(START.getTime() + DAY / 4);
    expect((await made.service.resignDue()).signed).toEqual(['example']);
    expect(await lives()).toEqual([6.75, 2]);
    made.time.now = new Date(START.getTime() + (DAY * 21) / 24);
    expect((await made.service.resignDue()).signed).toEqual(['example']);
    expect(await lives()).toEqual([7, 2]);
  });
});
