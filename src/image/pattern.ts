import { WritError } from '../errors.js';
import { GRAMMAR, isDomain, MAX_REFERENCE, splitDomain } from './grammar.js';
import { quote } from '../json/quote.js';
import { ANY_DEPTH, matchComponents, matchText } from './wildcard.js';

/** What a pattern needs of a reference. */
export interface ImageName {
  readonly domain: string;
  readonly path: string;
}

/**
 * A pattern of image repositories: a host, then path components.
 * `*` stands for any characters (also none) within one component of the path, or one label of the host;
 * `**` stands for one or more whole components of the path. The pattern `**` alone is every image.
 * Tags and digests are not part of it.
 */
export interface ImagePattern {
  /** The pattern as written. */
  readonly text: string;
  /**
   * How exact the pattern is; compare with {@link compareSpecificity}: an exact host, literal components,
   * literal characters, fewer `**`.
   */
  readonly specificity: readonly [number, number, number, number];
  matches(image: ImageName): boolean;
}

const MAX_WILDCARDS = 16;

/**
 * Parse a pattern such as `registry.example/team/**`. A pattern without a host means docker.io, by the same rule as
 * a reference without one; the host is compared as a host, never as a part of the path.
 *
 * @throws WritError IMAGE_PATTERN
 */
export function parseImagePattern(text: string): ImagePattern {
  if (text === ANY_DEPTH) return { text, specificity: [0, 0, 0, -1], matches: () => true };
  if (text.length > MAX_REFERENCE) throw fault(text, `is longer than ${MAX_REFERENCE} characters`);
  if (text.split('*').length - 1 > MAX_WILDCARDS) throw fault(text, `has more than ${MAX_WILDCARDS} stars`);
  const first = text.split('/', 1)[0] ?? '';
  if (first.includes('*') && !/[.:]/.test(first)) {
    throw fault(text, 'begins with a wildcard that could be a host or a path: name the host');
  }
  const { domain, path } = splitDomain(text);
  checkHost(text, domain);
  const components = path.split('/');
  for (const component of components) checkComponent(text, component);
  return {
    text,
    specificity: specificityOf(domain, components),
    matches: image => matchHost(domain, image.domain) && matchComponents(components, image.path.split('/')),
  };
}

/** Greater than zero iff `a` is more specific than `b`; zero iff neither is. */
export function compareSpecificity(a: ImagePattern, b: ImagePattern): number {
  const differing = a.specificity.findIndex((value, i) => value !== b.specificity[i]);
  return differing === -1 ? 0 : (a.specificity[differing] ?? 0) - (b.specificity[differing] ?? 0);
}

/** A pattern is well-formed iff it becomes a well-formed name once each star stands for a letter. */
function checkHost(text: string, domain: string): void {
  if (domain.includes(ANY_DEPTH) || !isDomain(domain.replaceAll('*', 'x'))) {
    throw fault(text, `has the malformed host ${quote(domain)}`);
  }
}

function checkComponent(text: string, component: string): void {
  if (component === ANY_DEPTH) return;
  const filled = component.replaceAll('*', 'x');
  if (component.includes(ANY_DEPTH) || filled.includes('/') || !GRAMMAR.path.test(filled)) {
    throw fault(text, `has the malformed component ${quote(component)}`);
  }
}

function fault(text: string, what: string): WritError {
  return new WritError('IMAGE_PATTERN', `the image pattern ${quote(text)} ${what}`);
}

function specificityOf(domain: string, components: readonly string[]): [number, number, number, number] {
  const literal = components.filter(component => !component.includes('*')).length;
  const characters = [domain, ...components].join('').replaceAll('*', '').length;
  const depth = components.filter(component => component === ANY_DEPTH).length;
  return [domain.includes('*') ? 0 : 1, literal, characters, -depth];
}

/** Label by label, so that a star never reaches over a dot or into the port. */
function matchHost(pattern: string, domain: string): boolean {
  const wanted = pattern.split(/([.:])/);
  const labels = domain.split(/([.:])/);
  return wanted.length === labels.length && wanted.every((part, i) => matchText(part, labels[i] ?? ''));
}
