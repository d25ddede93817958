/**
 * What is inside the signed images: an index names manifests, a manifest its configuration. Hashes alone prove it, so
 * a runtime that knows only the image id finds the signed target.
 */
import { sha256Hex } from '../crypto/digest.js';
import { WritError } from '../errors.js';
import { isDigest, type Digest } from '../image/digest.js';
import { parseStrict } from '../json/strict.js';
import { isJsonObject, member, type JsonValue } from '../json/types.js';

/** Gets the bytes of a manifest by its digest, or null where they are not stored. They are verified here. */
export type ReadContents = (digest: Digest) => Promise<Uint8Array | null>;

/** Bytes of one manifest or index. */
const MAX_MANIFEST = 4 * 1024 * 1024;
/** Manifests of one image, attestations and nested indexes counted. */
const MAX_PARTS = 256;
const PARALLEL = 8;

export class Contents {
  readonly #read: ReadContents;
  /** Image → the digests inside it. */
  #inside = new Map<Digest, readonly Digest[]>();
  #images = new Map<Digest, readonly Digest[]>();

  constructor(read: ReadContents) {
    this.#read = read;
  }

  /**
   * Reads the images that are new, forgets those that are gone. An image whose manifests are not stored, or cannot be
   * read, is known by its own digest alone.
   *
   * @returns true iff an answer of {@link imagesWith} may have changed
   */
  async update(images: ReadonlySet<Digest>): Promise<boolean> {
    const added = [...images].filter(image => !this.#inside.has(image));
    const gone = [...this.#inside.keys()].some(image => !images.has(image));
    if (added.length === 0 && !gone) return false;
    const inside = new Map([...this.#inside].filter(([image]) => images.has(image)));
    const queue = added.values();
    const work = async (): Promise<void> => {
      for (const image of queue) {
        const found = await this.#inspect(image);
        if (found !== undefined) inside.set(image, found);
      }
    };
    await Promise.all(Array.from({ length: PARALLEL }, work));
    this.#inside = inside;
    this.#images = invert(inside);
    return true;
  }

  /** The images that are `digest` or contain it. */
  imagesWith(digest: Digest): readonly Digest[] {
    return [digest, ...(this.#images.get(digest) ?? [])];
  }

  /** Everything inside an image; undefined when its own manifest is not stored, so that it is asked for again. */
  async #inspect(image: Digest): Promise<Digest[] | undefined> {
    const found = new Set<Digest>([image]);
    let parts = 0;
    for (const digest of found) {
      if (++parts > MAX_PARTS) break;
      const named = await this.#namedBy(digest);
      if (named === undefined && digest === image) return undefined;
      for (const one of named ?? []) found.add(one);
    }
    found.delete(image);
    return [...found];
  }

  /** The digests that a stored manifest names; undefined for what is not stored, or is no manifest. */
  async #namedBy(digest: Digest): Promise<Digest[] | undefined> {
    try {
      const bytes = await this.#read(digest);
      if (bytes === null || bytes.length > MAX_MANIFEST || `sha256:${sha256Hex(bytes)}` !== digest)
        return undefined;
      const json = parseStrict(bytes, { maxBytes: MAX_MANIFEST, numbers: 'any' });
      return isJsonObject(json)
        ? [...children(member(json, 'manifests')), ...descriptor(member(json, 'config'))]
        : [];
    } catch (error) {
      // Knowing less refuses more: a lookup by what could not be read finds nothing.
      if (error instanceof WritError) return undefined;
      throw error;
    }
  }
}

const children = (value: JsonValue | undefined): Digest[] =>
  Array.isArray(value) ? (value as readonly JsonValue[]).flatMap(descriptor) : [];

function descriptor(value: JsonValue | undefined): Digest[] {
  const digest = isJsonObject(value) ? member(value, 'digest') : undefined;
  return typeof digest === 'string' && isDigest(digest) ? [digest] : [];
}

function invert(inside: ReadonlyMap<Digest, readonly Digest[]>): Map<Digest, readonly Digest[]> {
  const images = new Map<Digest, Digest[]>();
  for (const [image, digests] of inside) {
    for (const digest of digests) {
      const known = images.get(digest);
      if (known) known.push(image);
      else images.set(digest, [image]);
    }
  }
  return images;
}
