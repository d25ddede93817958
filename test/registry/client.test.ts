import { describe, expect, it } from 'vitest';

import { parseDigest } from '../../src/image/digest.js';
import { parseImageReference } from '../../src/image/reference.js';
import { RegistryClient } from '../../src/registry/client.js';
import { digestOf, fakeHttp, manifest, OCI_INDEX, OCI_MANIFEST, served } from './fake.js';

const BYTES = manifest('one');
const DIGEST = parseDigest(digestOf(BYTES));
const OTHER = parseDigest(digestOf(manifest('other')));
const APP = parseImageReference('registry.example/team/app:1');
const PINNED = parseImageReference(`registry.example/team/app@${DIGEST}`);

const clientOf = (...args: Parameters<typeof fakeHttp>) => {
  const { http, asked } = fakeHttp(...args);
  return { client: new RegistryClient({ http }), asked };
};

describe('resolve', () => {
  it('reads a tag, and names what it read by its digest', async () => {
    const { client, asked } = clientOf(() => served(BYTES, { 'docker-content-digest': DIGEST }));
    expect(await client.resolve(APP)).toEqual({
      digest: DIGEST,
      mediaType: OCI_MANIFEST,
      bytes: BYTES,
      size: BYTES.length,
    });
    expect(asked).toEqual([
      {
        method: 'GET',
        url: 'https://registry.example/v2/team/app/manifests/1',
        maxBytes: 4 * 1024 * 1024,
        headers: {
          accept: [
            'application/vnd.oci.image.index.v1+json',
            'application/vnd.oci.image.manifest.v1+json',
            'application/vnd.docker.distribution.manifest.list.v2+json',
            'application/vnd.docker.distribution.manifest.v2+json',
          ].join(', '),
        },
      },
    ]);
  });

  it('reads a digest, whatever tag stands beside it', async () => {
    const { client, asked } = clientOf(() => served(BYTES));
    const both = parseImageReference(`registry.example/team/app:9@${DIGEST}`);
    expect((await client.resolve(both)).digest).toBe(DIGEST);
    expect(asked[0]?.url).toBe(`https://registry.example/v2/team/app/manifests/${DIGEST}`);
  });

  it.each([
    ['nginx', false, 'https://registry-1.docker.io/v2/library/nginx/manifests/latest'],
    ['127.0.0.1:5000/a', true, 'http://127.0.0.1:5000/v2/a/manifests/latest'],
    ['[::1]:5000/a', false, 'https://[::1]:5000/v2/a/manifests/latest'],
  ])('asks for %s at the right place', async (text, plainHttp, url) => {
    const { http, asked } = fakeHttp(() => served(BYTES));
    await new RegistryClient({ http, plainHttp }).resolve(parseImageReference(text));
    expect(asked[0]?.url).toBe(url);
  });

  it('takes media types with parameters, of documents that name none', async () => {
    const bytes = Buffer.from('{"schemaVersion":2}');
    const { client } = clientOf(() =>
      served(bytes, { 'content-type': `${OCI_INDEX.toUpperCase()}; charset=utf-8` }),
    );
    expect((await client.resolve(APP)).mediaType).toBe(OCI_INDEX);
  });
});

describe('a registry that lies', () => {
  it('other bytes for a digest', async () => {
    const { client } = clientOf(() => served(manifest('other'), { 'docker-content-digest': DIGEST }));
    await expect(client.resolve(PINNED)).rejects.toMatchObject({
      code: 'REGISTRY_DIGEST',
      message: `the registry serves other bytes for registry.example/team/app@${DIGEST}: they are ${OTHER}`,
      details: { expected: DIGEST, actual: OTHER },
    });
    await expect(client.getBlob(PINNED, DIGEST)).rejects.toMatchObject({ code: 'REGISTRY_DIGEST' });
  });

  it('a digest header for a tag that the bytes do not have', async () => {
    const { client } = clientOf(() => served(BYTES, { 'docker-content-digest': OTHER }));
    await expect(client.resolve(APP)).rejects.toMatchObject({
      code: 'REGISTRY_DIGEST',
      details: { expected: OTHER, actual: DIGEST },
    });
  });

  it('a digest header of another algorithm says nothing about ours', async () => {
    const { client } = clientOf(() =>
      served(BYTES, { 'docker-content-digest': `sha512:${'0'.repeat(128)}` }),
    );
    expect((await client.resolve(APP)).digest).toBe(DIGEST);
  });

  it.each([
    ['text/html', BYTES, 'is neither a manifest nor an index that can be signed'],
    ['', BYTES, 'is neither a manifest nor an index that can be signed'],
    [
      'application/vnd.docker.distribution.manifest.v1+prettyjws',
      BYTES,
      'is neither a manifest nor an index that can be signed',
    ],
    [OCI_INDEX, BYTES, 'is served as another media type than it says it is'],
    [OCI_MANIFEST, manifest('x', OCI_INDEX), 'is served as another media type than it says it is'],
    [OCI_MANIFEST, Buffer.from('[]'), 'is served as another media type than it says it is'],
  ])('the media type %s', async (type, bytes, what) => {
    const { client } = clientOf(() => served(bytes, { 'content-type': type }));
    await expect(client.resolve(APP)).rejects.toMatchObject({
      code: 'REGISTRY_ANSWER',
      message: `registry.example/team/app:1 ${what}`,
    });
  });

  it('a document with two media types', async () => {
    const bytes = Buffer.from(`{"mediaType":"${OCI_INDEX}","mediaType":"${OCI_MANIFEST}"}`);
    const { client } = clientOf(() => served(bytes));
    await expect(client.resolve(APP)).rejects.toMatchObject({ code: 'JSON_DUPLICATE_KEY' });
  });
});

describe('status', () => {
  it.each([
    [404, 'REGISTRY_NOT_FOUND', 'the registry has no registry.example/team/app:1'],
    [403, 'REGISTRY_DENIED', 'the registry does not let this caller read registry.example/team/app:1'],
    [500, 'REGISTRY_ANSWER', 'the registry answered with status 500 for registry.example/team/app:1'],
    [204, 'REGISTRY_ANSWER', 'the registry answered with status 204 for registry.example/team/app:1'],
  ])('%d is %s', async (status, code, message) => {
    const { client } = clientOf(() => ({ status }));
    await expect(client.resolve(APP)).rejects.toMatchObject({ code, message });
  });
});

describe('blobs and children', () => {
  it('reads a child of an index by digest', async () => {
    const { client, asked } = clientOf(() => served(BYTES));
    expect((await client.getManifest({ domain: 'a.b', path: 'c/d' }, DIGEST)).bytes).toEqual(BYTES);
    expect(asked[0]?.url).toBe(`https://a.b/v2/c/d/manifests/${DIGEST}`);
  });

  it('reads a blob, bounded as configured', async () => {
    const { http, asked } = fakeHttp(() => ({ status: 200, body: BYTES }));
    expect(await new RegistryClient({ http, maxBlobBytes: 99 }).getBlob(APP, DIGEST)).toEqual(BYTES);
    await new RegistryClient({ http }).getBlob(APP, DIGEST);
    expect(asked.map(({ url, maxBytes }) => [url, maxBytes])).toEqual([
      [`https://registry.example/v2/team/app/blobs/${DIGEST}`, 99],
      [`https://registry.example/v2/team/app/blobs/${DIGEST}`, 4 * 1024 * 1024],
    ]);
  });
});
