/** An image is signed, admitted, looked up: over the real listeners, with the rooms as `writ serve` puts them together. */
import { rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { digestHex } from '../../src/crypto/digest.js';
import { parsePublicKey } from '../../src/crypto/public-key.js';
import { prepareDevelopment } from '../../src/server/development.js';
import { describeTarget } from '../../src/tuf/build/describe.js';
import type { TargetFile } from '../../src/tuf/model.js';
import { ApiClient } from '../../src/transport/api-client.js';
import { reviewOf } from '../admission/world.js';
import { base64, documents, file, makeRoot, makeTargets } from '../repository/publisher.js';
import { start, temporaryFolder, type Started } from './service.js';

const REPOSITORY = 'registry.example/team/app';
const manifest = file('{"schemaVersion":2,"config":{"digest":"sha256:' + 'c'.repeat(64) + '"}}');
const digest = `sha256:${digestHex('sha256', manifest)}`;
const custom = { writ: { v: 1, catalogue: '1', grants: { network: 'user' } } };
const expires = new Date(Date.now() + 86_400_000);

const signedTargets = (more: object = {}): Map<string, TargetFile> =>
  new Map(
    [`${REPOSITORY}:1`, `${REPOSITORY}@${digest}`].map(path => [
      path,
      describeTarget(manifest, { ...custom, ...more }),
    ]),
  );

async function example(client: ApiClient): Promise<void> {
  const keys = await client.repositoryKeys('example');
  const online = {
    snapshot: { key: parsePublicKey(keys.snapshot, 'snapshot') },
    timestamp: { key: parsePublicKey(keys.timestamp, 'timestamp') },
  };
  await client.createRepository({
    name: 'example',
    documents: documents({
      root: await makeRoot({ online, expires }),
      targets: await makeTargets({ expires }),
    }),
  });
}

async function sign(client: ApiClient, version: number, targets: Map<string, TargetFile>): Promise<void> {
  await client.publish('example', {
    base: { targets: version - 1 },
    documents: documents({ targets: await makeTargets({ version, expires, targets }) }),
    blobs: targets.size > 0 ? [base64(manifest)] : [],
  });
}

async function signedService(): Promise<{ service: Started; client: ApiClient; policies: string }> {
  const data = join(temporaryFolder(), 'data');
  await prepareDevelopment(data, { now: () => new Date() });
  const policies = join(data, 'policies');
  const service = await start({ policies: [policies] }, { data });
  const client = new ApiClient({ server: service.addresses.repository });
  await example(client);
  await sign(client, 2, signedTargets());
  return { service, client, policies };
}

const review = (image: string, change: object = {}): string =>
  JSON.stringify(
    reviewOf(
      {
        apiVersion: 'v1',
        kind: 'Pod',
        metadata: { name: 'app', namespace: 'default' },
        spec: { containers: [{ name: 'app', image, resources: {}, ...change }] },
      },
      { name: 'app', namespace: 'default' },
    ),
  );

interface Answer {
  readonly response: {
    readonly uid: string;
    readonly allowed: boolean;
    readonly patch?: string;
    readonly status?: { readonly message: string };
  };
}
const admit = async (service: Started, path: string, body: string): Promise<Answer['response']> =>
  (JSON.parse((await service.admit(path, body)).text) as Answer).response;

const query = (image: string): string =>
  new URLSearchParams({ image, namespace: 'default', arch: 'amd64', runtime: 'runc-1.1' }).toString();

describe('one image', () => {
  it('is signed, admitted with its digest and profile, and its profile is found by tag, digest and image id', async () => {
    const { service } = await signedService();
    expect((await service.get('/readyz')).text).toBe(
      '{"ready":true,"checks":{"trust":"ok","policies":"ok"}}',
    );
    const allowed = await admit(service, '/mutate', review(`${REPOSITORY}:1`));
    expect(allowed).toMatchObject({ uid: 'c9990ff0-4d9d-4a8c-9645-e0b7bd753d16', allowed: true });
    const patch = Buffer.from(String(allowed.patch), 'base64').toString();
    expect(patch).toContain(`${REPOSITORY}@${digest}`);
    const answers = [];
    for (const image of [`${REPOSITORY}:1`, digest, `sha256:${'c'.repeat(64)}`]) {
      const answer = await service.get(`/v1/lookup?${query(image)}`);
      expect(answer.status, `${image}: ${answer.text}`).toBe(200);
      answers.push(JSON.parse(answer.text) as { intent: string; profile: string; grants: object });
    }
    expect(new Set(answers.map(({ profile }) => profile)).size).toBe(1);
    const { intent, profile, grants } = answers[0]!;
    expect(grants).toEqual({ network: 'user' });
    expect(patch).toContain(`writ/${intent}.json`);
    const bytes = await service.get(`/v1/profiles/${profile}`);
    expect(`sha256:${digestHex('sha256', Buffer.from(bytes.text))}`).toBe(profile);
    expect(bytes.headers.get('cache-control')).toContain('immutable');
  });

  it('is denied by the validating webhook when the mutating one did not run', async () => {
    const { service } = await signedService();
    const denied = await admit(service, '/validate', review(`${REPOSITORY}:1`));
    expect(denied.allowed).toBe(false);
    expect(denied.patch).toBeUndefined();
  });

  it('that nobody signed is denied with the reason, and not found', async () => {
    const { service } = await signedService();
    const denied = await admit(service, '/mutate', review(`${REPOSITORY}:2`));
    expect(denied.allowed).toBe(false);
    expect(denied.status?.message).toContain(`${REPOSITORY}:2`);
    expect((await service.get(`/v1/lookup?${query(`${REPOSITORY}:2`)}`)).status).toBe(404);
  });

  it('counts from the answer of the publish on, and no more from that of its revocation', async () => {
    const { service, client } = await signedService();
    await sign(client, 3, new Map());
    expect((await admit(service, '/mutate', review(`${REPOSITORY}:1`))).allowed).toBe(false);
    await sign(client, 4, signedTargets());
    expect((await admit(service, '/mutate', review(`${REPOSITORY}:1`))).allowed).toBe(true);
  });

  it('is still admitted after a restart', async () => {
    const { service, policies } = await signedService();
    await service.close();
    const again = await start({ policies: [policies] }, { data: service.data });
    await expect
      .poll(async () => (await admit(again, '/mutate', review(`${REPOSITORY}:1`))).allowed)
      .toBe(true);
  });

  it('is not looked up without a scope', async () => {
    const { service } = await signedService();
    const answer = await service.get(`/v1/lookup?image=${digest}`);
    expect(answer.status).toBe(400);
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'LOOKUP_QUESTION' } });
    expect((await service.get(`/v1/profiles/sha256:${'0'.repeat(64)}`)).status).toBe(404);
    expect((await service.get('/v1/profiles/..')).status).toBe(400);
    expect((await service.get('/metrics')).text).toContain('writ_lookups_total{outcome="LOOKUP_QUESTION"} 1');
  });
});

