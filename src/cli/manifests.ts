/** The bytes that are signed: a manifest or index, and the manifests inside of it. */
import { sha256Hex } from '../crypto/digest.js';
import { isWritError, WritError } from '../errors.js';
import { isDigest, parseDigest, type Digest } from '../image/digest.js';
import type { ImageReference } from '../image/reference.js';
import { parseStrict } from '../json/strict.js';
import { isJsonObject, member, type JsonValue } from '../json/types.js';
import { MAX_MANIFEST, RegistryClient } from '../registry/client.js';
import { dockerCredentials } from '../registry/credentials.js';
import { httpRequest } from '../transport/http.js';
import type { Context } from './command.js';
import { fileName, readInput } from './files.js';

export interface ManifestSet {
  readonly digest: Digest;
  /** What is signed. */
  readonly bytes: Uint8Array;
  /** The manifests that it lists, without itself, each once. */
  readonly children: readonly Uint8Array[];
}

/** Indexes in indexes, and manifests in all: what the service looks into. */
const MAX_NESTING = 4;
const MAX_CHILDREN = 255;

/**
 * The manifest in `files`: the first is what is signed, the others are manifests that it lists.
 *
 * @throws WritError CLI_FILE for a file that is no manifest, or not the one that the reference names
 */
export async function manifestFromFiles(
  context: Context,
  reference: ImageReference,
  files: readonly string[],
): Promise<ManifestSet> {
  const [bytes, ...children] = await Promise.all(files.map(file => readManifest(context, file)));
  if (bytes === undefined) throw new WritError('USAGE', '--manifest names no file');
  const digest = digestOf(bytes);
  if (reference.digest !== undefined && reference.digest !== digest) {
    throw new WritError('CLI_FILE', `${files[0] ?? ''} has the digest ${digest}, not ${reference.digest}`, {
      hint: 'name the digest of that file, or none',
    });
  }
  return { digest, bytes, children };
}

async function readManifest({ io }: Context, file: string): Promise<Uint8Array> {
  const bytes = await readInput(file, MAX_MANIFEST, io.stdin);
  try {
    if (isJsonObject(parseStrict(bytes, { maxBytes: MAX_MANIFEST, numbers: 'any' }))) return bytes;
  } catch (cause) {
    throw noManifest(file, 'it is not JSON', cause);
  }
  throw noManifest(file, 'it is not a JSON object');
}

const noManifest = (file: string, why: string, cause?: unknown): WritError =>
  new WritError('CLI_FILE', `${fileName(file)} is no image manifest or index: ${why}`, {
    cause,
    hint: 'give the bytes that the registry serves, such as `skopeo inspect --raw` prints them',
  });

/**
 * What the registry has under a reference now, and the manifests inside of it. Children that the registry does not have
 * (a partial mirror) are left out: an image is then not found by them.
 *
 * @throws WritError REGISTRY_*, FETCH_*
 */
export async function manifestFromRegistry(
  context: Context,
  reference: ImageReference,
  plainHttp: boolean,
): Promise<ManifestSet> {
  const registry = new RegistryClient({
    http: httpRequest,
    credentials: dockerCredentials(context.io.env),
    plainHttp,
  });
  const { digest, bytes } = await registry.resolve(reference);
  const children = new Map<Digest, Uint8Array>();
  let level: Uint8Array[] = [bytes];
  for (let depth = 0; depth < MAX_NESTING && level.length > 0; depth++) {
    const wanted = level.flatMap(listedIn).filter(child => child !== digest && !children.has(child));
    level = [];
    for (const child of new Set(wanted)) {
      if (children.size >= MAX_CHILDREN)
        throw new WritError('REGISTRY_ANSWER', `${reference.toString()} lists too many manifests`);
      const found = await fetchChild(context, registry, reference, child);
      if (found === undefined) continue;
      children.set(child, found);
      level.push(found);
    }
  }
  return { digest, bytes, children: [...children.values()] };
}

async function fetchChild(
  { out }: Context,
  registry: RegistryClient,
  reference: ImageReference,
  child: Digest,
): Promise<Uint8Array | undefined> {
  try {
    return (await registry.getManifest(reference, child)).bytes;
  } catch (error) {
    if (!isWritError(error, 'REGISTRY_NOT_FOUND')) throw error;
    out.warn(`the registry lacks ${child}, which the index lists: the image will not be found by it`);
    return undefined;
  }
}

/** The digests of the manifests that an index lists; none for a manifest. */
function listedIn(bytes: Uint8Array): Digest[] {
  const json = parseStrict(bytes, { maxBytes: MAX_MANIFEST, numbers: 'any' });
  const manifests = isJsonObject(json) ? member(json, 'manifests') : undefined;
  if (!Array.isArray(manifests)) return [];
  return (manifests as readonly JsonValue[]).filter(isJsonObject).flatMap(descriptor => {
    const digest = member(descriptor, 'digest');
    return typeof digest === 'string' && isDigest(digest) ? [digest] : [];
  });
}

const digestOf = (bytes: Uint8Array): Digest => parseDigest(`sha256:${sha256Hex(bytes)}`);
