/**
 * The grammar of image references, one table of expressions built from smaller ones.
 * https://github.com/distribution/reference (reference.go, "Grammar")
 */
const alphanumeric = '[a-z0-9]+';
const separator = '(?:[._]|__|-+)';
const component = `${alphanumeric}(?:${separator}${alphanumeric})*`;
const hostLabel = '(?:[a-zA-Z0-9]|[a-zA-Z0-9][a-zA-Z0-9-]*[a-zA-Z0-9])';
const hostName = `${hostLabel}(?:\\.${hostLabel})*`;
const ipv6 = '\\[[a-fA-F0-9:]+\\]';
const port = ':[0-9]+';

const whole = (expression: string): RegExp => new RegExp(`^${expression}$`);

/** Each production that the parsers use, anchored at both ends. ASCII only: nothing else can match. */
export const GRAMMAR = {
  domain: whole(`(?:${hostName}|${ipv6})(?:${port})?`),
  path: whole(`${component}(?:/${component})*`),
  tag: whole('[A-Za-z0-9_][A-Za-z0-9_.-]{0,127}'),
  /** 64 hex digits alone are an image id, never a name. */
  identifier: whole('[a-f0-9]{64}'),
} as const;

const DEFAULT_DOMAIN = 'docker.io';
const LEGACY_DEFAULT_DOMAIN = 'index.docker.io';
const OFFICIAL_PREFIX = 'library/';
export const DEFAULT_TAG = 'latest';

/** The most characters of a path: RepositoryNameTotalLengthMax of distribution/reference. */
export const MAX_PATH = 255;
/** The most characters of a DNS name (RFC 1035 §2.3.4) and a port. */
export const MAX_DOMAIN = 253 + 6;
/** Domain, path, tag of 128, digest of 71 and what separates them: nothing longer can be a reference. */
export const MAX_REFERENCE = MAX_DOMAIN + 1 + MAX_PATH + 1 + 128 + 1 + 71;

/** True iff `domain` is a host with, or without, a port from 1 to 65535. */
export function isDomain(domain: string): boolean {
  const written = /:([0-9]+)$/.exec(domain)?.[1];
  if (written !== undefined && (Number(written) < 1 || Number(written) > 65_535)) return false;
  return GRAMMAR.domain.test(domain);
}

/**
 * True iff the first component of a name is a host and not a part of the path: it has a `.` or a `:`,
 * is `localhost`, or has an upper-case letter.
 */
export function isHost(first: string): boolean {
  return first === 'localhost' || /[.:A-Z]/.test(first);
}

/**
 * Splits a name into host and rest as Docker does: no host means docker.io, and docker.io alone
 * gets `library/` before a single component.
 *
 * @param name - what stands before tag and digest
 */
export function splitDomain(name: string): { domain: string; path: string } {
  const slash = name.indexOf('/');
  const first = name.slice(0, Math.max(slash, 0));
  if (!isHost(first)) return official(DEFAULT_DOMAIN, name);
  return official(first === LEGACY_DEFAULT_DOMAIN ? DEFAULT_DOMAIN : first, name.slice(slash + 1));
}

function official(domain: string, path: string): { domain: string; path: string } {
  const single = domain === DEFAULT_DOMAIN && !path.includes('/');
  return { domain, path: single ? OFFICIAL_PREFIX + path : path };
}
