/**
 * The targets of one role, compact: what the parsed metadata needs a dozen objects for is a row of typed arrays here,
 * and grants that many targets share are kept once.
 */
import { parseDigest, type Digest } from '../image/digest.js';
import type { JsonObject } from '../json/types.js';
import type { TargetFile } from '../tuf/model.js';

export interface TargetRow {
  readonly digest: Digest;
  /** Bytes. */
  readonly length: number;
  readonly custom: JsonObject | undefined;
}

const ALGORITHM = 'sha256';
/** Bytes of a SHA-256. */
const WIDTH = 32;

export class TargetTable {
  readonly #rows = new Map<string, number>();
  readonly #paths: string[] = [];
  readonly #digests: Buffer;
  readonly #lengths: Float64Array;
  readonly #customs: (JsonObject | undefined)[] = [];
  /** The rows in the order of their digests. */
  readonly #byDigest: Uint32Array;

  /** @param targets - those without a SHA-256 are left out: no image can be named by them */
  constructor(targets: ReadonlyMap<string, TargetFile>) {
    this.#digests = Buffer.alloc(targets.size * WIDTH);
    this.#lengths = new Float64Array(targets.size);
    const shared = new Map<string, JsonObject>();
    for (const [path, { hashes, length, custom }] of targets) {
      const hex = hashes.get(ALGORITHM);
      if (hex === undefined) continue;
      const row = this.#paths.push(path) - 1;
      this.#rows.set(path, row);
      this.#digests.write(hex, row * WIDTH, 'hex');
      this.#lengths[row] = length;
      this.#customs.push(custom && share(shared, custom));
    }
    this.#byDigest = Uint32Array.from(this.#paths.keys()).sort((a, b) => this.#compare(a, this.#digests, b));
  }

  get size(): number {
    return this.#paths.length;
  }

  get(path: string): TargetRow | undefined {
    const row = this.#rows.get(path);
    if (row === undefined) return undefined;
    return { digest: this.#digest(row), length: this.#lengths[row] ?? 0, custom: this.#customs[row] };
  }

  /** The paths of all targets with this digest, in no order. */
  pathsOf(digest: Digest): string[] {
    const wanted = Buffer.from(digest.slice(ALGORITHM.length + 1), 'hex');
    let low = 0;
    let high = this.#byDigest.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if (this.#compare(this.#byDigest[middle] ?? 0, wanted, 0) < 0) low = middle + 1;
      else high = middle;
    }
    const found: string[] = [];
    for (let at = low; at < this.#byDigest.length; at++) {
      const row = this.#byDigest[at] ?? 0;
      if (this.#compare(row, wanted, 0) !== 0) break;
      found.push(this.#paths[row] ?? '');
    }
    return found;
  }

  /** Every path with its digest. */
  *entries(): Generator<readonly [path: string, digest: Digest]> {
    for (const [row, path] of this.#paths.entries()) yield [path, this.#digest(row)];
  }

  #digest(row: number): Digest {
    return parseDigest(`${ALGORITHM}:${this.#digests.toString('hex', row * WIDTH, (row + 1) * WIDTH)}`);
  }

  /** The digest of `row` against the one at `other` of `digests`. */
  #compare(row: number, digests: Buffer, other: number): number {
    return this.#digests.compare(digests, other * WIDTH, (other + 1) * WIDTH, row * WIDTH, (row + 1) * WIDTH);
  }
}

function share(known: Map<string, JsonObject>, custom: JsonObject): JsonObject {
  const text = JSON.stringify(custom);
  const before = known.get(text);
  if (before) return before;
  known.set(text, custom);
  return custom;
}
