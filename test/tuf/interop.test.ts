/**
 * Both ways with another implementation: writ verifies a repository made with @tufjs/models, and the Updater of
 * tuf-js reads, over HTTP on loopback, a repository made with writ's builders.
 */
import { createServer, type Server } from 'node:http';
import { mkdtempSync, rmSync, writeFileSync, readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import * as models from '@tufjs/models';
import { Updater } from 'tuf-js';
import { afterEach, describe, expect, it } from 'vitest';
import { describeMetadata, describeTarget } from '../../src/tuf/build/describe.js';
import { patternsUnder } from '../../src/tuf/build/prefix-patterns.js';
import { signDocument } from '../../src/tuf/build/sign.js';
import { buildRoot, buildSnapshot, buildTargets, buildTimestamp } from '../../src/tuf/build/signed-part.js';
import { fetchTarget } from '../../src/tuf/client/fetch-target.js';
import { findTarget } from '../../src/tuf/client/find-target.js';
import { pinRoot } from '../../src/tuf/client/load-root.js';
import { refresh } from '../../src/tuf/client/refresh.js';
import { MemoryMetadataStore } from '../../src/tuf/memory-store.js';
import {
  metadataFileName,
  parseDelegatedRoleName,
  ROOT,
  SNAPSHOT,
  TARGETS,
  TIMESTAMP,
  type RoleName,
} from '../../src/tuf/role-name.js';
import { targetFilePath } from '../../src/tuf/target-path.js';
import { ecdsa, ed25519, rsa, type KeyPair } from '../crypto/keys.js';
import { sha256, utf8 } from './simulator.js';
import { signerOf } from './signer.js';

const expires = new Date(Date.now() + 86_400_000);
const CONTENT = utf8('{"schemaVersion":2}');
const PATH = 'registry.example/team/app:v1';
const TEAM = parseDelegatedRoleName('team');

type Files = Map<string, Uint8Array>;

/** Two of the top-level keys are not Ed25519: each scheme has to agree. */
const pairs: Record<string, KeyPair> = {
  root: ed25519('root'),
  root2: ecdsa(),
  targets: rsa(),
  snapshot: ecdsa(),
  timestamp: ed25519('timestamp'),
  team: ed25519('team'),
};
const pair = (name: string): KeyPair => pairs[name]!;
const keysOf = (...names: string[]): Map<KeyPair['key']['id'], KeyPair['key']> =>
  new Map(names.map(name => [pair(name).key.id, pair(name).key]));

/** A repository by writ's builders. */
async function madeByWrit(): Promise<Files> {
  const files: Files = new Map();
  const put = async (
    role: RoleName,
    version: number | undefined,
    signed: Parameters<typeof signDocument>[0],
    ...names: string[]
  ) => {
    const bytes = await signDocument(
      signed,
      role,
      names.map(name => signerOf(pair(name))),
    );
    files.set(`metadata/${metadataFileName(role, version)}`, bytes);
    return describeMetadata(signed['version'] as number, bytes);
  };
  const one = (name: string, more: string[] = []) => ({
    keyIds: [name, ...more].map(each => pair(each).key.id),
    threshold: 1 + more.length,
  });
  const roles = {
    root: one('root', ['root2']),
    timestamp: one('timestamp'),
    snapshot: one('snapshot'),
    targets: one('targets'),
  };
  const keys = keysOf('root', 'root2', 'timestamp', 'snapshot', 'targets');
  for (const version of [1, 2]) {
    await put(
      ROOT,
      version,
      buildRoot({ version, expires, consistentSnapshot: true, keys, roles }),
      'root',
      'root2',
    );
  }
  const target = describeTarget(CONTENT, { writ: { v: 1, catalogue: '1', grants: { network: 'user' } } });
  files.set(`targets/${targetFilePath(PATH, target, true)}`, CONTENT);
  const team = await put(
    TEAM,
    1,
    buildTargets({ version: 1, expires, targets: new Map([[PATH, target]]) }),
    'team',
  );
  const scope = { kind: 'paths', patterns: patternsUnder('registry.example/team') } as const;
  const delegations = {
    keys: keysOf('team'),
    roles: [{ name: TEAM, ...one('team'), terminating: true, scope }],
  };
  const top = await put(
    TARGETS,
    3,
    buildTargets({ version: 3, expires, targets: new Map(), delegations }),
    'targets',
  );
  const meta = new Map([
    ['targets.json', top],
    ['team.json', team],
  ]);
  const snapshot = await put(SNAPSHOT, 4, buildSnapshot({ version: 4, expires, meta }), 'snapshot');
  await put(TIMESTAMP, undefined, buildTimestamp({ version: 5, expires, snapshot }), 'timestamp');
  return files;
}

/** The same repository by @tufjs/models. */
function madeByModels(): Files {
  const files: Files = new Map();
  const keyOf = (name: string): models.Key =>
    models.Key.fromJSON(
      pair(name).key.id,
      pair(name).key.toJson() as Parameters<typeof models.Key.fromJSON>[1],
    );
  const common = (version: number) => ({
    version,
    specVersion: '1.0.31',
    expires: expires.toISOString().replace(/\.\d+Z$/, 'Z'),
  });
  const put = (
    file: string,
    signed: models.Root | models.Targets | models.Snapshot | models.Timestamp,
    ...names: string[]
  ): void => {
    const metadata = new models.Metadata(signed);
    for (const name of names) {
      metadata.sign(
        data =>
          new models.Signature({
            keyID: pair(name).key.id,
            sig: Buffer.from(pair(name).sign(data)).toString('hex'),
          }),
      );
    }
    files.set(`metadata/${file}`, utf8(JSON.stringify(metadata.toJSON(), null, 1)));
  };
  const root = new models.Root({ ...common(1), consistentSnapshot: true });
  for (const role of ['root', 'timestamp', 'snapshot', 'targets']) root.addKey(keyOf(role), role);
  put('1.root.json', root, 'root');
  const target = new models.TargetFile({
    path: PATH,
    length: CONTENT.length,
    hashes: { sha256: sha256(CONTENT) },
  });
  files.set(`targets/registry.example/team/${sha256(CONTENT)}.app:v1`, CONTENT);
  put('1.team.json', new models.Targets({ ...common(1), targets: { [PATH]: target } }), 'team');
  // The classes of delegations are not exported; the reader of targets makes them.
  const role = { name: 'team', keyids: [pair('team').key.id], threshold: 1, terminating: true };
  const top = models.Targets.fromJSON({
    ...new models.Targets(common(3)).toJSON(),
    delegations: {
      keys: { [pair('team').key.id]: keyOf('team').toJSON() },
      roles: [{ ...role, paths: ['registry.example/team/*'] }],
    },
  });
  put('3.targets.json', top, 'targets');
  const meta = {
    'targets.json': new models.MetaFile({ version: 3 }),
    'team.json': new models.MetaFile({ version: 1 }),
  };
  put('4.snapshot.json', new models.Snapshot({ ...common(4), meta }), 'snapshot');
  put(
    'timestamp.json',
    new models.Timestamp({ ...common(5), snapshotMeta: new models.MetaFile({ version: 4 }) }),
    'timestamp',
  );
  return files;
}

describe('writ reads a repository', () => {
  it.each<[string, () => Files | Promise<Files>]>([
    ['made with @tufjs/models', madeByModels],
    ['made by itself', madeByWrit],
  ])('%s', async (_name, make) => {
    const files = await make();
    const fetcher = {
      metadata: (name: string) => Promise.resolve(files.get(`metadata/${name}`) ?? null),
      target: (path: string) => Promise.resolve(files.get(`targets/${path}`) ?? null),
    };
    const store = new MemoryMetadataStore();
    await pinRoot(store, files.get('metadata/1.root.json')!);
    const view = await refresh({ fetcher, store, clock: { now: () => new Date() } });
    expect(view.timestamp.value.version).toBe(5);
    const found = (await findTarget(view, PATH))!;
    expect(found.role).toBe('team');
    expect(found.verified.signedBy.map(({ id }) => id)).toEqual([pair('team').key.id]);
    expect(await fetchTarget(fetcher, view, PATH, found.target, 1000)).toEqual(CONTENT);
    expect(await findTarget(view, 'registry.example/other/app:v1')).toBeUndefined();
  });
});

describe('tuf-js reads a repository made by writ', () => {
  let server: Server;
  let folder: string;

  afterEach(() => {
    server.close();
    rmSync(folder, { recursive: true });
  });

  async function updater(files: Files): Promise<Updater> {
    server = createServer((request, response) => {
      const body = files.get(decodeURIComponent(request.url ?? '').slice(1));
      response.writeHead(body ? 200 : 404).end(body);
    });
    await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
    const base = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    folder = mkdtempSync(join(tmpdir(), 'writ-interop-'));
    writeFileSync(join(folder, 'root.json'), files.get('metadata/1.root.json')!);
    return new Updater({
      metadataDir: folder,
      metadataBaseUrl: `${base}/metadata`,
      targetDir: folder,
      targetBaseUrl: `${base}/targets`,
      config: { fetchRetries: 0 },
    });
  }

  it('refreshes, finds the target of the delegated role with its grants, and downloads it', async () => {
    const client = await updater(await madeByWrit());
    await client.refresh();
    const info = (await client.getTargetInfo(PATH))!;
    expect(info.length).toBe(CONTENT.length);
    expect(info.custom).toEqual({ writ: { v: 1, catalogue: '1', grants: { network: 'user' } } });
    expect(new Uint8Array(readFileSync(await client.downloadTarget(info, join(folder, 'target'))))).toEqual(
      CONTENT,
    );
    expect(JSON.parse(readFileSync(join(folder, 'root.json'), 'utf8'))).toMatchObject({
      signed: { version: 2 },
    });
    expect(await client.getTargetInfo('registry.example/other/app:v1')).toBeUndefined();
  });

  it('and refuses it once a byte was changed', async () => {
    const files = await madeByWrit();
    const good = files.get('metadata/3.targets.json')!;
    files.set(
      'metadata/3.targets.json',
      good.map((byte, i) => (i === good.length - 1 ? 0x20 : byte)),
    );
    await expect((await updater(files)).refresh()).rejects.toThrow();
  });
});
