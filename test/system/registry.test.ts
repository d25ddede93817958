/** Against the registry that Debian packages (distribution), filled by skopeo. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';

import { parseDigest, type Digest } from '../../src/image/digest.js';
import { parseImageReference } from '../../src/image/reference.js';
import { asObject, arrayAt, objectAt, stringAt } from '../../src/json/read.js';
import { parseStrict } from '../../src/json/strict.js';
import { RegistryClient } from '../../src/registry/client.js';
import { httpRequest } from '../../src/transport/http.js';
import { startRegistry, type Registry } from '../support/registry.js';
import { describeWith } from '../support/system.js';

const OCI = 'application/vnd.oci.image';

interface Layout {
  readonly folder: string;
  readonly index: Digest;
  readonly config: Buffer;
}

/** An OCI layout with one index over one manifest with an empty layer. */
function writeLayout(folder: string): Layout {
  const blobs = join(folder, 'blobs/sha256');
  mkdirSync(blobs, { recursive: true });
  const put = (mediaType: string, bytes: Buffer) => {
    const hex = createHash('sha256').update(bytes).digest('hex');
    writeFileSync(join(blobs, hex), bytes);
    return { mediaType, digest: `sha256:${hex}`, size: bytes.length };
  };
  const layer = Buffer.alloc(1024); // an empty tar archive
  const diff = put(`${OCI}.layer.v1.tar`, layer);
  const config = Buffer.from(
    JSON.stringify({
      architecture: 'amd64',
      os: 'linux',
      rootfs: { type: 'layers', diff_ids: [diff.digest] },
    }),
  );
  const manifest = put(
    `${OCI}.manifest.v1+json`,
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: `${OCI}.manifest.v1+json`,
        config: put(`${OCI}.config.v1+json`, config),
        layers: [diff],
      }),
    ),
  );
  const index = put(
    `${OCI}.index.v1+json`,
    Buffer.from(
      JSON.stringify({
        schemaVersion: 2,
        mediaType: `${OCI}.index.v1+json`,
        manifests: [{ ...manifest, platform: { architecture: 'amd64', os: 'linux' } }],
      }),
    ),
  );
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [index] }));
  return { folder, index: parseDigest(index.digest), config };
}

describeWith(['docker-registry', 'skopeo'], 'a real registry', () => {
  let folder: string;
  let registry: Registry;
  let host: string;
  let layout: Layout;
  const client = new RegistryClient({ http: httpRequest, plainHttp: true });

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'writ-registry-'));
    layout = writeLayout(join(folder, 'layout'));
    registry = await startRegistry(join(folder, 'registry'));
    ({ host } = registry);
    execFileSync('skopeo', [
      '--insecure-policy',
      'copy',
      '--quiet',
      '--all',
      '--preserve-digests',
      '--dest-tls-verify=false',
      `oci:${layout.folder}`,
      `docker://${host}/team/app:1`,
    ]);
  });
  afterAll(async () => {
    await registry.stop();
    rmSync(folder, { recursive: true });
  });

  it('gives an index by tag, and the same by digest', async () => {
    const byTag = await client.resolve(parseImageReference(`${host}/team/app:1`));
    expect(byTag).toMatchObject({ digest: layout.index, mediaType: `${OCI}.index.v1+json` });
    expect(await client.resolve(parseImageReference(`${host}/team/app@${layout.index}`))).toEqual(byTag);
  });

  it('gives what is inside: index to manifest to config, each under its digest', async () => {
    const repository = parseImageReference(`${host}/team/app:1`);
    const read = (bytes: Uint8Array) => asObject(parseStrict(bytes), 'document');
    const index = read((await client.resolve(repository)).bytes);
    const child = asObject(arrayAt(index, 'manifests', 'index')[0], 'manifest');
    const manifest = await client.getManifest(repository, parseDigest(stringAt(child, 'digest', 'manifest')));
    expect(manifest.mediaType).toBe(`${OCI}.manifest.v1+json`);
    const config = objectAt(read(manifest.bytes), 'config', 'manifest');
    const blob = await client.getBlob(repository, parseDigest(stringAt(config, 'digest', 'config')));
    expect(Buffer.from(blob)).toEqual(layout.config);
  });

  it('has no other tag, digest or repository', async () => {
    for (const text of ['team/app:2', `team/app@sha256:${'0'.repeat(64)}`, 'team/none:1']) {
      await expect(client.resolve(parseImageReference(`${host}/${text}`))).rejects.toMatchObject({
        code: 'REGISTRY_NOT_FOUND',
        message: `the registry has no ${host}/${text}`,
      });
    }
  });

  it('is not reached by https when it has none', async () => {
    const secure = new RegistryClient({ http: httpRequest });
    await expect(secure.resolve(parseImageReference(`${host}/team/app:1`))).rejects.toMatchObject({
      code: 'FETCH_TLS',
    });
  });
});
