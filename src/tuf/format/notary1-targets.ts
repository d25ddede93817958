/**
 * The targets of a Notary document, each read when somebody asks for it: a server that takes documents with thousands
 * of them looks at none, and must still know that all can be read.
 */
import { isJsonObject, type JsonObject, type JsonValue } from '../../json/types.js';
import type { TargetFile } from '../model.js';

/** Reads one target, or throws why it is none. */
export type ReadTarget = (name: string, value: JsonValue) => TargetFile;

/** What a digest of these looks like in base64; another way to write one is left to the reader. */
const DIGESTS: Readonly<Record<string, RegExp>> = {
  sha256: /^[A-Za-z0-9+/]{43}=$/,
  sha512: /^[A-Za-z0-9+/]{86}==$/,
};

export class LazyTargets implements ReadonlyMap<string, TargetFile> {
  readonly size: number;
  readonly #json: JsonObject;
  readonly #read: ReadTarget;

  /** @throws what `read` throws for the first that is no target */
  constructor(json: JsonObject, read: ReadTarget) {
    let size = 0;
    for (const name in json) {
      const value = json[name] ?? null;
      if (!isPlainTarget(value)) read(name, value);
      size++;
    }
    this.size = size;
    this.#json = json;
    this.#read = read;
  }

  get(name: string): TargetFile | undefined {
    return this.has(name) ? this.#read(name, this.#json[name] ?? null) : undefined;
  }

  has(name: string): boolean {
    return Object.hasOwn(this.#json, name);
  }

  *entries(): Generator<[string, TargetFile], undefined> {
    for (const name of Object.keys(this.#json)) yield [name, this.#read(name, this.#json[name] ?? null)];
  }

  *keys(): Generator<string, undefined> {
    yield* Object.keys(this.#json);
  }

  *values(): Generator<TargetFile, undefined> {
    for (const [, target] of this.entries()) yield target;
  }

  [Symbol.iterator](): Generator<[string, TargetFile], undefined> {
    return this.entries();
  }

  forEach(visit: (target: TargetFile, name: string, map: ReadonlyMap<string, TargetFile>) => void): void {
    for (const [name, target] of this) visit(target, name, this);
  }
}

/** Whether a target is as Notary's own programs write it: the reader would take it. False says nothing. */
function isPlainTarget(value: JsonValue): boolean {
  if (!isJsonObject(value)) return false;
  const { length, hashes } = value;
  if (typeof length !== 'number' || !Number.isSafeInteger(length) || length < 0) return false;
  return isJsonObject(hashes) && isPlainHashes(hashes);
}

function isPlainHashes(hashes: JsonObject): boolean {
  let count = 0;
  for (const algorithm in hashes) {
    const text = hashes[algorithm];
    if (typeof text !== 'string' || DIGESTS[algorithm]?.test(text) !== true) return false;
    count++;
  }
  return count > 0;
}
