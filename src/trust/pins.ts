/**
 * The roots that somebody decided to trust, one folder for each repository:
 *
 *   <dir>/<name>/pin.json       {"v": 1, "sha256": "…", "source": {"url": "…"}}
 *   <dir>/<name>/pin.root.json  the root, byte for byte
 *   <dir>/<name>/metadata/      what was verified from it (not of this file)
 *
 * Nothing is trusted on first use: whoever adds a root has its bytes, or their hash, from a source that they trust.
 */
import { readdir, rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { sha256Hex } from '../crypto/digest.js';
import { suggest } from '../entitlements/suggest.js';
import { WritError } from '../errors.js';
import { isRepositoryName, parseRepositoryName, type RepositoryName } from '../image/repository-name.js';
import { asObject, objectAt, stringAt, integerAt } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import { member, type JsonObject } from '../json/types.js';
import { failedWith, storeFailure } from '../storage/failure.js';
import { atomicWriteFile, ensurePrivateDir, readWholeFile } from '../storage/files.js';
import { parseDocument } from '../tuf/document.js';
import { DEFAULT_LIMITS } from '../tuf/limits.js';
import { trustRoot } from '../tuf/verified.js';

/** Where the repository is served: a base URL, a folder, or the service that holds the pin itself. */
export type PinSource = { readonly url: string } | { readonly folder: string } | { readonly local: true };

export interface Pin {
  readonly name: RepositoryName;
  readonly source: PinSource;
  /** Of the pinned bytes, lower-case hex. */
  readonly sha256: string;
  /** The version of the pinned root; the trusted one may be a later one. */
  readonly version: number;
  readonly root: Uint8Array;
  /** A folder for the verified metadata of this repository; not made yet. */
  readonly metadataDir: string;
}

const PIN = 'pin.json';
const ROOT_FILE = 'pin.root.json';
const METADATA = 'metadata';
const FORMAT = 1;
const MAX_PIN = 16 * 1024;

const encoder = new TextEncoder();

export class PinStore {
  readonly dir: string;

  /** @param dir - made when the first root is added */
  constructor(dir: string) {
    this.dir = dir;
  }

  /**
   * Pins a root. Durable when it resolves. The same root and source again changes nothing.
   *
   * @param root - a root document that meets its own threshold; the caller vouches for these bytes
   * @throws WritError TRUST_PINNED when the name has another root or source; TUF_* and JSON_* for a root that is none;
   *   IMAGE_REPOSITORY_NAME, STORE_PERMISSIONS, STORE_FULL, STORE_IO
   */
  async add(name: string, root: Uint8Array, source: PinSource): Promise<Pin> {
    const repository = parseRepositoryName(name);
    const pin = this.#pin(repository, new Uint8Array(root), source);
    const before = await this.#find(repository);
    if (before !== undefined) {
      if (before.sha256 === pin.sha256 && sameSource(before.source, source)) return before;
      throw new WritError(
        'TRUST_PINNED',
        `the repository ${name} is pinned already, to the root ${before.sha256} of ${describeSource(before.source)}`,
        { details: { name, sha256: before.sha256 } },
      );
    }
    await ensurePrivateDir(join(this.dir, repository));
    await atomicWriteFile(join(this.dir, repository, ROOT_FILE), pin.root);
    await atomicWriteFile(join(this.dir, repository, PIN), encoder.encode(writePin(pin))); // last: it makes the pin
    return pin;
  }

  /** All pins, sorted by name. */
  async list(): Promise<Pin[]> {
    const pins: Pin[] = [];
    for (const name of await this.#names()) {
      const pin = await this.#find(name);
      if (pin !== undefined) pins.push(pin);
    }
    return pins;
  }

  /** @throws WritError TRUST_UNKNOWN, TRUST_PIN, STORE_IO */
  async load(name: string): Promise<Pin> {
    const pin = await this.#find(parseRepositoryName(name));
    if (pin !== undefined) return pin;
    throw unknown(name, await this.#names());
  }

  /**
   * Forgets a root, and with it which versions were seen: a repository that is pinned again may show older ones.
   *
   * @throws WritError TRUST_UNKNOWN, STORE_IO
   */
  async remove(name: string): Promise<void> {
    const folder = join(this.dir, parseRepositoryName(name));
    const gone = join(this.dir, `.removed-${name}`);
    try {
      await rm(gone, { recursive: true, force: true });
      await rename(folder, gone); // at once: half a removal must not leave metadata without its pin
      await rm(gone, { recursive: true, force: true });
    } catch (cause) {
      if (failedWith(cause, 'ENOENT')) throw unknown(name, await this.#names());
      throw storeFailure(cause, `the pinned root of ${name} cannot be removed`);
    }
  }

  async #names(): Promise<RepositoryName[]> {
    try {
      return (await readdir(this.dir)).filter(isRepositoryName).sort();
    } catch (cause) {
      if (failedWith(cause, 'ENOENT')) return [];
      throw storeFailure(cause, `the folder ${this.dir} cannot be read`);
    }
  }

  async #find(name: RepositoryName): Promise<Pin | undefined> {
    const written = await readWholeFile(join(this.dir, name, PIN), MAX_PIN);
    if (written === null) return undefined;
    const root = await readWholeFile(join(this.dir, name, ROOT_FILE), DEFAULT_LIMITS.root);
    try {
      const { sha256, source } = readPin(asObject(parseStrict(written), PIN));
      if (root === null) throw new WritError('TRUST_PIN', `${ROOT_FILE} is missing`);
      if (sha256Hex(root) !== sha256)
        throw new WritError('TRUST_PIN', `${ROOT_FILE} is not the root that was pinned`);
      return this.#pin(name, root, source);
    } catch (cause) {
      if (!(cause instanceof WritError)) throw cause;
      throw new WritError('TRUST_PIN', `the pin of the repository ${name} is damaged: ${cause.message}`, {
        cause,
      });
    }
  }

  #pin(name: RepositoryName, root: Uint8Array, source: PinSource): Pin {
    const { version } = trustRoot(parseDocument(root, 'root')).value;
    return {
      name,
      source,
      sha256: sha256Hex(root),
      version,
      root,
      metadataDir: join(this.dir, name, METADATA),
    };
  }
}

function writePin({ sha256, source }: Pin): string {
  return `${JSON.stringify({ v: FORMAT, sha256, source }, null, 2)}\n`;
}

function readPin(json: JsonObject): { sha256: string; source: PinSource } {
  integerAt(json, 'v', PIN, FORMAT, FORMAT);
  return { sha256: stringAt(json, 'sha256', PIN), source: readSource(objectAt(json, 'source', PIN)) };
}

function readSource(json: JsonObject): PinSource {
  if (member(json, 'local') === true) return { local: true };
  const path = `${PIN}.source`;
  return member(json, 'url') === undefined
    ? { folder: stringAt(json, 'folder', path) }
    : { url: stringAt(json, 'url', path) };
}

/** For messages and lists. */
export function describeSource(source: PinSource): string {
  if ('url' in source) return source.url;
  return 'folder' in source ? source.folder : 'this service';
}

const sameSource = (a: PinSource, b: PinSource): boolean => describeSource(a) === describeSource(b);

/** @param known - names that are pinned */
function unknown(name: string, known: readonly string[]): WritError {
  const near = suggest(name, known);
  const meant = near === undefined ? '' : `did you mean ${near}? else `;
  return new WritError('TRUST_UNKNOWN', `no root of the repository ${name} is pinned`, {
    hint: `${meant}pin it with \`writ trust add ${name}\`, from a source that you trust; \`writ trust list\` shows what is pinned`,
    details: { repository: name },
  });
}
