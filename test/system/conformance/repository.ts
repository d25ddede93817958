/**
 * The adversarial simulator as the public suite uses its own: roles are published one by one, each publication under
 * the next number, and everything is served over HTTP, which writes down what was asked for.
 */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ed25519, type KeyPair } from '../../crypto/keys.js';
import { sha256, signDoc, Simulator, utf8, type Doc, type TargetsDoc } from '../../tuf/simulator.js';

export const DAY = 86_400_000;
/** `expires`, so many days from now. */
export const inDays = (days: number): string =>
  `${new Date(Date.now() + days * DAY).toISOString().slice(0, 19)}Z`;

let keys = 0;
/** A key that nobody has seen. */
export const newKey = (): KeyPair => ed25519(`conformance-${keys++}`);

export class Repository extends Simulator {
  /** The metadata files that were asked for, as they stood in the URL: `1.targets.json`, `1.%3F.json`. */
  readonly asked: string[] = [];
  readonly askedTargets: string[] = [];
  readonly #published = new Map<string, Uint8Array[]>();
  #server = createServer((request, response) => {
    this.#answer(request, response);
  });

  constructor() {
    super();
    this.hashes = false;
    this.files.clear();
    for (const role of ['root', 'timestamp', 'snapshot', 'targets']) this.doc(role).expires = inDays(30);
    this.publish('targets', 'snapshot', 'timestamp', 'root');
  }

  doc(role: string): Doc {
    const top: Record<string, Doc> = { root: this.root, timestamp: this.timestamp, snapshot: this.snapshot };
    const doc = top[role] ?? this.targets.get(role);
    if (doc === undefined) throw new Error(`no role ${role}`);
    return doc;
  }

  /** Signs and serves the next version of each role, and lists it where it is listed. */
  publish(...roles: string[]): void {
    for (const role of roles) {
      const doc = this.doc(role);
      const before = this.#published.get(role);
      if (before !== undefined) doc.version++;
      this.#keep(role, signDoc(doc, this.signers.get(role) ?? []), before ?? []);
      this.#list(role, doc);
    }
  }

  /** Serves these bytes in the place of what was published last. */
  replace(role: string, bytes: Uint8Array): void {
    const before = this.#published.get(role) ?? [];
    this.#keep(role, bytes, before.slice(0, -1));
  }

  /** Starts a role anew: its next publication is number 1, with the version that its document has. */
  forget(role: string): void {
    for (const name of this.files.keys())
      if (/^(?:\d+\.)?(.*)\.json$/.exec(name)?.[1] === role) this.files.delete(name);
    this.#published.delete(role);
  }

  /** What was published of `role`, in order. */
  history(role: string): readonly Uint8Array[] {
    return this.#published.get(role) ?? [];
  }

  latest(role: string): Uint8Array {
    const bytes = this.history(role).at(-1);
    if (bytes === undefined) throw new Error(`${role} is not published`);
    return bytes;
  }

  #keep(role: string, bytes: Uint8Array, before: readonly Uint8Array[]): void {
    const versioned = role !== 'timestamp' && (role === 'root' || this.root.consistent_snapshot);
    this.files.set(versioned ? `${before.length + 1}.${role}.json` : `${role}.json`, bytes);
    this.#published.set(role, [...before, bytes]);
  }

  #list(role: string, { version }: Doc): void {
    if (role === 'root' || role === 'timestamp') return;
    const bytes = this.latest(role);
    const more = this.hashes ? { length: bytes.length, hashes: { sha256: sha256(bytes) } } : {};
    const list = role === 'snapshot' ? this.timestamp : this.snapshot;
    list.meta[`${role}.json`] = { version, ...more };
  }

  /** One more key for a top-level role; its threshold stays. */
  addKey(role: string, pair = newKey()): KeyPair {
    this.root.keys[pair.key.id] = pair.key.toJson();
    this.root.roles[role]!.keyids.push(pair.key.id);
    this.signers.get(role)!.push(pair);
    return pair;
  }

  rotateKeys(role: string): void {
    this.setKeys(role, [newKey()]);
  }

  addDelegation(from: string, name: string, paths: string[], terminating = false): TargetsDoc {
    const doc = this.delegate(from, name, paths, { terminating });
    doc.expires = inDays(30);
    return doc;
  }

  /** Changes the bytes that are served as the target, not what the metadata says. */
  substitute(path: string, content: string): void {
    for (const name of this.targetFiles.keys())
      if (name.replace(/[0-9a-f]{64,}\.(?=[^/]*$)/, '') === path) this.targetFiles.set(name, utf8(content));
  }

  /** The URL of the folder that holds `metadata/` and `targets/`. */
  async serve(): Promise<string> {
    await new Promise<void>(resolve => this.#server.listen(0, '127.0.0.1', resolve));
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/test`;
  }

  close(): void {
    this.#server.closeAllConnections();
    this.#server.close();
  }

  #answer({ url = '' }: IncomingMessage, response: ServerResponse): void {
    const bytes = this.#find(url);
    response.writeHead(bytes === undefined ? 404 : 200, { 'content-length': bytes?.length ?? 0 });
    response.end(bytes);
  }

  /** Paths are taken as they came: a client that leaves `..` or `?` in them finds nothing. */
  #find(url: string): Uint8Array | undefined {
    const metadata = /^\/test\/metadata\/([^/?]*)$/.exec(url)?.[1];
    if (metadata !== undefined) {
      this.asked.push(metadata);
      return this.files.get(decodeURIComponent(metadata));
    }
    const target = /^\/test\/targets\/([^?]*)$/.exec(url)?.[1] ?? '';
    this.askedTargets.push(target);
    return this.targetFiles.get(decodeURIComponent(target));
  }
}
