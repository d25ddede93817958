import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { TrustEntry } from '../../src/config/types.js';
import { digestHex } from '../../src/crypto/digest.js';
import { PinStore } from '../../src/trust/pins.js';
import { pinConfigured } from '../../src/server/trust-setup.js';
import { createApp } from '../../src/server/app.js';
import { tufRoutes } from '../../src/server/routes/tuf.js';
import { plainServer } from '../../src/server/servers.js';
import {
  exampleService,
  makeRoot,
  newKey,
  newService,
  createRequest,
  EXAMPLE,
} from '../repository/publisher.js';
import { start, temporaryFolder } from './service.js';

const entry = (change: Partial<TrustEntry>): TrustEntry => ({
  name: 'example',
  url: 'http://127.0.0.1:9/tuf/example',
  folder: undefined,
  root: undefined,
  sha256: undefined,
  ...change,
});

function pinStore(): PinStore {
  return new PinStore(join(temporaryFolder(), 'trust'));
}

function rootFile(bytes: Uint8Array): string {
  const path = join(temporaryFolder(), 'root.json');
  writeFileSync(path, bytes);
  return path;
}

/** A repository of another service, over HTTP, that is fresh by the real clock. */
async function remote() {
  const made = newService({ clock: { now: () => new Date() } });
  await made.service.create(EXAMPLE, await createRequest({ expires: new Date(Date.now() + 86_400_000) }));
  const app = createApp({ bodyLimit: 1, serverFactory: plainServer });
  tufRoutes(app, made.service);
  const url = `${await app.listen({ host: '127.0.0.1', port: 0 })}/tuf/example`;
  const root = (await made.service.metadata(EXAMPLE, '1.root.json'))!.bytes;
  return { app, url, root, sha256: digestHex('sha256', root) };
}

describe('a configured root', () => {
  it('of a file is pinned without asking anybody', async () => {
    const root = await makeRoot();
    const pin = await pinConfigured(entry({ root: rootFile(root) }), pinStore());
    expect(pin).toMatchObject({ name: 'example', version: 1, sha256: digestHex('sha256', root) });
    expect(pin.source).toEqual({ url: 'http://127.0.0.1:9/tuf/example' });
  });

  it('that another one replaces in the configuration is pinned anew', async () => {
    const pins = pinStore();
    await pinConfigured(entry({ root: rootFile(await makeRoot()) }), pins);
    const next = await makeRoot({ root: newKey() });
    await pinConfigured(entry({ root: rootFile(next), url: undefined, folder: '/srv/mirror' }), pins);
    expect(await pins.list()).toMatchObject([
      { sha256: digestHex('sha256', next), source: { folder: '/srv/mirror' } },
    ]);
  });

  it('by its hash is fetched once, and then known without the network', async () => {
    const { app, url, sha256 } = await remote();
    const pins = pinStore();
    await pinConfigured(entry({ url, sha256 }), pins);
    await app.close();
    expect(await pinConfigured(entry({ url, sha256 }), pins)).toMatchObject({ sha256 });
  });

  it('is refused when the server has another: no trust on first use', async () => {
    const { app, url } = await remote();
    const pins = pinStore();
    await expect(pinConfigured(entry({ url, sha256: '0'.repeat(64) }), pins)).rejects.toMatchObject({
      code: 'TUF_HASH',
    });
    expect(await pins.list()).toEqual([]);
    await app.close();
  });

  it.each<[Partial<TrustEntry>, string]>([
    [
      { root: '/nonexistent/root.json' },
      'the trusted root /nonexistent/root.json cannot be read: there is no such file or folder',
    ],
    [{ root: '/dev/zero' }, 'the trusted root /dev/zero cannot be read: it is not a regular file'],
    [{}, 'the trusted repository example has neither root nor sha256'],
    [{ url: undefined }, 'the trusted repository example has neither url nor folder'],
  ])('is refused when there is none: %j', async (change, message) => {
    await expect(pinConfigured(entry(change), pinStore())).rejects.toMatchObject({
      code: 'TRUST_ROOT',
      message,
    });
  });

  it('too long to be one is not read', async () => {
    await expect(
      pinConfigured(entry({ root: rootFile(new Uint8Array(512_001)) }), pinStore()),
    ).rejects.toMatchObject({ code: 'TRUST_ROOT' });
  });
});

describe('a service with trust configured', () => {
  it('trusts that, and not what it hosts', async () => {
    const { app, url, sha256 } = await remote();
    const service = await start({ trust: [entry({ name: 'other', url, sha256 })] });
    await expect.poll(async () => (await service.get('/readyz')).status).toBe(200);
    expect((await service.get('/metrics')).text).toContain(
      'writ_trust_repository_fresh{repository="other"} 1',
    );
    expect(service.notices.join()).not.toContain('hosted');
    await app.close();
  });

  it('does not start with a root that it cannot trust, and leaves nothing open', async () => {
    const data = join(temporaryFolder(), 'data');
    const { app, url } = await remote();
    const trust = [entry({ url, sha256: '0'.repeat(64) })];
    await expect(start({ trust }, { data })).rejects.toMatchObject({ code: 'TUF_HASH' });
    await start({}, { data });
    await app.close();
  });

  it('is not ready while the repository cannot be reached, and says so', async () => {
    const trust = [entry({ root: rootFile((await exampleRoot()).bytes) })];
    const service = await start({ trust });
    const answer = await service.get('/readyz');
    expect(answer.status).toBe(503);
    expect(answer.text).toMatch(/example is never: /);
    await expect
      .poll(async () => (await service.get('/metrics')).text)
      .toMatch(/writ_background_failures_total\{task="refresh"\} [1-9]/);
  });

  it('is not ready while a policy trusts a repository without a pinned root', async () => {
    const folder = temporaryFolder();
    const policy = join(folder, 'policy.yaml');
    writeFileSync(
      policy,
      'apiVersion: writ.dev/v1\nkind: AdmissionPolicy\nmetadata: { name: p }\nspec:\n' +
        "  match: { namespaces: ['*'], images: ['registry.example/**'] }\n" +
        '  trust: { repository: nobody, roles: [targets] }\n  authority: { preset: web-service }\n',
    );
    const service = await start({ policies: [policy] });
    expect((await service.get('/readyz')).text).toContain(
      'a policy trusts the repository nobody, of which no root is pinned',
    );
  });
});

async function exampleRoot() {
  const { service } = await exampleService();
  return (await service.metadata(EXAMPLE, '1.root.json'))!;
}
