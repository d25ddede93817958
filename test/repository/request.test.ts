import { describe, expect, it } from 'vitest';
import { PUBLICATION_LIMITS } from '../../src/repository/limits.js';
import { decodePublication, readCreateRequest, readPublishRequest } from '../../src/repository/request.js';
import { DEFAULT_LIMITS } from '../../src/tuf/limits.js';
import { base64 } from './publisher.js';

const b64 = (bytes: number): string => base64(new Uint8Array(bytes));
const targets = base64(Buffer.from('{}'));

describe('a request of the write API', () => {
  it('is read member by member', () => {
    expect(readCreateRequest({ name: 'x', documents: { root: 'e30=' } })).toEqual({
      name: 'x',
      documents: { root: 'e30=' },
      blobs: [],
    });
    expect(readPublishRequest({ documents: { a: 'e30=' }, base: { a: 1 }, blobs: ['e30='] })).toEqual({
      documents: { a: 'e30=' },
      base: { a: 1 },
      blobs: ['e30='],
    });
  });

  it('keeps a role named __proto__ as an ordinary name', () => {
    const request = readPublishRequest(
      JSON.parse('{"documents":{"__proto__":"e30="},"base":{"__proto__":0}}'),
    );
    expect(Object.keys(request.documents)).toEqual(['__proto__']);
    expect([...decodePublication(request).documents.keys()]).toEqual(['__proto__']);
  });

  it.each([
    [[], 'request must be an object'],
    [{}, 'request.name must be a string'],
    [{ name: 'x' }, 'request.documents must be an object'],
    [{ name: 'x', documents: { root: 1 } }, 'request.documents.root must be a string'],
    [{ name: 'x', documents: {}, blobs: {} }, 'request.blobs must be an array'],
    [{ name: 'x', documents: {}, blobs: [1] }, 'request.blobs[0] must be a string'],
    [{ name: 'x', documents: {}, base: {} }, 'the request has the unknown member "base"'],
  ])('to create is refused when malformed: %j', (body, message) => {
    expect(() => readCreateRequest(body)).toThrow(message);
  });

  it.each([
    [{ documents: {} }, 'request.base must be an object'],
    [{ documents: {}, base: { a: -1 } }, 'request.base.a must be an integer from 0 to 9007199254740991'],
    [{ documents: {}, base: {}, name: 'x' }, 'the request has the unknown member "name"'],
  ])('to publish is refused when malformed: %j', (body, message) => {
    expect(() => readPublishRequest(body)).toThrow(message);
  });

  it.each(['e30', 'e30=\n', 'e3-_', '*', ' e30='])('is refused when it holds %j as base64', text => {
    expect(() => decodePublication({ documents: { targets: text } })).toThrow(
      expect.objectContaining({
        code: 'REPOSITORY_REQUEST',
        message: 'the document of targets is not base64',
      }),
    );
    expect(() => decodePublication({ documents: { targets }, blobs: [text] })).toThrow(
      'target file 0 is not base64',
    );
  });

  it('without documents is refused', () => {
    expect(() => decodePublication({ documents: {} })).toThrow('the request holds no document');
  });

  it.each(['', 'a\nb', 'x'.repeat(257)])('with the role name %j is refused', name => {
    expect(() => decodePublication({ documents: { [name]: targets } })).toThrow(
      expect.objectContaining({ code: 'TUF_ROLE_NAME' }),
    );
  });

  it.each([
    ['root', DEFAULT_LIMITS.root],
    ['targets', DEFAULT_LIMITS.targets],
    ['team', DEFAULT_LIMITS.targets],
  ])('holds at most what default clients read of %s', (role, limit) => {
    expect(decodePublication({ documents: { [role]: b64(limit) } }).documents.size).toBe(1);
    expect(() => decodePublication({ documents: { [role]: b64(limit + 1) } })).toThrow(
      expect.objectContaining({
        code: 'REPOSITORY_LIMIT',
        message: `the document of ${role} has ${limit + 1} bytes, more than the ${limit} that default clients read`,
      }),
    );
  });

  it('holds at most 64 documents', () => {
    const many = (count: number) =>
      Object.fromEntries(Array.from({ length: count }, (_, i) => [`role${i}`, targets]));
    expect(decodePublication({ documents: many(64) }).documents.size).toBe(64);
    expect(() => decodePublication({ documents: many(65) })).toThrow(
      'the request holds 65 documents, more than 64',
    );
  });

  it('holds at most 256 target files, each and all together bounded', () => {
    const { blobBytes, totalBlobBytes } = PUBLICATION_LIMITS;
    const decode = (blobs: string[]) => decodePublication({ documents: { targets }, blobs });
    expect(decode(Array<string>(256).fill('')).blobs).toHaveLength(256);
    expect(() => decode(Array<string>(257).fill(''))).toThrow(
      'the request holds 257 target files, more than 256',
    );
    expect(() => decode([b64(blobBytes + 1)])).toThrow(
      `target file 0 has ${blobBytes + 1} bytes, more than ${blobBytes}`,
    );
    const eight = Array<string>(8).fill(b64(blobBytes));
    expect(decode(eight).blobs).toHaveLength(8);
    expect(() => decode([...eight, b64(1)])).toThrow(
      `the target files have ${totalBlobBytes + 1} bytes together, more than ${totalBlobBytes}`,
    );
  });
});
