/** Paths as they came: split first, decoded once, so that no encoding moves a component somewhere else. */
import { WritError } from '../errors.js';

export interface PathOptions {
  /** Index of the one component that may hold encoded slashes and dots: the file of a role. */
  readonly nameAt?: number;
}

/**
 * The components of a request's path, each percent-decoded once; the query is cut off.
 *
 * @param url - the request target as it was sent: `/tuf/example/metadata/1.root.json`
 * @throws WritError SERVER_PATH for `.`, `..` and empty components, NUL, an encoded slash or backslash outside of a
 *   role's name, malformed encoding, and targets that are no path
 */
export function rawComponents(url: string, options: PathOptions = {}): string[] {
  if (!url.startsWith('/')) throw malformed('is not a path');
  const [path = ''] = url.split('?', 1);
  return path
    .slice(1)
    .split('/')
    .map((component, i) => decodeOnce(component, i === options.nameAt));
}

function decodeOnce(component: string, isName: boolean): string {
  const text = percentDecode(component);
  if (text === '' || text === '.' || text === '..') throw malformed('has an empty or dot component');
  if (text.includes('\0')) throw malformed('holds a NUL');
  if (!isName && /[/\\]/.test(text)) throw malformed('holds an encoded slash');
  return text;
}

function percentDecode(component: string): string {
  try {
    return decodeURIComponent(component);
  } catch (cause) {
    throw new WritError('SERVER_PATH', 'the path of the request is not well-formed', { cause });
  }
}

const malformed = (how: string): WritError => new WritError('SERVER_PATH', `the path of the request ${how}`);
