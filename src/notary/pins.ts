/**
 * The Notary repositories that somebody decided to trust, one folder for each, named by the SHA-256 of its name:
 *
 *   <dir>/<hash>/pin.json        {"v": 1, "name": "registry.example/acme/app", "server": "https://…", "trust": {…}}
 *   <dir>/<hash>/pin.root.json   the root, byte for byte, where one is pinned
 *   <dir>/<hash>/pin.ca.pem      the authorities, where those are pinned
 *   <dir>/<hash>/server.ca.pem   who vouches for the server's TLS, where that is not the system's
 *   <dir>/<hash>/tuf/…           what was verified from it (a trust folder, not of this file): it goes with the pin
 *
 * Nothing is trusted on first use. A name that ends in `/*` stands for all repositories whose names begin so.
 */
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../crypto/digest.js';
import { WritError } from '../errors.js';
import { asObject, integerAt, objectAt, stringAt, stringsAt } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import { member, type JsonObject } from '../json/types.js';
import { failedWith, storeFailure } from '../storage/failure.js';
import { atomicWriteFile, ensurePrivateDir, readWholeFile } from '../storage/files.js';
import { parseGun, type Gun } from '../tuf/notary/names.js';
import { ROOT } from '../tuf/role-name.js';
import type { TrustPinning } from './pinning.js';
import { parseRoot } from './root-trust.js';
import type { RepositoryFolder } from './trust-folder.js';

/** What a repository is trusted by. */
export type NotaryTrust =
  /** This root, and those that go on from it. */
  | { readonly kind: 'root'; readonly root: Uint8Array }
  /** A first root that is signed by one of these keys, by the ids that roots list: those of certificates too. */
  | { readonly kind: 'keys'; readonly ids: readonly string[] }
  /** A first root that is signed by a certificate of these authorities, PEM. */
  | { readonly kind: 'authority'; readonly pem: Uint8Array };

export interface NotaryPin {
  /** The repository; with `/*` at its end what the names of repositories begin with. */
  readonly name: string;
  /** Base URL of the Notary server. */
  readonly server: string;
  readonly trust: NotaryTrust;
  /** The trust folder whose private keys sign, absolute, where it is not writ's own. */
  readonly keys?: string | undefined;
  /** The only authorities that may vouch for the server, PEM, where they are not the system's. */
  readonly serverCa?: Uint8Array | undefined;
}

const PIN = 'pin.json';
const ROOT_FILE = 'pin.root.json';
const CA_FILE = 'pin.ca.pem';
const SERVER_CA_FILE = 'server.ca.pem';
const FORMAT = 1;
const MAX_PIN = 64 * 1024;
const MAX_FILE = 1024 * 1024;
const HASH = /^[0-9a-f]{64}$/;

/** True iff the pin is for all repositories whose names begin so. */
export const isPrefix = ({ name }: Pick<NotaryPin, 'name'>): boolean => name.endsWith('*');

/** SHA-256 of the pinned root in hex, and its version; undefined where none is pinned. */
export function pinnedRoot({ trust }: NotaryPin): { sha256: string; version: number } | undefined {
  if (trust.kind !== 'root') return undefined;
  return { sha256: sha256Hex(trust.root), version: parseRoot(trust.root).signed.version };
}

export class NotaryPins {
  readonly dir: string;

  /** @param dir - made when the first repository is pinned */
  constructor(dir: string) {
    this.dir = dir;
  }

  /**
   * Pins a repository. Durable when it resolves. The same again changes nothing.
   *
   * @throws WritError TRUST_PINNED when it is pinned otherwise; NOTARY_GUN for a name that is none; NOTARY_ROOT where
   *   a root is to be pinned for a prefix; TUF_*, JSON_*, KEY_* for a root that is none; STORE_*
   */
  async add(pin: NotaryPin): Promise<void> {
    checkName(pin);
    if (pin.trust.kind === 'root') parseRoot(pin.trust.root);
    const before = await this.find(pin.name);
    if (before !== undefined && writePin(before) === writePin(pin)) return;
    if (before !== undefined) {
      throw new WritError(
        'TRUST_PINNED',
        `the Notary repository ${pin.name} is pinned already, to the server ${before.server}`,
        { details: { name: pin.name } },
      );
    }
    const folder = this.folderOf(pin.name);
    await this.#clear(folder);
    await ensurePrivateDir(folder);
    for (const [name, bytes] of filesOf(pin)) await atomicWriteFile(join(folder, name), bytes);
    await atomicWriteFile(join(folder, PIN), Buffer.from(writePin(pin))); // last: it makes the pin
  }

