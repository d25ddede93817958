/** Proposals: signatures over several visits, published with the last one that is needed. */
import { describe, expect, it } from 'vitest';
import { digestHex } from '../../src/crypto/digest.js';
import { refresh } from '../../src/tuf/client/refresh.js';
import { parseDocument } from '../../src/tuf/document.js';
import { MemoryMetadataStore } from '../../src/tuf/memory-store.js';
import { ROOT } from '../../src/tuf/role-name.js';
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
  newService,
  START,
  TEAM,
  targetsKey,
  targetsOf,
  teamKey,
} from './publisher.js';
import { payloadOf, proposalOf, second, signatureOf, third, twoOfThree } from './two-of-three.js';

describe('a proposal', () => {
  it('is published with the last signature that is needed, together with snapshot and timestamp', async () => {
    const made = await twoOfThree();
    const document = await makeTargets({ version: 3, signer: targetsKey });
    const { proposal, published } = await made.service.propose(EXAMPLE, proposalOf(document));
    expect(published).toBeNull();
    const current = await made.service.metadata(EXAMPLE, '2.targets.json');
    expect(proposal).toEqual({
      role: 'targets',
      version: 3,
      base: { version: 2, sha256: digestHex('sha256', current!.bytes) },
      payload: payloadOf(document),
      created: START.toISOString(),
      expires: new Date(START.getTime() + 14 * DAY).toISOString(),
      signatures: [targetsKey.key.id],
      needed: 2,
    });
    expect(await made.service.metadata(EXAMPLE, '3.targets.json')).toBeNull();
    expect(await made.service.proposals(EXAMPLE)).toEqual({ proposals: [proposal] });
    const answer = await made.service.addSignatures(EXAMPLE, await signatureOf(document, second));
    expect(answer.published).toEqual({ root: 2, targets: 3, snapshot: 3, timestamp: 3 });
    expect(answer.proposal.signatures).toEqual([targetsKey.key.id, second.key.id]);
    expect(await made.service.proposals(EXAMPLE)).toEqual({ proposals: [] });
    const stored = await made.service.metadata(EXAMPLE, '3.targets.json');
    expect(payloadOf(stored!.bytes)).toBe(payloadOf(document));
    const store = new MemoryMetadataStore();
    await store.save(ROOT, (await made.service.metadata(EXAMPLE, '1.root.json'))!.bytes);
    const view = await refresh({ fetcher: made.service.fetcher(EXAMPLE), store, clock: made.clock });
    expect(view.targets.signedBy).toHaveLength(2);
  });

  it('is shown to who asks with its documents and the signatures so far', async () => {
    const made = await twoOfThree();
    const delegations = delegationTo({ name: TEAM, key: teamKey });
    const team = await makeTargets({ role: TEAM, signer: teamKey });
    const document = await makeTargets({ version: 3, delegations });
    await made.service.propose(EXAMPLE, { ...proposalOf(document), documents: documents({ team }) });
    const shown = await made.service.proposal(EXAMPLE, 'targets');
    expect(shown.documents).toEqual({ team: base64(team) });
    expect(payloadOf(Buffer.from(shown.document, 'base64'))).toBe(payloadOf(document));
    const answer = await made.service.addSignatures(EXAMPLE, await signatureOf(document, third));
    expect(answer.published).toEqual({ root: 2, targets: 3, team: 1, snapshot: 3, timestamp: 3 });
  });

  it('brings its target files with it', async () => {
    const made = await twoOfThree();
    const manifest = file('{"schemaVersion":2}');
    const targets = targetsOf({ 'registry.example/app:1': manifest });
    const document = await makeTargets({ version: 3, targets });
    const request = { ...proposalOf(document), blobs: [base64(manifest)] };
    await expect(made.service.propose(EXAMPLE, proposalOf(document))).rejects.toMatchObject({
      code: 'REPOSITORY_TARGET_MISSING',
    });
    await made.service.propose(EXAMPLE, request);
    const hash = digestHex('sha256', manifest);
    expect(await made.service.target(EXAMPLE, `registry.example/${hash}.app:1`)).toBeNull();
    await made.service.addSignatures(EXAMPLE, await signatureOf(document, second));
    expect(await made.service.target(EXAMPLE, `registry.example/${hash}.app:1`)).toEqual(manifest);
  });

  it('that has all its signatures is published at once', async () => {
    const { service } = await exampleService();
    const document = await makeTargets({ version: 2 });
    const { published, proposal } = await service.propose(EXAMPLE, proposalOf(document));
    expect(published).toMatchObject({ targets: 2 });
    expect(proposal).toMatchObject({ version: 2, signatures: [targetsKey.key.id], needed: 1 });
    expect(await service.proposals(EXAMPLE)).toEqual({ proposals: [] });
  });

  it('survives a restart', async () => {
    const before = await twoOfThree();
    const document = await makeTargets({ version: 3 });
    const { proposal } = await before.service.propose(EXAMPLE, proposalOf(document));
    const { service } = newService(before);
    expect(await service.proposals(EXAMPLE)).toEqual({ proposals: [proposal] });
    const answer = await service.addSignatures(EXAMPLE, await signatureOf(document, second));
    expect(answer.published).toMatchObject({ targets: 3 });
  });

  it('may be proposed again: the signatures that are new are added', async () => {
    const { service } = await twoOfThree();
    const document = await makeTargets({ version: 3 });
    const same = await makeTargets({ version: 3, signer: third });
    await service.propose(EXAMPLE, proposalOf(document));
    expect((await service.propose(EXAMPLE, proposalOf(document))).published).toBeNull();
    expect((await service.propose(EXAMPLE, proposalOf(same))).published).toMatchObject({ targets: 3 });
  });

  it('is one for each role', async () => {
    const { service } = await twoOfThree();
    const document = await makeTargets({ version: 3 });
    await service.propose(EXAMPLE, proposalOf(document));
    const other = await makeTargets({ version: 3, expires: new Date(START.getTime() + 30 * DAY) });
    await expect(service.propose(EXAMPLE, proposalOf(other))).rejects.toMatchObject({
      code: 'REPOSITORY_PROPOSAL_OPEN',
      status: 409,
      details: { role: 'targets', version: 3, payload: payloadOf(document) },
    });
  });

  it('needs a signature by a key of the role', async () => {
    const { service } = await twoOfThree();
    const document = await makeTargets({ version: 3, signer: newKey() });
    await expect(service.propose(EXAMPLE, proposalOf(document))).rejects.toMatchObject({
      code: 'REPOSITORY_PROPOSAL_SIGNATURE',
      status: 400,
    });
    expect(await service.proposals(EXAMPLE)).toEqual({ proposals: [] });
  });

  it.each([
    [2, 'the proposed targets has version 2, the next one is 3'],
    [4, 'the proposed targets has version 4, the next one is 3'],
  ])('of version %i over version 2 is refused: somebody changed the base', async (version, message) => {
    const { service } = await twoOfThree();
    const document = await makeTargets({ version });
    await expect(service.propose(EXAMPLE, proposalOf(document))).rejects.toMatchObject({
      code: 'REPOSITORY_CONFLICT',
      message,
      details: { versions: { targets: 2 } },
    });
  });

  it('of a role that nobody delegates to is refused', async () => {
    const { service } = await twoOfThree();
    const document = await makeTargets({ role: TEAM, signer: teamKey });
    await expect(service.propose(EXAMPLE, proposalOf(document, 'team'))).rejects.toMatchObject({
      code: 'TUF_NOT_DELEGATED',
    });
  });

  it('that could never be published is refused before others sign it', async () => {
    const { service } = await twoOfThree();
    const refused = async (
      document: Uint8Array,
      code: string,
      role = 'targets',
      more = {},
    ): Promise<void> => {
      await expect(
        service.propose(EXAMPLE, { ...proposalOf(document, role), ...more }),
      ).rejects.toMatchObject({
        code,
      });
    };
    const delegations = delegationTo({ name: TEAM, key: teamKey });
    await refused(await makeTargets({ version: 3, delegations }), 'REPOSITORY_DELEGATION');
    await refused(await makeTargets({ version: 3, expires: START }), 'TUF_EXPIRED');
    await refused(await makeRoot({ version: 3, consistentSnapshot: false }), 'REPOSITORY_DOCUMENT', 'root');
    await refused(await makeRoot({ version: 3, onlineThreshold: 2 }), 'REPOSITORY_ONLINE_KEYS', 'root');
    await refused(await makeTargets({ version: 3 }), 'REPOSITORY_BLOB', 'targets', { blobs: ['AAAA'] });
    const outside = targetsOf({ 'registry.example/other:1': file('x') });
    const team = await makeTargets({ role: TEAM, signer: teamKey, targets: outside });
    await refused(await makeTargets({ version: 3, delegations }), 'TUF_NOT_DELEGATED', 'targets', {
      documents: documents({ team }),
      blobs: [base64(file('x'))],
    });
    await refused(await makeTargets({ version: 3 }), 'TUF_NOT_DELEGATED', 'targets', {
      documents: documents({ team: await makeTargets({ role: TEAM, signer: teamKey }) }),
    });
    await refused(await makeTargets({ version: 3 }), 'REPOSITORY_REQUEST', 'targets', {
      documents: documents({ targets: await makeTargets({ version: 3 }) }),
    });
  });
});

