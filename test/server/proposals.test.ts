/** The calls about proposals as two people make them: over HTTP, each with ApiClient, and with tokens of their own. */
import { describe, expect, it, onTestFinished } from 'vitest';
import { TokenAuthority } from '../../src/repository/tokens.js';
import { createApp } from '../../src/server/app.js';
import { createAuthenticator } from '../../src/server/auth.js';
import { createMetrics } from '../../src/server/metrics.js';
import { proposalRoutes } from '../../src/server/routes/proposals.js';
import { plainServer } from '../../src/server/servers.js';
import { ApiClient } from '../../src/transport/api-client.js';
import { makeTargets } from '../repository/publisher.js';
import { payloadOf, proposalOf, second, signatureOf, twoOfThree } from '../repository/two-of-three.js';

async function served() {
  const made = await twoOfThree();
  const app = createApp({ bodyLimit: 100_000, serverFactory: plainServer });
  const tokens = new TokenAuthority(new Uint8Array(32).fill(3), made.clock);
  const written: string[] = [];
  const metrics = createMetrics({
    repositoriesFresh: () => new Map(),
    policiesValid: () => true,
    roleExpiries: () => [],
  });
  proposalRoutes(app, {
    repositories: made.service,
    authenticate: createAuthenticator({ mode: 'token', tokens }),
    onWritten: async name => {
      written.push(name);
    },
    maxBody: 100_000,
    metrics,
  });
  const server = await app.listen({ host: '127.0.0.1', port: 0 });
  onTestFinished(() => app.close());
  const client = async (push: string) =>
    new ApiClient({
      server,
      token: await tokens.issue({ subject: 'ci', create: [], push: [push], lifetimeSeconds: 60 }),
    });
  return { made, app, client, reader: new ApiClient({ server }), written, metrics };
}

describe('proposals over HTTP', () => {
  it('are made by one, read by all and completed by another', async () => {
    const { client, reader, written, metrics } = await served();
    const document = await makeTargets({ version: 3 });
    const proposed = await (await client('example')).propose('example', proposalOf(document));
    expect(proposed).toMatchObject({
      published: null,
      proposal: { payload: payloadOf(document), needed: 2 },
    });
    expect(await reader.proposals('example')).toEqual({ proposals: [proposed.proposal] });
    const shown = await reader.proposal('example', 'targets');
    expect(shown.proposal).toEqual(proposed.proposal);
    expect(written).toEqual([]);
    const answer = await (await client('ex*')).addSignatures('example', await signatureOf(document, second));
    expect(answer.published).toEqual({ root: 2, targets: 3, snapshot: 3, timestamp: 3 });
    expect(written).toEqual(['example']);
    await expect(reader.proposal('example', 'targets')).rejects.toMatchObject({
      code: 'REPOSITORY_PROPOSAL_UNKNOWN',
      status: 404,
    });
    const counted = await metrics.text();
    expect(counted).toContain('writ_repository_writes_total{action="propose",outcome="ok"} 1');
    expect(counted).toContain('writ_repository_writes_total{action="approve",outcome="ok"} 1');
  });

  it('are rejected by who may push', async () => {
    const { client, reader } = await served();
    const document = await makeTargets({ version: 3 });
    const owner = await client('example');
    await owner.propose('example', proposalOf(document));
    const request = { role: 'targets', payload: payloadOf(document) };
    await expect(
      owner.rejectProposal('example', { ...request, payload: '0'.repeat(64) }),
    ).rejects.toMatchObject({
      code: 'REPOSITORY_PROPOSAL_CHANGED',
    });
    await owner.rejectProposal('example', request);
    expect(await reader.proposals('example')).toEqual({ proposals: [] });
    await expect(owner.rejectProposal('example', request)).rejects.toMatchObject({
      code: 'REPOSITORY_PROPOSAL_UNKNOWN',
    });
  });

  it('are written by nobody without a token, and by no token of another repository', async () => {
    const { client, reader } = await served();
    const document = await makeTargets({ version: 3 });
    const signature = await signatureOf(document, second);
    const other = await client('other');
    for (const [caller, code] of [
      [reader, 'TOKEN_MISSING'],
      [other, 'TOKEN_SCOPE'],
    ] as const) {
      await expect(caller.propose('example', proposalOf(document))).rejects.toMatchObject({ code });
      await expect(caller.addSignatures('example', signature)).rejects.toMatchObject({ code });
      await expect(caller.rejectProposal('example', signature)).rejects.toMatchObject({ code });
    }
  });

  it('answer what is malformed', async () => {
    const { app, reader, client } = await served();
    await expect(reader.proposals('other')).rejects.toMatchObject({ code: 'REPOSITORY_UNKNOWN' });
    const answer = await app.inject({ url: '/v1/repositories/example/proposals/document' });
    expect([answer.statusCode, answer.json()]).toMatchObject([
      400,
      { error: { code: 'REPOSITORY_REQUEST' } },
    ]);
    const owner = await client('example');
    const more = { ...proposalOf(await makeTargets({ version: 3 })), force: true };
    await expect(owner.propose('example', more)).rejects.toMatchObject({
      message: 'the request has the unknown member "force"',
    });
  });
});
