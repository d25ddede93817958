/** How a proposal ends otherwise, and what happens to it while others publish, rotate keys, crash and race. */
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../src/tuf/document.js';
import { trustRoot, verifyRole } from '../../src/tuf/verified.js';
import { TARGETS } from '../../src/tuf/role-name.js';
import {
  DAY,
  delegationTo,
  documents,
  EXAMPLE,
  makeTargets,
  newKey,
  newService,
  rootKey,
  START,
  TEAM,
  targetsKey,
  teamKey,
  teamService,
  type TestKey,
  type TestService,
} from './publisher.js';
import { failing } from './failing.js';
import {
  makeQuorumRoot,
  payloadOf,
  proposalOf,
  second,
  signatureOf,
  third,
  twoOfThree,
} from './two-of-three.js';

async function open() {
  const made = await twoOfThree();
  const document = await makeTargets({ version: 3 });
  await made.service.propose(EXAMPLE, proposalOf(document));
  return { ...made, document };
}

const openRoles = async ({ service }: TestService): Promise<string[]> =>
  (await service.proposals(EXAMPLE)).proposals.map(({ role }) => role);

describe('an open proposal', () => {
  it('is void once its version was published by another way', async () => {
    const made = await open();
    const other = await makeTargets({ version: 3, signers: [second, third] });
    await made.service.publish(EXAMPLE, { base: { targets: 2 }, documents: documents({ targets: other }) });
    expect(await openRoles(made)).toEqual([]);
    const late = made.service.addSignatures(EXAMPLE, await signatureOf(made.document, second));
    await expect(late).rejects.toMatchObject({ code: 'REPOSITORY_PROPOSAL_UNKNOWN' });
    const next = await makeTargets({ version: 4 });
    expect((await made.service.propose(EXAMPLE, proposalOf(next))).proposal).toMatchObject({ version: 4 });
  });

  it('is void once a document that goes with it was published by another way', async () => {
    const made = await twoOfThree();
    const team = await makeTargets({ role: TEAM, signer: teamKey });
    const delegations = delegationTo({ name: TEAM, key: teamKey });
    const first = await makeTargets({ version: 3, delegations, signers: [targetsKey, second] });
    await made.service.publish(EXAMPLE, {
      base: { targets: 2, team: 0 },
      documents: documents({ targets: first, team }),
    });
    const rotated = newKey();
    const document = await makeTargets({
      version: 4,
      delegations: delegationTo({ name: TEAM, key: rotated }),
    });
    const together = documents({ team: await makeTargets({ role: TEAM, signer: rotated, version: 2 }) });
    await made.service.propose(EXAMPLE, { ...proposalOf(document), documents: together });
    await made.service.publish(EXAMPLE, {
      base: { team: 1 },
      documents: documents({ team: await makeTargets({ role: TEAM, signer: teamKey, version: 2 }) }),
    });
    expect(await openRoles(made)).toEqual([]);
  });

  it('is void once nobody delegates to its role any more', async () => {
    const made = await teamService();
    const key = newKey();
    const two = {
      ...delegationTo({ name: TEAM, key: teamKey }),
      keys: new Map([teamKey, key].map(k => [k.key.id, k.key])),
    };
    const roles = two.roles.map(role => ({ ...role, keyIds: [teamKey.key.id, key.key.id], threshold: 2 }));
    const team = await makeTargets({ role: TEAM, version: 2, signers: [teamKey, key] });
    await made.service.publish(EXAMPLE, {
      base: { targets: 2, team: 1 },
      documents: documents({
        targets: await makeTargets({ version: 3, delegations: { ...two, roles } }),
        team,
      }),
    });
    const document = await makeTargets({ role: TEAM, version: 3, signer: teamKey });
    await made.service.propose(EXAMPLE, proposalOf(document, 'team'));
    expect(await openRoles(made)).toEqual(['team']);
    await made.service.publish(EXAMPLE, {
      base: { targets: 3 },
      documents: documents({ targets: await makeTargets({ version: 4 }) }),
    });
    expect(await openRoles(made)).toEqual([]);
  });

  it('stays when other roles are published, and snapshot and timestamp are signed again', async () => {
    const made = await open();
    const root = await makeQuorumRoot({ version: 3 });
    await made.service.publish(EXAMPLE, { base: { root: 2 }, documents: documents({ root }) });
    made.time.now = new Date(START.getTime() + 2 * DAY);
    expect((await made.service.resignDue()).signed).toEqual(['example']);
    expect(await openRoles(made)).toEqual(['targets']);
    const answer = await made.service.addSignatures(EXAMPLE, await signatureOf(made.document, second));
    expect(answer.published).toMatchObject({ root: 3, targets: 3 });
  });

  it('is rejected by its payload, and the role is free again', async () => {
    const made = await open();
    const other = { role: 'targets', payload: '0'.repeat(64) };
    await expect(made.service.rejectProposal(EXAMPLE, other)).rejects.toMatchObject({
      code: 'REPOSITORY_PROPOSAL_CHANGED',
    });
    await made.service.rejectProposal(EXAMPLE, { ...other, payload: payloadOf(made.document) });
    expect(await openRoles(made)).toEqual([]);
    const next = await makeTargets({ version: 3, expires: new Date(START.getTime() + DAY) });
    expect((await made.service.propose(EXAMPLE, proposalOf(next))).published).toBeNull();
  });

  it('is gone from the second on at which it expires', async () => {
    const made = await open();
    made.time.now = new Date(START.getTime() + 14 * DAY - 1000);
    expect(await openRoles(made)).toEqual(['targets']);
    made.time.now = new Date(START.getTime() + 14 * DAY);
    expect(await openRoles(made)).toEqual([]);
    for (const call of [
      made.service.proposal(EXAMPLE, 'targets'),
      made.service.addSignatures(EXAMPLE, await signatureOf(made.document, second)),
      made.service.rejectProposal(EXAMPLE, { role: 'targets', payload: payloadOf(made.document) }),
    ]) {
      await expect(call).rejects.toMatchObject({ code: 'REPOSITORY_PROPOSAL_UNKNOWN' });
    }
    await made.service.resignDue();
    expect(await made.index.get('repository/example/proposal/targets')).toBeUndefined();
    const next = await makeTargets({ version: 3, expires: new Date(START.getTime() + 30 * DAY) });
    expect((await made.service.propose(EXAMPLE, proposalOf(next))).published).toBeNull();
  });

  it.each(['2026-05-01T12:00:00Z', '2026-07-30T12:00:01Z', 'soon'])(
    'does not wait until %s',
    async expires => {
      const { service } = await twoOfThree();
      const document = await makeTargets({ version: 3 });
      await expect(service.propose(EXAMPLE, { ...proposalOf(document), expires })).rejects.toMatchObject({
        code: 'REPOSITORY_REQUEST',
      });
    },
  );
});