describe('a signature on a proposal', () => {
  it('counts once for each key, however often it comes', async () => {
    const { service } = await twoOfThree();
    const document = await makeTargets({ version: 3 });
    await service.propose(EXAMPLE, proposalOf(document));
    const again = await signatureOf(document, targetsKey);
    const { published, proposal } = await service.addSignatures(EXAMPLE, again);
    expect(published).toBeNull();
    expect(proposal.signatures).toEqual([targetsKey.key.id]);
    const twice = { ...again, signatures: [...again.signatures, ...again.signatures] };
    expect((await service.addSignatures(EXAMPLE, twice)).published).toBeNull();
  });

  it('by another key, over other bytes, or none at all is refused, and nothing of the call counts', async () => {
    const { service } = await twoOfThree();
    const document = await makeTargets({ version: 3 });
    const { proposal } = await service.propose(EXAMPLE, proposalOf(document));
    const good = await signatureOf(document, second);
    const foreign = await signatureOf(document, newKey());
    const over = await signatureOf(await makeTargets({ version: 4 }), third);
    const bad = [
      { ...good, signatures: [...good.signatures, ...foreign.signatures] },
      { ...good, signatures: [...good.signatures, ...over.signatures] },
      { ...good, signatures: [{ keyid: second.key.id, sig: 'no hex' }] },
      { ...good, signatures: [{ keyid: second.key.id, sig: '' }] },
    ];
    for (const request of bad) {
      await expect(service.addSignatures(EXAMPLE, request)).rejects.toMatchObject({
        code: 'REPOSITORY_PROPOSAL_SIGNATURE',
      });
    }
    await expect(service.addSignatures(EXAMPLE, { ...good, signatures: [] })).rejects.toMatchObject({
      code: 'REPOSITORY_REQUEST',
    });
    expect(await service.proposals(EXAMPLE)).toEqual({ proposals: [proposal] });
  });

  it('on another content than is open is refused', async () => {
    const { service } = await twoOfThree();
    const document = await makeTargets({ version: 3 });
    await service.propose(EXAMPLE, proposalOf(document));
    const request = await signatureOf(
      await makeTargets({ version: 3, expires: new Date('2027-01-01') }),
      second,
    );
    await expect(service.addSignatures(EXAMPLE, request)).rejects.toMatchObject({
      code: 'REPOSITORY_PROPOSAL_CHANGED',
      status: 409,
      details: { role: 'targets', payload: payloadOf(document) },
    });
  });

  it('of two approvers at once publishes once: the other finds nothing open', async () => {
    const { service } = await twoOfThree();
    const document = await makeTargets({ version: 3 });
    await service.propose(EXAMPLE, proposalOf(document));
    const results = await Promise.allSettled([
      service.addSignatures(EXAMPLE, await signatureOf(document, second)),
      service.addSignatures(EXAMPLE, await signatureOf(document, third)),
    ]);
    expect(results).toHaveLength(2);
    expect(results).toContainEqual({
      status: 'fulfilled',
      value: expect.objectContaining({
        published: expect.objectContaining({ targets: 3 }) as unknown,
      }) as unknown,
    });
    expect(results).toContainEqual({
      status: 'rejected',
      reason: expect.objectContaining({ code: 'REPOSITORY_PROPOSAL_UNKNOWN', status: 404 }) as unknown,
    });
    expect(
      parseDocument((await service.metadata(EXAMPLE, '3.targets.json'))!.bytes, 'targets').signatures,
    ).toHaveLength(2);
  });
});
