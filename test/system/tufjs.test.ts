/** tuf-js 5.0.1, a TUF client that is not ours, against a repository that the real program serves over HTTP. */
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { Updater } from 'tuf-js';
import { describe, expect, it } from 'vitest';
import { ApiClient } from '../../src/transport/api-client.js';
import { parseRoleName } from '../../src/tuf/role-name.js';
import {
  base64,
  delegationTo,
  documents,
  file,
  makeRoot,
  makeTargets,
  newKey,
  targetsOf,
} from '../repository/publisher.js';
import { parsePublicKey } from '../../src/crypto/public-key.js';
import { createRepository, inAMonth, serve, temporaryFolder } from './writ-serve.js';

const TEAM = parseRoleName('team');
const PATH = 'registry.example/team/app:1';
const manifest = file('{"schemaVersion":2}');

function updater(repository: string, root: Uint8Array) {
  const folder = temporaryFolder();
  const [metadataDir, targetDir] = [join(folder, 'metadata'), join(folder, 'targets')];
  mkdirSync(metadataDir);
  mkdirSync(targetDir);
  writeFileSync(join(metadataDir, 'root.json'), root);
  const base = `${repository}/tuf/example`;
  return new Updater({
    metadataDir,
    targetDir,
    metadataBaseUrl: `${base}/metadata`,
    targetBaseUrl: `${base}/targets`,
  });
}

describe('tuf-js', () => {
  it('refreshes, finds the delegated target, downloads it, and follows a rotation of root', async () => {
    const serving = await serve(`${temporaryFolder()}/data`);
    const client = new ApiClient({ server: serving.repository });
    const root = await createRepository(client, 'example');
    const key = newKey();
    const delegations = delegationTo({ name: TEAM, key });
    await client.publish('example', {
      base: { targets: 1, team: 0 },
      documents: documents({
        targets: await makeTargets({ version: 2, expires: inAMonth, delegations }),
        team: await makeTargets({
          role: TEAM,
          signer: key,
          expires: inAMonth,
          targets: targetsOf({ [PATH]: manifest }),
        }),
      }),
      blobs: [base64(manifest)],
    });
    const theirs = updater(serving.repository, root);
    await theirs.refresh();
    const target = await theirs.getTargetInfo(PATH);
    expect(target?.length).toBe(manifest.length);
    expect(readFileSync(await theirs.downloadTarget(target!))).toEqual(Buffer.from(manifest));
    expect(await theirs.getTargetInfo('registry.example/team/app:2')).toBeUndefined();

    const keys = await client.repositoryKeys('example');
    const online = {
      snapshot: { key: parsePublicKey(keys.snapshot, 'snapshot') },
      timestamp: { key: parsePublicKey(keys.timestamp, 'timestamp') },
    };
    const next = await makeRoot({ version: 2, online, expires: inAMonth });
    await client.publish('example', { base: { root: 1 }, documents: documents({ root: next }) });
    const again = updater(serving.repository, root);
    await again.refresh();
    expect(await again.getTargetInfo(PATH)).toBeDefined();
    expect(await serving.end('SIGTERM')).toBe(0);
  });

  it('refuses a target that was tampered with on its way', async () => {
    const serving = await serve(`${temporaryFolder()}/data`);
    const client = new ApiClient({ server: serving.repository });
    const root = await createRepository(client, 'example');
    await client.publish('example', {
      base: { targets: 1 },
      documents: documents({
        targets: await makeTargets({
          version: 2,
          expires: inAMonth,
          targets: targetsOf({ [PATH]: manifest }),
        }),
      }),
      blobs: [base64(manifest)],
    });
    const theirs = updater(serving.repository, root);
    const target = (await theirs.getTargetInfo(PATH))!;
    const other = Object.assign(
      Object.create(Object.getPrototypeOf(target) as object) as typeof target,
      target,
      {
        length: manifest.length - 1,
      },
    );
    await expect(theirs.downloadTarget(other)).rejects.toThrow();
  });
});
