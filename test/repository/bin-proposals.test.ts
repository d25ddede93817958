/** Hash bins that need two keys: the next version of one waits for the second signature as any role does. */
import { describe, expect, it } from 'vitest';
import { signDocument } from '../../src/tuf/build/sign.js';
import { buildTargets } from '../../src/tuf/build/signed-part.js';
import { binCount, binName, binNameOf } from '../../src/tuf/bins.js';
import type { RoleName } from '../../src/tuf/role-name.js';
import { binKey, succinctOf, toBins, upload } from './bin-world.js';
import {
  base64,
  DAY,
  documents,
  EXAMPLE,
  exampleService,
  file,
  makeTargets,
  START,
  targetsOf,
  type TestKey,
} from './publisher.js';
import { proposalOf, second, signatureOf } from './two-of-three.js';

const BINS = { ...succinctOf(2, 'bins', binKey, second), threshold: 2 };
const PATH = 'registry.example/app:1';
const BIN = binName(BINS, PATH);
const OTHER = [0, 1, 2, 3].map(i => binNameOf(BINS, i)).find(name => name !== BIN)!;
const app = file('app');

const binOf = (role: RoleName, version: number, signers: readonly TestKey[], targets = targetsOf({})) =>
  signDocument(
    buildTargets({ version, expires: new Date(START.getTime() + 365 * DAY), targets }),
    role,
    signers,
  );

async function twoKeyBins() {
  const made = await exampleService();
  const all: Record<string, Uint8Array> = {};
  for (let i = 0; i < binCount(BINS); i++) {
    all[binNameOf(BINS, i)] = await binOf(binNameOf(BINS, i), 1, [binKey, second]);
  }
  await made.service.publish(EXAMPLE, {
    base: { targets: 1 },
    documents: documents({
      targets: await makeTargets({ version: 2, delegations: toBins(BINS, binKey, second) }),
    }),
    uploads: [await upload(made, all)],
    filesElsewhere: true,
  });
  return made;
}

describe('the proposal of a hash bin', () => {
  it('is published with the second signature, its target files with it', async () => {
    const made = await twoKeyBins();
    const document = await binOf(BIN, 2, [binKey], targetsOf({ [PATH]: app }));
    const request = { ...proposalOf(document, BIN), blobs: [base64(app)] };
    const { proposal, published } = await made.service.propose(EXAMPLE, request);
    expect(published).toBeNull();
    expect(proposal).toMatchObject({
      role: BIN,
      signatures: [binKey.key.id],
      needed: 2,
      base: { version: 1 },
    });
    expect(proposal.base.sha256).toMatch(/^[0-9a-f]{64}$/);
    const answer = await made.service.addSignatures(EXAMPLE, await signatureOf(document, second, BIN));
    expect(answer.published).toMatchObject({ [BIN]: 2 });
    expect(await made.service.proposals(EXAMPLE)).toEqual({ proposals: [] });
    const next = await binOf(BIN, 3, [binKey], targetsOf({ [PATH]: app }));
    expect((await made.service.propose(EXAMPLE, proposalOf(next, BIN))).published).toBeNull();
  });

  it('may leave its target files elsewhere', async () => {
    const made = await twoKeyBins();
    const document = await binOf(BIN, 2, [binKey], targetsOf({ [PATH]: app }));
    await expect(made.service.propose(EXAMPLE, proposalOf(document, BIN))).rejects.toMatchObject({
      code: 'REPOSITORY_TARGET_MISSING',
    });
    await made.service.propose(EXAMPLE, { ...proposalOf(document, BIN), filesElsewhere: true });
    const answer = await made.service.addSignatures(EXAMPLE, await signatureOf(document, second, BIN));
    expect(answer.published).toMatchObject({ [BIN]: 2 });
  });

  it('is void once its bin was published by another way', async () => {
    const made = await twoKeyBins();
    await made.service.propose(EXAMPLE, proposalOf(await binOf(BIN, 2, [binKey]), BIN));
    await made.service.publish(EXAMPLE, {
      base: { [BIN]: 1 },
      documents: documents({ [BIN]: await binOf(BIN, 2, [binKey, second]) }),
    });
    expect(await made.service.proposals(EXAMPLE)).toEqual({ proposals: [] });
  });

  it('holds no path of another bin', async () => {
    const made = await twoKeyBins();
    const document = await binOf(OTHER, 2, [binKey], targetsOf({ [PATH]: app }));
    const request = { ...proposalOf(document, OTHER), filesElsewhere: true };
    await expect(made.service.propose(EXAMPLE, request)).rejects.toMatchObject({ code: 'TUF_NOT_DELEGATED' });
  });

  it('brings no bins that were not there: they do not fit into a proposal', async () => {
    const made = await exampleService();
    const document = await makeTargets({ version: 2, delegations: toBins(BINS, binKey, second) });
    await expect(made.service.propose(EXAMPLE, proposalOf(document))).rejects.toMatchObject({
      code: 'REPOSITORY_DELEGATION',
      message: 'targets delegates to hash bins bins-…, which a proposal cannot bring with it',
    });
  });
});