  /** All pins, sorted by name. @throws WritError TRUST_PIN, STORE_IO */
  async list(): Promise<NotaryPin[]> {
    const pins: NotaryPin[] = [];
    for (const hash of await this.#hashes()) {
      const pin = await this.#read(join(this.dir, hash));
      if (pin !== undefined) pins.push(pin);
    }
    return pins.sort((a, b) => (a.name < b.name ? -1 : 1));
  }

  /** The pin of exactly this name. @throws WritError TRUST_PIN, STORE_IO */
  async find(name: string): Promise<NotaryPin | undefined> {
    const pin = await this.#read(this.folderOf(name));
    if (pin === undefined || pin.name === name) return pin;
    throw damaged(name, `it is that of ${pin.name}`);
  }

  /** The pin that is for a repository: its own, else the one of the longest prefix. @throws WritError as {@link list} */
  async findFor(gun: string): Promise<NotaryPin | undefined> {
    const own = await this.find(gun);
    if (own !== undefined) return own;
    const fitting = (await this.list()).filter(
      pin => isPrefix(pin) && gun.startsWith(pin.name.slice(0, -1)) && gun.length >= pin.name.length,
    );
    return fitting.sort((a, b) => b.name.length - a.name.length)[0];
  }

  /** Forgets a pin, and what was verified from it. @returns false when there was none. @throws WritError STORE_IO */
  async remove(name: string): Promise<boolean> {
    const folder = this.folderOf(name);
    const gone = join(this.dir, `.removed-${sha256Hex(Buffer.from(name))}`);
    try {
      await rm(gone, { recursive: true, force: true });
      await rename(folder, gone);
      await rm(gone, { recursive: true, force: true });
      return true;
    } catch (cause) {
      if (failedWith(cause, 'ENOENT')) return false;
      throw storeFailure(cause, `the pin of the Notary repository ${name} cannot be removed`);
    }
  }

  /** What a client of the repository is to trust first. */
  pinningFor({ name, trust }: NotaryPin, gun: Gun): TrustPinning {
    const none = { certs: new Map(), ca: new Map(), disableTofu: true };
    switch (trust.kind) {
      case 'root':
        return none;
      case 'keys':
        return { ...none, certs: new Map([[gun, trust.ids]]) };
      case 'authority':
        return { ...none, ca: new Map([[gun, join(this.folderOf(name), CA_FILE)]]) };
    }
  }

  /** The folder of a pin, for the metadata that is verified from it. */
  folderOf(name: string): string {
    return join(this.dir, sha256Hex(Buffer.from(name)));
  }

  /** What is there without a pin was left by a command that failed. */
  async #clear(folder: string): Promise<void> {
    try {
      await rm(folder, { recursive: true, force: true });
    } catch (cause) {
      throw storeFailure(cause, `the folder ${folder} cannot be removed`);
    }
  }

  async #hashes(): Promise<string[]> {
    try {
      return (await readdir(this.dir)).filter(name => HASH.test(name));
    } catch (cause) {
      if (failedWith(cause, 'ENOENT')) return [];
      throw storeFailure(cause, `the folder ${this.dir} cannot be read`);
    }
  }

  async #read(folder: string): Promise<NotaryPin | undefined> {
    const written = await readWholeFile(join(folder, PIN), MAX_PIN);
    if (written === null) return undefined;
    try {
      return await readPin(asObject(parseStrict(written), PIN), name =>
        readWholeFile(join(folder, name), MAX_FILE),
      );
    } catch (cause) {
      if (!(cause instanceof WritError)) throw cause;
      throw damaged(folder, cause.message, cause);
    }
  }
}

