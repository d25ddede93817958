/** What clients ask a token endpoint for. distribution.github.io, "Token Authentication Specification" and "OAuth2". */
import { WritError } from '../errors.js';
import type { ResourceActions } from './scope.js';

const MAX_SCOPES = 100;
const MAX_SCOPE = 512;
/** A class, `repository(plugin)`, is a resource of another type, which no rule is about. */
const TYPE = /^[a-z0-9]+(\([a-z0-9]+\))?$/;
const ACTION = /^([a-z]{1,32}|\*)$/;

/**
 * The resources of all scopes of a request; each scope parameter may hold several, separated by spaces. Names may hold
 * colons: `repository:localhost:5000/app:push,pull`.
 *
 * @throws WritError ACCESS_REQUEST
 */
export function readScopes(parameters: readonly string[]): ResourceActions[] {
  const scopes = parameters.flatMap(text => text.split(' ')).filter(text => text !== '');
  if (scopes.length > MAX_SCOPES) throw new WritError('ACCESS_REQUEST', `more than ${MAX_SCOPES} scopes`);
  return scopes.map(readScope);
}

function readScope(text: string): ResourceActions {
  const first = text.indexOf(':');
  const last = text.lastIndexOf(':');
  const type = text.slice(0, Math.max(first, 0));
  const name = text.slice(first + 1, last);
  const actions = text
    .slice(last + 1)
    .split(',')
    .filter(action => action !== '');
  if (
    first === last ||
    text.length > MAX_SCOPE ||
    !TYPE.test(type) ||
    !actions.every(one => ACTION.test(one))
  )
    throw new WritError('ACCESS_REQUEST', 'a scope is not TYPE:NAME:ACTION,ACTION');
  return { type, name, actions: [...new Set(actions)] };
}

export interface Password {
  readonly name: string;
  readonly password: string;
}

/**
 * What stands in `Authorization: Basic`, RFC 7617; undefined without such a header.
 *
 * @throws WritError ACCESS_REQUEST
 */
export function readBasic(header: string | undefined): Password | undefined {
  const encoded = /^Basic +([A-Za-z0-9+/]+=*)$/i.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const [, name, password] = /^([^:]*):(.*)$/s.exec(Buffer.from(encoded, 'base64').toString('utf8')) ?? [];
  if (name === undefined || password === undefined)
    throw new WritError('ACCESS_REQUEST', 'the credentials hold no password');
  return { name, password };
}
