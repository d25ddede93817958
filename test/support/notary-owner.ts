/** Owners of repositories on any server of the Notary wire: what they sign, and how it is sent. */
import { parseNotaryKey, type NotaryKey } from '../../src/crypto/notary-key.js';
import type { JsonObject } from '../../src/json/types.js';
import { parseGun, type Gun } from '../../src/tuf/notary/names.js';
import { certified, Publisher } from '../repository/notary/publisher.js';

export type Files = Readonly<Record<string, Uint8Array>>;

/** Where the documents of a repository are. */
export const base = (url: string, gun: Gun): string => `${url}/v2/${gun}/_trust/tuf/`;

export async function onlineKey(url: string, gun: Gun, role: string): Promise<NotaryKey> {
  const answer = await fetch(`${base(url, gun)}${role}.key`);
  return parseNotaryKey((await answer.json()) as JsonObject, role);
}

const WEEK_MS = 7 * 86_400_000;

/** Someone who owns `name` on one server; the server signs timestamps and snapshots. */
export async function ownerOf(url: string, name: string): Promise<Publisher> {
  const gun = parseGun(name);
  const snapshot = await onlineKey(url, gun, 'snapshot');
  const owner = new Publisher(gun, { snapshot, timestamp: await onlineKey(url, gun, 'timestamp') });
  owner.root = certified(gun, new Date(Date.now() - WEEK_MS));
  return owner;
}

/** An upload as `notary` writes it. */
export function multipart(files: Files): { type: string; body: Buffer<ArrayBuffer> } {
  const boundary = 'c3ce8b02b5f7c62bb0689f1f34fb5c86c01e41d6c1292a06a8aa75513b88';
  const parts = Object.entries(files).flatMap(([role, bytes]) => [
    Buffer.from(
      `--${boundary}\r\nContent-Disposition: form-data; name="files"; filename="${role}"\r\n` +
        'Content-Type: application/octet-stream\r\n\r\n',
    ),
    bytes,
    Buffer.from('\r\n'),
  ]);
  const body = Buffer.concat([...parts, Buffer.from(`--${boundary}--\r\n`)]);
  return { type: `multipart/form-data; boundary=${boundary}`, body };
}

/** Status and error code of an answer: `200`, `400 VERSION`. */
export async function verdictOf(answer: Response): Promise<string> {
  const code = /"code":"(\w+)"/.exec(await answer.text())?.[1];
  return code === undefined ? String(answer.status) : `${answer.status} ${code}`;
}

/** Sends an upload; `cut` where the server ends the connection instead of answering. */
export async function publish(url: string, gun: Gun, files: Files): Promise<string> {
  const { type, body } = multipart(files);
  return send(`${base(url, gun)}`, { method: 'POST', headers: { 'content-type': type }, body });
}

export const send = (url: string, request: RequestInit = {}): Promise<string> =>
  fetch(url, request).then(verdictOf, () => 'cut');

/** Makes the repository of `owner` on a server, with these tags. */
export async function establish(url: string, owner: Publisher, tags: readonly string[] = []): Promise<void> {
  const files = { root: owner.rootDocument(), targets: owner.targetsDocument(1, tags) };
  const verdict = await publish(url, owner.gun, files);
  if (verdict !== '200') throw new Error(`${url} answered ${verdict}`);
}
