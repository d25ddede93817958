import { execFileSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';

import { FolderFetcher } from '../../src/transport/folder-fetcher.js';
import { HttpFetcher } from '../../src/transport/http-fetcher.js';
import type { HttpRequest } from '../../src/transport/http-types.js';
import type { Fetcher } from '../../src/tuf/ports.js';
import { serve, type TestServer } from './server.js';

let folder: string;
let server: TestServer;

/** The same files, served by both adapters: URL path (encoded) → content. */
const FILES = new Map([
  ['/metadata/timestamp.json', 'timestamp'],
  ['/metadata/5.a%2Fb.json', 'five'],
  ['/metadata/5...%2Fescape.json', 'dots'],
  ['/metadata/1.%3F%23%2A.json', 'odd'],
  ['/targets/plain', 'plain'],
  ['/targets/team/app%3A1%20%40%2B', 'nested'],
]);
/** Where the folder has them. */
const ON_DISK = new Map([
  ['metadata/timestamp.json', 'timestamp'],
  ['metadata/5.a%2Fb.json', 'five'],
  ['metadata/5...%2Fescape.json', 'dots'],
  ['metadata/1.%3F%23%2A.json', 'odd'],
  ['targets/plain', 'plain'],
  ['targets/team/app:1 @+', 'nested'],
]);

beforeEach(async () => {
  folder = mkdtempSync(join(tmpdir(), 'writ-fetch-'));
  mkdirSync(join(folder, 'repo/metadata'), { recursive: true });
  mkdirSync(join(folder, 'repo/targets/team'), { recursive: true });
  for (const [path, content] of ON_DISK) writeFileSync(join(folder, 'repo', path), content);
  writeFileSync(join(folder, 'secret'), 'secret');
  server = await serve(({ path }, response) => {
    const content = FILES.get(path.replace('/tuf/example', ''));
    response.writeHead(content === undefined ? 404 : 200).end(content ?? 'no such file');
  });
});
afterEach(async () => {
  rmSync(folder, { recursive: true });
  await server.close();
});

const text = (bytes: Uint8Array | null): string | null =>
  bytes === null ? null : Buffer.from(bytes).toString();

describe.each<[string, () => Fetcher]>([
  ['HttpFetcher', () => HttpFetcher.at(`${server.url}/tuf/example/`)],
  ['FolderFetcher', () => new FolderFetcher(join(folder, 'repo'))],
])('%s', (_name, make) => {
  it.each([
    ['timestamp.json', 'timestamp'],
    ['5.a/b.json', 'five'],
    ['5.../escape.json', 'dots'],
    ['1.?#*.json', 'odd'],
    ['9.root.json', null],
    ['a/timestamp.json', null],
    [`${'x'.repeat(300)}.json`, null],
  ])('gives the metadata %s', async (name, content) => {
    expect(text(await make().metadata(name, 100))).toBe(content);
  });

  it.each([
    ['plain', 'plain'],
    ['team/app:1 @+', 'nested'],
    ['team/none', null],
    ['plain/below-a-file', null],
  ])('gives the target %s', async (path, content) => {
    expect(text(await make().target(path, 100))).toBe(content);
  });

  it('gives exactly the limit, and refuses one byte more', async () => {
    expect(text(await make().metadata('timestamp.json', 9))).toBe('timestamp');
    await expect(make().metadata('timestamp.json', 8)).rejects.toMatchObject({ code: 'FETCH_TOO_LARGE' });
  });

  it.each([
    '../secret',
    '..',
    '.',
    '',
    '/plain',
    'team//app',
    'team/',
    'team/../plain',
    'team/./app',
    'a\0b',
    '../../secret',
  ])('attack: path traversal: refuses the target %j', async path => {
    await expect(make().target(path, 100)).rejects.toMatchObject({
      code: 'FETCH_PATH',
      message: `the target path ${JSON.stringify(path)} leads out of its folder`,
    });
    expect(server.seen).toHaveLength(0);
  });

  it('attack: path traversal: a role name cannot leave the metadata folder', async () => {
    for (const name of [
      '../../secret',
      '../targets/plain',
      '/etc/passwd',
      '..',
      '%2e%2e/targets/plain',
      'a\0b',
    ]) {
      expect(
        await make()
          .metadata(name, 100)
          .catch(() => null),
      ).toBeNull();
    }
  });

  it('refuses half of a surrogate pair', async () => {
    await expect(make().target('a\ud800', 10)).rejects.toMatchObject({
      code: 'FETCH_PATH',
      message: 'a name holds half of a surrogate pair',
    });
  });
});

describe('HttpFetcher', () => {
  it('takes only 404 for absent', async () => {
    for (const status of [403, 500, 204, 410, 304]) {
      const odd = await serve((_seen, response) => response.writeHead(status).end());
      await expect(HttpFetcher.at(odd.url).metadata('timestamp.json', 10)).rejects.toMatchObject({
        code: 'FETCH_STATUS',
        message: `${odd.url}/metadata/timestamp.json answered with status ${status}`,
        details: { status },
      });
      await odd.close();
    }
  });

  it('takes separate places for metadata and targets, and hands on its bounds', async () => {
    const asked: HttpRequest[] = [];
    const tls = { ca: 'pem' };
    const fetcher = new HttpFetcher({
      metadataUrl: 'https://a.example/m/',
      targetsUrl: 'https://b.example/t//',
      tls,
      timeoutMs: 7,
      http: request => {
        asked.push(request);
        return Promise.resolve({ status: 404, url: request.url, headers: new Map(), body: new Uint8Array() });
      },
    });
    await fetcher.metadata('root.json', 3);
    await fetcher.target("dir/hash.it's(1)!", 4);
    expect(asked).toEqual([
      { url: 'https://a.example/m/root.json', maxBytes: 3, tls, timeoutMs: 7 },
      { url: 'https://b.example/t/dir/hash.it%27s%281%29%21', maxBytes: 4, tls, timeoutMs: 7 },
    ]);
  });
});

describe('FolderFetcher', () => {
  it('attack: symbolic links: follows none out of its folder, and any inside of it', async () => {
    const targets = join(folder, 'repo/targets');
    symlinkSync(join(folder, 'secret'), join(targets, 'file-out'));
    symlinkSync(folder, join(targets, 'folder-out'));
    symlinkSync('plain', join(targets, 'inside'));
    symlinkSync('nowhere', join(targets, 'dangling'));
    const fetcher = new FolderFetcher(join(folder, 'repo'));
    await expect(fetcher.target('file-out', 10)).rejects.toMatchObject({
      code: 'FETCH_PATH',
      message: `the file ${join(targets, 'file-out')} is a link that leads out of its folder`,
    });
    await expect(fetcher.target('folder-out/secret', 10)).rejects.toMatchObject({ code: 'FETCH_PATH' });
    expect(text(await fetcher.target('inside', 10))).toBe('plain');
    expect(await fetcher.target('dangling', 10)).toBeNull();
  });

  it('is not fooled by a folder whose name begins like its own', async () => {
    mkdirSync(join(folder, 'repo-evil'));
    writeFileSync(join(folder, 'repo-evil/x'), 'x');
    symlinkSync(join(folder, 'repo-evil/x'), join(folder, 'repo/targets/x'));
    await expect(new FolderFetcher(join(folder, 'repo')).target('x', 10)).rejects.toMatchObject({
      code: 'FETCH_PATH',
    });
  });

  it('reads regular files only, and does not hang on a pipe', async () => {
    execFileSync('mkfifo', [join(folder, 'repo/targets/pipe')]);
    const fetcher = new FolderFetcher(join(folder, 'repo'));
    await expect(fetcher.target('pipe', 10)).rejects.toMatchObject({
      code: 'FETCH_PATH',
      message: `${join(folder, 'repo/targets/pipe')} is not a regular file`,
    });
    await expect(fetcher.target('team', 10)).rejects.toMatchObject({ code: 'FETCH_PATH' });
  });

  it('may itself be behind a link', async () => {
    symlinkSync(join(folder, 'repo'), join(folder, 'alias'));
    expect(text(await new FolderFetcher(join(folder, 'alias')).target('plain', 10))).toBe('plain');
  });

  it('says that the folder is missing, rather than that every file is absent', async () => {
    const missing = join(folder, 'none');
    await expect(new FolderFetcher(missing).metadata('timestamp.json', 10)).rejects.toMatchObject({
      code: 'FETCH_UNREACHABLE',
      message: `${missing} cannot be read: there is no such file or folder`,
    });
  });
});
