/** One challenge of WWW-Authenticate (RFC 9110 §11.6.1): its scheme in lower case, and its parameters. */
export interface Challenge {
  readonly scheme: string;
  readonly parameters: ReadonlyMap<string, string>;
}

const MAX_HEADER = 4096;
const START = /^[\s,]*([A-Za-z0-9-]+)(?:\s+|$)/;
const PARAMETER = /^[\s,]*([A-Za-z0-9_-]+)\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^\s,"]+))/;

/**
 * The first challenge of the header: what a registry sends. A malformed rest is ignored.
 *
 * @returns undefined when the header is none, or longer than 4,096 characters
 */
export function parseChallenge(header: string): Challenge | undefined {
  if (header.length > MAX_HEADER) return undefined;
  const start = START.exec(header);
  if (start?.[1] === undefined) return undefined;
  const parameters = new Map<string, string>();
  let rest = header.slice(start[0].length);
  for (let found = PARAMETER.exec(rest); found !== null; found = PARAMETER.exec(rest)) {
    const [all, name = '', quoted, bare] = found;
    parameters.set(name.toLowerCase(), quoted?.replace(/\\(.)/g, '$1') ?? bare ?? '');
    rest = rest.slice(all.length);
  }
  return { scheme: start[1].toLowerCase(), parameters };
}
