import { sha256Hex } from '../crypto/digest.js';
import { WritError } from '../errors.js';
import { isDigest, parseDigest, type Digest } from '../image/digest.js';
import type { ImageReference } from '../image/reference.js';
import { parseStrict } from '../json/strict.js';
import { isJsonObject, member } from '../json/types.js';
import { answerChallenge } from './auth.js';
import { MANIFEST_TYPES } from './media-types.js';
import type { RegistryOptions, ResolvedManifest } from './types.js';

/** The most bytes of a manifest or index: what publishing accepts. */
export const MAX_MANIFEST = 4 * 1024 * 1024;

/** A repository in a registry; an ImageReference is one. */
export interface RegistryRepository {
  readonly domain: string;
  readonly path: string;
}

type Answer = Awaited<ReturnType<RegistryOptions['http']>>;

/**
 * Reads from an OCI registry. Whatever it says, bytes are returned only under the digest that they have.
 * https://github.com/opencontainers/distribution-spec/blob/v1.1.1/spec.md#pull
 *
 * Every method throws what the HTTP client throws (FETCH_TOO_LARGE above the bound), and WritError
 * REGISTRY_NOT_FOUND, REGISTRY_DENIED, REGISTRY_ANSWER, REGISTRY_DIGEST.
 */
export class RegistryClient {
  readonly #options: RegistryOptions;
  /** Authorization headers by host and scope. */
  readonly #authorizations = new Map<string, string>();

  constructor(options: RegistryOptions) {
    this.#options = options;
  }

  /** The manifest or index that a reference names now, by its digest if it has one, else by its tag. */
  async resolve(reference: ImageReference): Promise<ResolvedManifest> {
    if (reference.digest !== undefined) return this.getManifest(reference, reference.digest);
    const what = reference.toString();
    const answer = await this.#get(reference, `manifests/${reference.tag ?? 'latest'}`, MAX_MANIFEST, what);
    const digest = digestOf(answer.body);
    const claimed = answer.headers.get('docker-content-digest');
    if (claimed !== undefined && claimed !== digest && isDigest(claimed)) throw lied(what, claimed, digest);
    return toManifest(answer, digest, what);
  }

  /** One manifest or index by digest, such as a child of an index. At most 4 MiB. */
  async getManifest(repository: RegistryRepository, digest: Digest): Promise<ResolvedManifest> {
    const what = `${repository.domain}/${repository.path}@${digest}`;
    const answer = await this.#get(repository, `manifests/${digest}`, MAX_MANIFEST, what);
    return toManifest(answer, checkDigest(answer.body, digest, what), what);
  }

  /** One blob by digest, such as the config of an image. At most `maxBlobBytes`. */
  async getBlob(repository: RegistryRepository, digest: Digest): Promise<Uint8Array> {
    const what = `${repository.domain}/${repository.path}@${digest}`;
    const limit = this.#options.maxBlobBytes ?? MAX_MANIFEST;
    const { body } = await this.#get(repository, `blobs/${digest}`, limit, what);
    checkDigest(body, digest, what);
    return body;
  }

  async #get(repository: RegistryRepository, file: string, maxBytes: number, what: string): Promise<Answer> {
    const url = `${this.#base(repository.domain)}/v2/${repository.path}/${file}`;
    const key = `${repository.domain} ${repository.path}`;
    const first = await this.#send(url, maxBytes, this.#authorizations.get(key));
    if (first.status !== 401) return checkStatus(first, what);
    const authorization = await this.#authorize(repository, first);
    const second = await this.#send(url, maxBytes, authorization);
    if (second.status !== 401) this.#authorizations.set(key, authorization);
    return checkStatus(second, what);
  }

  #send(url: string, maxBytes: number, authorization: string | undefined): Promise<Answer> {
    return this.#options.http({
      url,
      maxBytes,
      headers: {
        accept: [...MANIFEST_TYPES].join(', '),
        ...(authorization === undefined ? {} : { authorization }),
      },
    });
  }

  async #authorize({ domain, path }: RegistryRepository, answer: Answer): Promise<string> {
    const { http, credentials, plainHttp = false } = this.#options;
    return answerChallenge(answer.headers.get('www-authenticate'), {
      http,
      host: domain,
      scope: `repository:${path}:pull`,
      credentials: await credentials?.(domain),
      plainHttp,
    });
  }

  #base(domain: string): string {
    const host = domain === 'docker.io' ? 'registry-1.docker.io' : domain;
    return `${this.#options.plainHttp === true ? 'http' : 'https'}://${host}`;
  }
}

const digestOf = (bytes: Uint8Array): Digest => parseDigest(`sha256:${sha256Hex(bytes)}`);

function checkDigest(bytes: Uint8Array, expected: Digest, what: string): Digest {
  const actual = digestOf(bytes);
  if (actual !== expected) throw lied(what, expected, actual);
  return actual;
}

function lied(what: string, expected: string, actual: string): WritError {
  return new WritError('REGISTRY_DIGEST', `the registry serves other bytes for ${what}: they are ${actual}`, {
    details: { expected, actual },
  });
}

function checkStatus(answer: Answer, what: string): Answer {
  switch (answer.status) {
    case 200:
      return answer;
    case 404:
      throw new WritError('REGISTRY_NOT_FOUND', `the registry has no ${what}`);
    case 401:
    case 403:
      throw new WritError('REGISTRY_DENIED', `the registry does not let this caller read ${what}`);
    default:
      throw new WritError(
        'REGISTRY_ANSWER',
        `the registry answered with status ${answer.status} for ${what}`,
        {
          details: { status: answer.status },
        },
      );
  }
}

/** The media type is that of the header, and must be that of the document too when it names one. */
function toManifest(answer: Answer, digest: Digest, what: string): ResolvedManifest {
  const mediaType = (answer.headers.get('content-type') ?? '').split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!MANIFEST_TYPES.has(mediaType)) {
    throw new WritError('REGISTRY_ANSWER', `${what} is neither a manifest nor an index that can be signed`, {
      details: { mediaType: mediaType.slice(0, 200) },
    });
  }
  const document = parseStrict(answer.body, { maxBytes: MAX_MANIFEST, numbers: 'any' });
  const named = isJsonObject(document) ? member(document, 'mediaType') : null;
  if (named !== undefined && named !== mediaType) {
    throw new WritError('REGISTRY_ANSWER', `${what} is served as another media type than it says it is`);
  }
  return { digest, mediaType, bytes: answer.body, size: answer.body.length };
}
