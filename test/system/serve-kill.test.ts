/** SIGKILL of the real program while it is being written to: nothing that it acknowledged is lost. */
import { describe, expect, it } from 'vitest';
import { digestHex } from '../../src/crypto/digest.js';
import { ApiClient } from '../../src/transport/api-client.js';
import { HttpFetcher } from '../../src/transport/http-fetcher.js';
import { refresh } from '../../src/tuf/client/refresh.js';
import { MemoryMetadataStore } from '../../src/tuf/memory-store.js';
import { ROOT } from '../../src/tuf/role-name.js';
import { base64, documents, file, makeTargets, targetsOf } from '../repository/publisher.js';
import { createRepository, inAMonth, serve, temporaryFolder, type Serving } from './writ-serve.js';

const NAMES = ['one', 'two', 'three', 'four'];
const PUBLISHES = 200;
const KILLS = 4;

const manifestOf = (name: string, version: number) => file(`{"name":"${name}","version":${version}}`);
const pathOf = (name: string) => `registry.example/${name}:latest`;

async function publish(client: ApiClient, name: string, version: number): Promise<void> {
  const manifest = manifestOf(name, version);
  const targets = targetsOf({ [pathOf(name)]: manifest });
  await client.publish(name, {
    base: { targets: version - 1 },
    documents: documents({ targets: await makeTargets({ version, expires: inAMonth, targets }) }),
    blobs: [base64(manifest)],
  });
}

/** Publishes to all repositories at once until the service is gone; counts what it acknowledged. */
async function publishUntilGone(
  serving: Serving,
  acknowledged: Map<string, number>,
  killAfter: number,
): Promise<void> {
  const client = new ApiClient({ server: serving.repository });
  let left = killAfter;
  const work = async (name: string): Promise<void> => {
    for (;;) {
      const version = (acknowledged.get(name) ?? 1) + 1;
      try {
        await publish(client, name, version);
      } catch {
        return;
      }
      acknowledged.set(name, version);
      // The others are in the middle of theirs.
      if (--left === 0) void serving.end('SIGKILL');
    }
  };
  await Promise.all(NAMES.map(work));
}

/** What a client that starts from the first root finds, verified. */
async function currentTargets(serving: Serving, name: string, root: Uint8Array) {
  const store = new MemoryMetadataStore();
  await store.save(ROOT, root);
  const fetcher = HttpFetcher.at(`${serving.repository}/tuf/${name}`);
  const { targets } = await refresh({ fetcher, store, clock: { now: () => new Date() } });
  const { version, targets: files } = targets.value;
  const digest = files.get(pathOf(name))?.hashes.get('sha256') ?? '';
  const bytes = await fetcher.target(`registry.example/${digest}.${name}:latest`, 1000);
  return { version, bytes };
}

describe('SIGKILL during 200 publishes', () => {
  it('loses none that was acknowledged, and leaves a store that opens', async () => {
    const data = `${temporaryFolder()}/data`;
    const first = await serve(data);
    const roots = new Map<string, Uint8Array>();
    for (const name of NAMES) {
      roots.set(name, await createRepository(new ApiClient({ server: first.repository }), name));
    }
    const acknowledged = new Map<string, number>();
    let serving = first;
    for (let kill = 0; kill < KILLS; kill++) {
      await publishUntilGone(serving, acknowledged, PUBLISHES / KILLS);
      expect(await serving.end('SIGKILL')).toBe('SIGKILL');
      serving = await serve(data);
      for (const name of NAMES) {
        const { version, bytes } = await currentTargets(serving, name, roots.get(name)!);
        // One more than acknowledged is fine: it was durable, and the answer did not get out.
        const last = acknowledged.get(name) ?? 1;
        expect(version, name).toBeOneOf([last, last + 1]);
        if (version > 1)
          expect(digestHex('sha256', bytes!)).toBe(digestHex('sha256', manifestOf(name, version)));
        acknowledged.set(name, version);
      }
    }
    const total = [...acknowledged.values()].reduce((sum, version) => sum + version - 1, 0);
    expect(total).toBeGreaterThanOrEqual(PUBLISHES);
    expect(await serving.end('SIGTERM')).toBe(0);
  });
});

describe('writ serve', () => {
  it('refuses a store that another one has, with the code, and lets it go at its end', async () => {
    const data = `${temporaryFolder()}/data`;
    const first = await serve(data);
    await expect(serve(data)).rejects.toMatchObject({
      code: 1,
      output: expect.stringContaining('STORE_LOCKED'),
    });
    expect(await first.end('SIGTERM')).toBe(0);
    const second = await serve(data);
    expect(await second.end('SIGINT')).toBe(0);
  });

  it('says that its port is taken', async () => {
    const first = await serve(`${temporaryFolder()}/data`);
    const address = new URL(first.repository).host;
    await expect(serve(`${temporaryFolder()}/data`, { address })).rejects.toMatchObject({
      code: 1,
      output: expect.stringContaining('SERVER_PORT_IN_USE'),
    });
  });
});
