/** Uploads that lie, stop half way, or meet a full disk: nothing of them is left that anybody could see. */
import { readdirSync, statSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { createRepositoryService } from '../../src/repository/service.js';
import { BlobFolder } from '../../src/storage/blob-folder.js';
import { openLowdbIndex } from '../../src/storage/lowdb-index.js';
import { WritError } from '../../src/errors.js';
import type { BlobStore, IndexStore } from '../../src/storage/ports.js';
import {
  base64,
  createRequest,
  DAY,
  documents,
  EXAMPLE,
  file,
  makeTargets,
  onlineSigners,
  START,
  targetsOf,
} from '../repository/publisher.js';
import { start, temporaryFolder } from './service.js';

const PATH = 'registry.example/app:1';
const manifest = file('{"schemaVersion":2}');
const clock = { now: () => START };
/** By the clock of the machine, which a whole service has. */
const tomorrow = new Date(Date.now() + DAY);
const lifetimes = { snapshot: 7 * DAY, timestamp: 2 * DAY };

async function serviceOver(index: IndexStore, blobs: BlobStore) {
  const service = createRepositoryService({ index, blobs, signers: onlineSigners, clock, lifetimes });
  return {
    service,
    publish: async (version: number) => service.publish(EXAMPLE, await publication(version)),
  };
}

const publication = async (version: number) => ({
  base: { targets: version - 1 },
  documents: documents({ targets: await makeTargets({ version, targets: targetsOf({ [PATH]: manifest }) }) }),
  blobs: [base64(manifest)],
});

/** Everything that a reader of the repository can see. */
async function visible(index: IndexStore) {
  return JSON.stringify(await index.list(''));
}

describe('a disk that fills up', () => {
  it.each([0, 1, 2, 3])(
    'after %i more files refuses the publication as a whole, and takes it later',
    async room => {
      const root = join(temporaryFolder(), 'store');
      const index = await openLowdbIndex(root);
      const blobs = await BlobFolder.open(root);
      const fine = await serviceOver(index, blobs);
      await fine.service.create(EXAMPLE, await createRequest());
      const before = await visible(index);
      let left = room;
      const full: BlobStore = {
        get: hex => blobs.get(hex),
        part: (hex, offset, length) => blobs.part(hex, offset, length),
        has: hex => blobs.has(hex),
        delete: hex => blobs.delete(hex),
        begin: bytes => blobs.begin(bytes),
        put: bytes =>
          left-- > 0
            ? blobs.put(bytes)
            : Promise.reject(new WritError('STORE_FULL', 'no space left on the disk')),
      };
      const tight = await serviceOver(index, full);
      await expect(tight.publish(2)).rejects.toMatchObject({ code: 'STORE_FULL', status: 507 });
      expect(await visible(index)).toBe(before);
      left = 100;
      expect((await tight.publish(2)).versions).toMatchObject({ targets: 2 });
      await index.close();
    },
  );

  it('when the index is written leaves the repository as it was', async () => {
    const root = join(temporaryFolder(), 'store');
    const index = await openLowdbIndex(root);
    const blobs = await BlobFolder.open(root);
    await (await serviceOver(index, blobs)).service.create(EXAMPLE, await createRequest());
    const before = await visible(index);
    const broken: IndexStore = {
      get: key => index.get(key),
      list: prefix => index.list(prefix),
      folders: prefix => index.folders(prefix),
      close: () => index.close(),
      transaction: () => Promise.reject(new WritError('STORE_FULL', 'no space left on the disk')),
    };
    const { service, publish } = await serviceOver(broken, blobs);
    await expect(publish(2)).rejects.toMatchObject({ code: 'STORE_FULL' });
    expect(await visible(index)).toBe(before);
    expect(await service.metadata(EXAMPLE, '2.targets.json')).toBeNull();
    await index.close();
  });
});

/** Sends raw bytes, and gives what comes back until the connection ends. */
async function raw(url: string, text: string, cut: boolean): Promise<string> {
  const { hostname, port } = new URL(url);
  const socket = connect(Number(port), hostname);
  let answer = '';
  socket.on('data', bytes => (answer += bytes.toString()));
  // A server that answers early may cut the connection: what counts is what it answered.
  socket.on('error', () => undefined);
  const closed = new Promise(resolve => socket.once('close', resolve));
  socket.once('connect', () => {
    socket.write(text, () => {
      if (cut) setTimeout(() => socket.destroy(), 50);
    });
  });
  await closed;
  return answer;
}

const head = (length: number | string, more = ''): string =>
  `POST /v1/repositories HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nConnection: close\r\n${more}Content-Length: ${length}\r\n\r\n`;

describe('an upload', () => {
  it('that stops half way is no upload', async () => {
    const { addresses, get, data } = await start();
    const body = JSON.stringify(await createRequest({ expires: tomorrow }));
    await raw(addresses.repository, head(body.length) + body.slice(0, body.length / 2), true);
    expect((await get('/v1/repositories')).text).toBe('{"repositories":[]}');
    expect(filesIn(join(data, 'store', 'blobs'))).toEqual([]);
  });

  it('shorter than it says, or with two lengths, is refused', async () => {
    const { addresses } = await start();
    const twice = await raw(addresses.repository, `${head(2, 'Content-Length: 3\r\n')}{}`, false);
    expect(twice).toMatch(/^HTTP\/1\.1 400 /);
    const smuggled = await raw(
      addresses.repository,
      `${head(2, 'Transfer-Encoding: chunked\r\n')}0\r\n\r\n`,
      false,
    );
    expect(smuggled).toMatch(/^HTTP\/1\.1 400 /);
    const body = twice.slice(twice.indexOf('\r\n\r\n') + 4);
    expect(JSON.parse(body)).toMatchObject({ error: { code: 'SERVER_REQUEST' } });
  });

  it('with an endless head is refused, and so is what is no HTTP at all', async () => {
    const { addresses } = await start();
    const long = await raw(addresses.repository, `GET / HTTP/1.1\r\nX: ${'x'.repeat(20_000)}\r\n\r\n`, false);
    expect(long).toMatch(/^HTTP\/1\.1 431 /);
    expect(await raw(addresses.repository, '\u0016\u0003\u0001nonsense\r\n\r\n', false)).toMatch(
      /^HTTP\/1\.1 400 /,
    );
  });

  it('larger than the limit is refused by its length, before it is sent', async () => {
    const { addresses } = await start();
    const answer = await raw(addresses.repository, head(48 * 1024 * 1024 + 1), false);
    expect(answer).toMatch(/^HTTP\/1\.1 413 /);
    expect(answer).toContain('"code":"SERVER_BODY_TOO_LARGE"');
  });

  it('without a length is refused at the limit', async () => {
    const { admit } = await start();
    expect((await admit('/mutate', Buffer.alloc(7 * 1024 * 1024 + 1, 0x20))).status).toBe(413);
  });

  it('whose bytes are not what was signed leaves none of them behind', async () => {
    const { get, data } = await start();
    const request = {
      ...(await createRequest({ expires: tomorrow })),
      blobs: [base64(file('not what was signed'))],
    };
    const answer = await get('/v1/repositories', {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(request)),
    });
    // The online keys are the service's own, which this root does not list.
    expect(JSON.parse(answer.text)).toMatchObject({ error: { code: 'REPOSITORY_ONLINE_KEYS' } });
    expect(filesIn(join(data, 'store', 'blobs'))).toEqual([]);
  });
});

function filesIn(folder: string): string[] {
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(name =>
    statSync(join(folder, name)).isFile(),
  );
}
