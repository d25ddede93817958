/**
 * What curl asked a notary-server 0.7, byte by byte, asked of the service: the same status and error code each time, but
 * for the differences that docs/notary-differences.md lists. Both ways: what is listed must differ.
 */
import { mkdirSync, readFileSync } from 'node:fs';
import { request } from 'node:http';
import { join } from 'node:path';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { commitState } from '../../../src/repository/notary/commit.js';
import { describeNotaryFile } from '../../../src/tuf/notary/describe.js';
import { parseGun, parseNotaryRole } from '../../../src/tuf/notary/names.js';
import { NotaryDocuments } from '../../../src/repository/notary/documents.js';
import type { StoredDocument } from '../../../src/repository/notary/state.js';
import { BlobFolder } from '../../../src/storage/blob-folder.js';
import { openLowdbIndex } from '../../../src/storage/lowdb-index.js';
import { parseDocumentOf } from '../../../src/tuf/document.js';
import { NOTARY1 } from '../../../src/tuf/format/notary1.js';
import { typeOfRole } from '../../../src/tuf/role-name.js';
import { trustRoot } from '../../../src/tuf/verified.js';
import { start, temporaryFolder } from '../service.js';
import { listedDifferences } from './differences.js';

interface Recorded {
  readonly step: string;
  readonly method: string;
  readonly url: string;
  /** Content-Type of the request. */
  readonly type?: string;
  readonly body?: string;
  /** 0: the connection was cut. */
  readonly status: number;
  readonly code?: string;
  /** What was served, of the documents that the rest is about. */
  readonly document?: string;
}

const GUN = parseGun('raw.test/app-run3');
const NOW = new Date('2026-11-21T00:03:41Z');
const MAX = 1024 * 1024;
const recorded = gunzipSync(readFileSync('test/golden/notary-v1/recording-c.jsonl.gz'))
  .toString('utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as Recorded);

/** The recorded repository as it was when the recording began; its online keys are not the service's. */
async function storeRecorded(folder: string): Promise<void> {
  const bytesOf = (step: string): Uint8Array =>
    new TextEncoder().encode(recorded.find(exchange => exchange.step === step)?.document);
  const stored = (role: string, step: string): [ReturnType<typeof parseNotaryRole>, StoredDocument] => {
    const bytes = bytesOf(step);
    const name = parseNotaryRole(role);
    const { version, expires } = parseDocumentOf(NOTARY1, bytes, typeOfRole(name), MAX).signed;
    return [name, { version, expires, bytes, file: describeNotaryFile(bytes), at: NOW }];
  };
  const root = trustRoot(parseDocumentOf(NOTARY1, bytesOf('get-01.root'), 'root', MAX));
  const [index, blobs] = [await openLowdbIndex(folder), await BlobFolder.open(folder)];
  const files = new NotaryDocuments(blobs);
  const all = [stored('root', 'get-01.root'), stored('snapshot', 'get-snapshot-json')];
  const old = [stored('targets', 'get-2.targets'), stored('timestamp', 'get-1.timestamp')];
  const after = { root, documents: new Map([...all, ...old]), verified: new Map() };
  const before = await commitState({ gun: GUN, before: undefined, after, at: NOW }, files, index);
  const fresh = [stored('targets', 'get-targets-json'), stored('timestamp', 'get-timestamp-json')];
  const last = { ...before, documents: new Map([...before.documents, ...fresh]) };
  await commitState({ gun: GUN, before, after: last, at: NOW }, files, index);
  await index.close();
}

/** The path as it stands: `..` and all. */
function ask(base: string, { method, url, type, body = '' }: Recorded): Promise<string> {
  const headers = { ...(type !== undefined && { 'content-type': type }) };
  const { hostname, port } = new URL(base);
  return new Promise((resolve, reject) => {
    const sent = request({ hostname, port, method, path: url, headers, agent: false }, response => {
      let text = '';
      response.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
      response.on('end', () => {
        resolve(outcome(response.statusCode ?? 0, /"code":"(\w+)"/.exec(text)?.[1]));
      });
    });
    sent.on('error', reject);
    sent.end(body);
  });
}

const outcome = (status: number, code?: string): string => {
  if (status === 0) return 'cut';
  return code === undefined ? String(status) : `${status} ${code}`;
};

describe('recording C', () => {
  it('is answered as it was, but for what is listed', async () => {
    expect([recorded.length, new Set(recorded.map(({ step }) => step)).size]).toEqual([80, 80]);
    const data = join(temporaryFolder(), 'data');
    mkdirSync(join(data, 'store'), { recursive: true, mode: 0o700 });
    await storeRecorded(join(data, 'store'));
    const { addresses } = await start({ auth: { mode: 'loopback' } }, { data, clock: { now: () => NOW } });
    const different = [];
    for (const exchange of recorded) {
      const { step, status, code } = exchange;
      const [was, is] = [outcome(status, code), await ask(addresses.repository, exchange)];
      if (was !== is) different.push({ step, was, is });
    }
    expect(different).toEqual(listedDifferences('Recorded exchanges'));
  });
});