describe('keys that change between two visits', () => {
  it('a key that was rotated out counts no more, and its signature is not published', async () => {
    const made = await open();
    const fourth = newKey();
    const rotated = await makeQuorumRoot({ version: 3, targets: [second, third, fourth] });
    // The targets of now were signed by the first and the second key: both stay until version 3 is there.
    const gentle = await makeQuorumRoot({ version: 3, targets: [second, third, fourth], threshold: 1 });
    await expect(
      made.service.publish(EXAMPLE, { base: { root: 2 }, documents: documents({ root: rotated }) }),
    ).rejects.toMatchObject({ code: 'REPOSITORY_DELEGATION' });
    await made.service.publish(EXAMPLE, { base: { root: 2 }, documents: documents({ root: gentle }) });
    const { proposals } = await made.service.proposals(EXAMPLE);
    expect(proposals).toMatchObject([{ signatures: [], needed: 1 }]);
    const answer = await made.service.addSignatures(EXAMPLE, await signatureOf(made.document, fourth));
    expect(answer).toMatchObject({ proposal: { signatures: [fourth.key.id] }, published: { targets: 3 } });
    const stored = await made.service.metadata(EXAMPLE, '3.targets.json');
    expect(parseDocument(stored!.bytes, 'targets').signatures.map(({ keyId }) => keyId)).toEqual([
      fourth.key.id,
    ]);
  });

  it('a key that was rotated out cannot sign any more', async () => {
    const made = await open();
    const root = await makeQuorumRoot({ version: 3, targets: [targetsKey, second] });
    await made.service.publish(EXAMPLE, { base: { root: 2 }, documents: documents({ root }) });
    await expect(
      made.service.addSignatures(EXAMPLE, await signatureOf(made.document, third)),
    ).rejects.toMatchObject({
      code: 'REPOSITORY_PROPOSAL_SIGNATURE',
      message: `the signature of ${third.key.id} is by no key of targets`,
    });
  });

  it('one key under two ids counts once', async () => {
    const made = await twoOfThree();
    const twin = { ...second, key: { ...second.key, id: 'twin' as typeof second.key.id } };
    const root = await makeQuorumRoot({ version: 3, targets: [targetsKey, second, twin] });
    await made.service.publish(EXAMPLE, { base: { root: 2 }, documents: documents({ root }) });
    const document = await makeTargets({ version: 3, signer: second });
    await made.service.propose(EXAMPLE, proposalOf(document));
    const answer = await made.service.addSignatures(EXAMPLE, await signatureOf(document, twin));
    expect(answer).toMatchObject({ published: null, proposal: { signatures: [second.key.id], needed: 2 } });
  });
});

