import { describe, expect, it } from 'vitest';
import { describeTarget } from '../../src/tuf/build/describe.js';
import { digestHex } from '../../src/crypto/digest.js';
import type { TargetFile } from '../../src/tuf/model.js';
import { base64, documents, EXAMPLE, exampleService, file, makeTargets, targetsOf } from './publisher.js';

const PATH = 'registry.example/app:1';
const manifest = file('{"schemaVersion":2,"config":{}}');
const sha256 = (bytes: Uint8Array): string => digestHex('sha256', bytes);

async function publishing(version = 2, made?: Awaited<ReturnType<typeof exampleService>>) {
  const { service } = made ?? (await exampleService());
  return async (targets: ReadonlyMap<string, TargetFile>, ...blobs: Uint8Array[]) =>
    service.publish(EXAMPLE, {
      base: { targets: version - 1 },
      documents: documents({ targets: await makeTargets({ version, targets }) }),
      blobs: blobs.map(base64),
    });
}

describe('the bytes of new targets', () => {
  it('must come with them', async () => {
    const publish = await publishing();
    await expect(publish(targetsOf({ [PATH]: manifest }))).rejects.toMatchObject({
      code: 'REPOSITORY_TARGET_MISSING',
      message: `the bytes of the target "${PATH}" were neither sent nor stored before`,
    });
    await expect(publish(targetsOf({ [PATH]: manifest }), manifest)).resolves.toBeDefined();
  });

  it('need not come again, for the same or another path', async () => {
    const made = await exampleService();
    await (
      await publishing(2, made)
    )(targetsOf({ [PATH]: manifest }), manifest);
    await (
      await publishing(3, made)
    )(targetsOf({ [PATH]: manifest }));
    await (
      await publishing(4, made)
    )(targetsOf({ [PATH]: manifest, 'registry.example/app:2': manifest }));
  });

  it('of another length than signed are refused', async () => {
    const publish = await publishing();
    const wrong = new Map([[PATH, { ...describeTarget(manifest), length: manifest.length + 1 }]]);
    await expect(publish(wrong, manifest)).rejects.toMatchObject({ code: 'TUF_LENGTH' });
  });

  it('that meet one hash and not the other are refused', async () => {
    const publish = await publishing();
    const hashes = new Map([
      ['sha256', sha256(manifest)],
      ['sha512', digestHex('sha512', file('other'))],
    ]);
    const wrong = new Map([[PATH, { length: manifest.length, hashes }]]);
    await expect(publish(wrong, manifest)).rejects.toMatchObject({ code: 'TUF_HASH' });
  });

  it('stored before are checked against every hash of the new target', async () => {
    const made = await exampleService();
    await (
      await publishing(2, made)
    )(targetsOf({ [PATH]: manifest }), manifest);
    const hashes = new Map([
      ['sha256', sha256(manifest)],
      ['sha512', digestHex('sha512', file('other'))],
    ]);
    const publish = await publishing(3, made);
    await expect(publish(new Map([[PATH, { length: manifest.length, hashes }]]))).rejects.toMatchObject({
      code: 'TUF_HASH',
    });
  });

  it('may be named by SHA-512 alone, and are served under it', async () => {
    const made = await exampleService();
    const digest = digestHex('sha512', manifest);
    const target = { length: manifest.length, hashes: new Map([['sha512', digest]]) };
    await (
      await publishing(2, made)
    )(new Map([[PATH, target]]), manifest);
    expect(await made.service.target(EXAMPLE, `registry.example/${digest}.app:1`)).not.toBeNull();
  });
});

describe('target files that were sent', () => {
  const index = (...digests: string[]): Uint8Array =>
    file(JSON.stringify({ manifests: digests.map(digest => ({ digest: `sha256:${digest}` })) }));

  it('and are no target are refused: the service is no file store', async () => {
    const publish = await publishing();
    await expect(publish(targetsOf({ [PATH]: manifest }), manifest, file('else'))).rejects.toMatchObject({
      code: 'REPOSITORY_BLOB',
      message: 'target file 1 is neither a target of a changed role nor inside one',
    });
  });

  it('may be manifests inside of an index, however deep it nests by the rules', async () => {
    const made = await exampleService();
    const inner = index(sha256(manifest));
    const outer = index(sha256(inner));
    const publish = await publishing(2, made);
    await publish(targetsOf({ [PATH]: outer }), outer, inner, manifest);
    expect(await made.service.target(EXAMPLE, `${sha256(manifest)}.json`)).not.toBeNull();
  });

  it('may not hide behind more than four indexes', async () => {
    let nested = manifest;
    const all = [nested];
    for (let depth = 0; depth < 5; depth++) {
      nested = index(sha256(nested));
      all.push(nested);
    }
    const publish = await publishing();
    await expect(publish(targetsOf({ [PATH]: nested }), ...all)).rejects.toMatchObject({
      code: 'REPOSITORY_BLOB',
      message: 'target file 0 is neither a target of a changed role nor inside one',
    });
    const fine = all.slice(1);
    await expect((await publishing())(targetsOf({ [PATH]: nested }), ...fine)).resolves.toBeDefined();
  });

  it('may be sent again, also twice at once', async () => {
    const publish = await publishing();
    await expect(publish(targetsOf({ [PATH]: manifest }), manifest, manifest)).resolves.toBeDefined();
  });

  it.each(['{"manifests":7}', '{"manifests":[{"digest":7}]}', '[', '\u0000'])(
    'that are no index name no other: %j',
    async text => {
      const publish = await publishing();
      await expect(publish(targetsOf({ [PATH]: file(text) }), file(text))).resolves.toBeDefined();
    },
  );
});
