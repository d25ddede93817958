import { WritError } from '../errors.js';
import { parseDigest, type Digest } from './digest.js';
import {
  DEFAULT_TAG,
  GRAMMAR,
  isDomain,
  MAX_DOMAIN,
  MAX_PATH,
  MAX_REFERENCE,
  splitDomain,
} from './grammar.js';
import { quote } from '../json/quote.js';

/** What {@link parseImageReference} made of a text. Only this file can make one. */
class ImageReference {
  /** Nominal: an object of the same shape is not an ImageReference. */
  readonly #parsed = true;
  /** The registry, as written: `docker.io`, `registry.example:5000`, `localhost`. */
  readonly domain: string;
  /** The repository inside the registry: `library/nginx`. */
  readonly path: string;
  /** The tag that selects the image; undefined when a digest does. */
  readonly tag: string | undefined;
  readonly digest: Digest | undefined;
  /** The tag as written, also beside a digest, for policies that require that it still names the digest. */
  readonly writtenTag: string | undefined;

  constructor(domain: string, path: string, writtenTag: string | undefined, digest: Digest | undefined) {
    this.domain = domain;
    this.path = path;
    this.writtenTag = writtenTag;
    this.digest = digest;
    this.tag = digest === undefined ? (writtenTag ?? DEFAULT_TAG) : undefined;
    Object.freeze(this);
  }

  /** `docker.io/library/nginx`: domain and path, neither tag nor digest. */
  get repository(): string {
    return `${this.domain}/${this.path}`;
  }

  /** The same repository, pinned to `digest`. */
  withDigest(digest: Digest): ImageReference {
    return new ImageReference(this.domain, this.path, undefined, digest);
  }

  /** The canonical form: `repository@digest` when there is a digest, else `repository:tag`. */
  toString(): string {
    return this.digest === undefined
      ? `${this.repository}:${this.tag ?? DEFAULT_TAG}`
      : `${this.repository}@${this.digest}`;
  }

  toJSON(): string {
    return this.toString();
  }

  static is(value: unknown): value is ImageReference {
    return typeof value === 'object' && value !== null && #parsed in value;
  }
}

export type { ImageReference };

/** True iff `value` came from {@link parseImageReference}. */
export const isImageReference = (value: unknown): value is ImageReference => ImageReference.is(value);

/**
 * Parse an image reference as distribution/reference's ParseDockerRef does: docker.io and `library/` are
 * filled in, the tag is `latest` when nothing is written, a digest wins over a tag.
 *
 * @param text - `[host/]path[:tag][@sha256:hex]`, ASCII
 * @throws WritError IMAGE_REFERENCE when the text is none (the message says which part), IMAGE_DIGEST when the
 *   digest is not sha256
 */
export function parseImageReference(text: string): ImageReference {
  if (text.length > MAX_REFERENCE) throw fault(text, `is longer than ${MAX_REFERENCE} characters`);
  if (!/^[\x21-\x7e]*$/.test(text)) {
    throw fault(text, 'holds a space, a control character or a character that is not ASCII');
  }
  if (GRAMMAR.identifier.test(text)) throw fault(text, 'is an image id, not a name');
  const at = text.indexOf('@');
  const tagged = at === -1 ? text : text.slice(0, at);
  const { name, tag } = splitTag(tagged);
  const { domain, path } = splitDomain(name);
  checkName(text, domain, path);
  if (tag !== undefined && !GRAMMAR.tag.test(tag)) throw fault(text, `has the malformed tag ${quote(tag)}`);
  return new ImageReference(domain, path, tag, at === -1 ? undefined : parseDigest(text.slice(at + 1)));
}

/** A `:` after the last `/` separates the tag; one before it belongs to the port of the host. */
function splitTag(text: string): { name: string; tag: string | undefined } {
  const colon = text.lastIndexOf(':');
  if (colon <= text.lastIndexOf('/')) return { name: text, tag: undefined };
  return { name: text.slice(0, colon), tag: text.slice(colon + 1) };
}

function checkName(text: string, domain: string, path: string): void {
  if (domain.length > MAX_DOMAIN) throw fault(text, `has a host longer than ${MAX_DOMAIN} characters`);
  if (!isDomain(domain)) throw fault(text, `has the malformed host ${quote(domain)}`);
  if (path.length > MAX_PATH) throw fault(text, `has a path longer than ${MAX_PATH} characters`);
  if (/[A-Z]/.test(path)) throw fault(text, `has upper-case letters in the path ${quote(path)}`);
  if (!GRAMMAR.path.test(path)) throw fault(text, `has the malformed path ${quote(path)}`);
}

function fault(text: string, what: string): WritError {
  return new WritError('IMAGE_REFERENCE', `the image reference ${quote(text)} ${what}`);
}