describe('a proposed root', () => {
  it('needs a threshold of the current keys and one of its own', async () => {
    const made = await twoOfThree();
    const [one, two] = [newKey(), newKey()];
    const next = { version: 3, root: [one, two], rootThreshold: 2 };
    const document = await makeQuorumRoot({ ...next, signers: [one] });
    const begun = await made.service.propose(EXAMPLE, proposalOf(document, 'root'));
    expect(begun).toMatchObject({
      published: null,
      proposal: { signatures: [], needed: 1, own: { signatures: [one.key.id], needed: 2 } },
    });
    const current = await made.service.addSignatures(EXAMPLE, await signatureOf(document, rootKey, 'root'));
    expect(current).toMatchObject({
      published: null,
      proposal: { signatures: [rootKey.key.id], own: { signatures: [one.key.id] } },
    });
    expect((await made.service.proposals(EXAMPLE)).proposals).toEqual([current.proposal]);
    const done = await made.service.addSignatures(EXAMPLE, await signatureOf(document, two, 'root'));
    expect(done.published).toMatchObject({ root: 3 });
    const [before, after] = await Promise.all(
      ['2.root.json', '3.root.json'].map(async name => (await made.service.metadata(EXAMPLE, name))!.bytes),
    );
    expect(trustRoot(parseDocument(after!, 'root')).signedBy).toHaveLength(2);
    expect(trustRoot(parseDocument(before!, 'root')).value.keys.has(rootKey.key.id)).toBe(true);
  });
});