describe('the webhook', () => {
  it('answers what is no review with an error, whatever it is', async () => {
    const { admit: post } = await start();
    for (const body of ['', '{', '[]', '{"kind":"AdmissionReview"}', '\u0000', '{"a":1,"a":1}']) {
      const answer = await post('/validate', body);
      expect(answer.status, body).toBe(400);
      expect(JSON.parse(answer.text), body).toMatchObject({ error: { code: expect.any(String) } });
    }
  });

  it('takes 7 MiB and no more', async () => {
    const { admit: post } = await start();
    const limit = 7 * 1024 * 1024;
    expect((await post('/mutate', Buffer.alloc(limit, 0x20))).status).toBe(400);
    expect((await post('/mutate', Buffer.alloc(limit + 1, 0x20))).status).toBe(413);
  });

  it('writes its decisions to the log and counts them', async () => {
    const { service } = await signedService();
    await admit(service, '/mutate', review(`${REPOSITORY}:1`));
    await admit(service, '/mutate', review('nginx'));
    const { text } = await service.get('/metrics');
    expect(text).toContain('writ_admission_decisions_total{phase="mutate",outcome="allowed"} 1');
    expect(text).toContain('writ_admission_decisions_total{phase="mutate",outcome="denied"} 1');
    await service.close();
    const decisions = service.lines.filter(line => line.includes('"log":"admission"'));
    expect(decisions).toHaveLength(2);
  });

  it('logs nothing when the log is silent', async () => {
    const service = await start({ log: { level: 'silent' } });
    await service.admit('/mutate', review('nginx'));
    await service.close();
    expect(service.lines).toEqual([]);
  });
});

describe('policies', () => {
  it('that are broken later leave the last good ones in force, and raise the alarm', async () => {
    const { service, policies } = await signedService();
    writeFileSync(join(policies, 'broken.yaml'), 'kind: Nonsense\n');
    await expect.poll(async () => (await service.get('/readyz')).status).toBe(503);
    expect((await service.get('/readyz')).text).toContain('broken.yaml');
    expect((await service.get('/metrics')).text).toContain('writ_policies_valid 0');
    expect((await admit(service, '/mutate', review(`${REPOSITORY}:1`))).allowed).toBe(true);
    rmSync(join(policies, 'broken.yaml'));
    await expect.poll(async () => (await service.get('/readyz')).status).toBe(200);
    rmSync(join(policies, 'example.yaml'));
    await expect
      .poll(async () => (await admit(service, '/mutate', review(`${REPOSITORY}:1`))).allowed)
      .toBe(false);
  });
});