/** The trust folder starts from the pinned root, where it has none of the repository yet. @throws WritError STORE_* */
export async function startFromPin({ trust }: NotaryPin, folder: RepositoryFolder): Promise<void> {
  if (trust.kind === 'root' && (await folder.read(ROOT)) === null) await folder.write(ROOT, trust.root);
}

const damaged = (where: string, why: string, cause?: unknown): WritError =>
  new WritError('TRUST_PIN', `the pin of a Notary repository, ${where}, is damaged: ${why}`, { cause });

function checkName(pin: NotaryPin): void {
  parseGun(isPrefix(pin) ? pin.name.slice(0, -1) : pin.name);
  if (isPrefix(pin) && !pin.name.endsWith('/*'))
    throw new WritError('NOTARY_GUN', 'only whole components of names are pinned together', {
      hint: 'write /* at the end: registry.example/acme/*',
    });
  if (isPrefix(pin) && pin.trust.kind === 'root')
    throw new WritError('NOTARY_ROOT', 'a root is that of one repository: pin it without *', {
      hint: 'for many repositories pin an authority, or keys',
    });
}

const filesOf = ({ trust, serverCa }: NotaryPin): (readonly [string, Uint8Array])[] => [
  ...(trust.kind === 'root' ? [[ROOT_FILE, trust.root] as const] : []),
  ...(trust.kind === 'authority' ? [[CA_FILE, trust.pem] as const] : []),
  ...(serverCa === undefined ? [] : [[SERVER_CA_FILE, serverCa] as const]),
];

/** Files beside it are named by their hashes, so that another one is noticed. */
function writePin({ name, server, trust, keys, serverCa }: NotaryPin): string {
  const json: JsonObject = {
    v: FORMAT,
    name,
    server,
    trust: writeTrust(trust),
    ...(keys !== undefined && { keys }),
    ...(serverCa !== undefined && { serverCa: sha256Hex(serverCa) }),
  };
  return `${JSON.stringify(json, null, 2)}\n`;
}

function writeTrust(trust: NotaryTrust): JsonObject {
  switch (trust.kind) {
    case 'root':
      return { root: sha256Hex(trust.root) };
    case 'keys':
      return { keys: trust.ids };
    case 'authority':
      return { authority: sha256Hex(trust.pem) };
  }
}

type ReadFile = (name: string) => Promise<Uint8Array | null>;

async function readPin(json: JsonObject, read: ReadFile): Promise<NotaryPin> {
  integerAt(json, 'v', PIN, FORMAT, FORMAT);
  const keys = member(json, 'keys') === undefined ? undefined : stringAt(json, 'keys', PIN);
  const serverCa =
    member(json, 'serverCa') === undefined
      ? undefined
      : await readHashed(read, SERVER_CA_FILE, stringAt(json, 'serverCa', PIN));
  return {
    name: stringAt(json, 'name', PIN),
    server: stringAt(json, 'server', PIN),
    trust: await readTrust(objectAt(json, 'trust', PIN), read),
    keys,
    serverCa,
  };
}

async function readTrust(json: JsonObject, read: ReadFile): Promise<NotaryTrust> {
  const path = `${PIN}.trust`;
  if (member(json, 'root') !== undefined)
    return { kind: 'root', root: await readHashed(read, ROOT_FILE, stringAt(json, 'root', path)) };
  if (member(json, 'authority') !== undefined)
    return { kind: 'authority', pem: await readHashed(read, CA_FILE, stringAt(json, 'authority', path)) };
  return { kind: 'keys', ids: stringsAt(json, 'keys', path) };
}

async function readHashed(read: ReadFile, name: string, sha256: string): Promise<Uint8Array> {
  const bytes = await read(name);
  if (bytes === null) throw new WritError('TRUST_PIN', `${name} is missing`);
  if (sha256Hex(bytes) === sha256) return bytes;
  throw new WritError('TRUST_PIN', `${name} is not what was pinned`);
}