describe('bounds', () => {
  it('refuse the 65th proposal of a repository, and take it once one is rejected', async () => {
    const made = await twoOfThree();
    const names = Array.from({ length: 65 }, (_, i) => `team${i}`);
    const [one, two] = [newKey(), newKey()];
    const both = [one, two].map(({ key }) => [key.id, key] as const);
    const delegations = {
      keys: new Map(both),
      roles: names.map(name => ({
        ...delegationTo({ name: name as typeof TEAM, key: one, patterns: [`${name}/*`] }).roles[0]!,
        keyIds: both.map(([id]) => id),
        threshold: 2,
      })),
    };
    const signers = [one, two];
    const teams = await Promise.all(
      names.map(async name => [name, await makeTargets({ role: name as typeof TEAM, signers })] as const),
    );
    const [half, rest] = [names.slice(0, 33), names.slice(33)];
    const publishSome = async (version: number, some: string[], all: string[]): Promise<void> => {
      const part = { ...delegations, roles: delegations.roles.filter(({ name }) => all.includes(name)) };
      const targets = await makeTargets({ version, delegations: part, signers: [targetsKey, second] });
      await made.service.publish(EXAMPLE, {
        base: { targets: version - 1, ...Object.fromEntries(some.map(name => [name, 0])) },
        documents: documents({
          targets,
          ...Object.fromEntries(teams.filter(([name]) => some.includes(name))),
        }),
      });
    };
    await publishSome(3, half, half);
    await publishSome(4, rest, names);
    const proposed = await makeTargets({ version: 2, signer: one });
    for (const name of names.slice(0, 64)) await made.service.propose(EXAMPLE, proposalOf(proposed, name));
    const last = made.service.propose(EXAMPLE, proposalOf(proposed, 'team64'));
    await expect(last).rejects.toMatchObject({ code: 'REPOSITORY_LIMIT', status: 413 });
    await made.service.rejectProposal(EXAMPLE, { role: 'team7', payload: payloadOf(proposed) });
    await made.service.propose(EXAMPLE, proposalOf(proposed, 'team64'));
    expect(await openRoles(made)).toHaveLength(64);
  });
});

describe('faults', () => {
  it('a store that fails while the last signature comes leaves the proposal as it was', async () => {
    const made = await open();
    const before = await made.index.list('');
    const broken = newService({ ...made, blobs: failing(made.blobs, 'put') });
    const request = await signatureOf(made.document, second);
    await expect(broken.service.addSignatures(EXAMPLE, request)).rejects.toThrow('ENOSPC');
    expect(await made.index.list('')).toEqual(before);
    const full = newService({ ...made, index: failing(made.index, 'transaction') });
    await expect(full.service.addSignatures(EXAMPLE, request)).rejects.toThrow('ENOSPC');
    expect(await made.index.list('')).toEqual(before);
    expect((await made.service.addSignatures(EXAMPLE, request)).published).toMatchObject({ targets: 3 });
  });

  it('is published by no order of visits, restarts and races but with two of three keys, and then once', async () => {
    const signers: readonly TestKey[] = [targetsKey, second, third];
    const visit = fc.record({ key: fc.nat(2), restart: fc.boolean(), together: fc.boolean() });
    await fc.assert(
      fc.asyncProperty(fc.array(visit, { minLength: 1, maxLength: 6 }), async visits => {
        const made = await open();
        const signed = new Set([targetsKey.key.id]);
        let { service } = made;
        let times = 0;
        for (const { key, restart, together } of visits) {
          if (restart) ({ service } = newService(made));
          const request = await signatureOf(made.document, signers[key]!);
          const calls = [service, ...(together ? [newService(made).service] : [])];
          const answers = await Promise.allSettled(calls.map(one => one.addSignatures(EXAMPLE, request)));
          signed.add(signers[key]!.key.id);
          times += answers.filter(({ status, ...rest }) => {
            const value = 'value' in rest ? rest.value : undefined;
            return status === 'fulfilled' && value?.published !== null;
          }).length;
          expect(times).toBe(signed.size >= 2 ? 1 : 0);
        }
        const stored = await made.service.metadata(EXAMPLE, '3.targets.json');
        expect(stored !== null).toBe(signed.size >= 2);
        if (stored === null) return;
        const root = parseDocument((await made.service.metadata(EXAMPLE, '2.root.json'))!.bytes, 'root');
        expect(verifyRole(trustRoot(root), TARGETS, parseDocument(stored.bytes, 'targets')).role).toBe(
          TARGETS,
        );
      }),
      { numRuns: 25 },
    );
  });
});
