import { WritError } from '../errors.js';

/** RFC 3986 §2.1: everything but unreserved characters is percent-encoded, `/` included. */
export function encodeComponent(text: string): string {
  requireWellFormed(text);
  return encodeURIComponent(text).replace(
    /[!'()*]/g,
    char => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
}

function requireWellFormed(text: string): void {
  if (!text.isWellFormed()) throw new WritError('FETCH_PATH', 'a name holds half of a surrogate pair');
}

/**
 * The components of a target path, each fit to be one name in a URL or a folder.
 *
 * @param path - components separated by `/`
 * @throws WritError FETCH_PATH for an empty component, `.`, `..`, or a NUL: what would lead out of the folder
 */
export function targetComponents(path: string): string[] {
  requireWellFormed(path);
  const components = path.split('/');
  for (const component of components) {
    if (component === '' || component === '.' || component === '..' || component.includes('\0')) {
      throw new WritError('FETCH_PATH', `the target path ${JSON.stringify(path)} leads out of its folder`);
    }
  }
  return components;
}

/** The file of one metadata document as a single name: `5.a%2Fb.json` for version 5 of the role `a/b`. */
export const metadataFile = (name: string): string => encodeComponent(name);
