/** What Docker's tokens allow: actions on named resources. distribution.github.io, "Docker Registry Token Authentication". */
import { WritError } from '../errors.js';
import { asArray, asObject, stringAt, stringsAt } from '../json/read.js';
import type { JsonObject, JsonValue } from '../json/types.js';

/** Actions on one resource: an entry of the claim `access`, or what a request needs. */
export interface ResourceActions {
  /** `repository` or `registry`. */
  readonly type: string;
  readonly name: string;
  /** `pull`, `push`, `*`; of what is granted, `*` stands for all. */
  readonly actions: readonly string[];
}

/** What the whole service needs a token for: its ping, and the feed of all changes. */
export const CATALOG: ResourceActions = { type: 'registry', name: 'catalog', actions: ['*'] };

/** More than a token of 16 KiB can hold in earnest. */
const MAX_ENTRIES = 1_000;

/** True iff every action that is needed was granted on exactly that resource. */
export function allows(granted: readonly ResourceActions[], needed: ResourceActions): boolean {
  const actions = granted
    .filter(({ type, name }) => type === needed.type && name === needed.name)
    .flatMap(entry => entry.actions);
  return actions.includes('*') || needed.actions.every(action => actions.includes(action));
}

/** As challenges and requests for tokens write it: `repository:NAME:push,pull`. */
export const formatScope = ({ type, name, actions }: ResourceActions): string =>
  `${type}:${name}:${actions.join(',')}`;

/**
 * The claim `access` of a token. None allows nothing, as does null, which Go writes for it.
 *
 * @throws WritError TOKEN_INVALID
 */
export function readAccess(claims: JsonObject): ResourceActions[] {
  const access = claims['access'] ?? [];
  const entries = asArray(access, 'token.access');
  if (entries.length > MAX_ENTRIES)
    throw new WritError('TOKEN_INVALID', 'the token names too many resources');
  return entries.map(readEntry);
}

function readEntry(value: JsonValue, index: number): ResourceActions {
  const path = `token.access[${index}]`;
  const entry = asObject(value, path);
  const actions = entry['actions'] === null ? [] : stringsAt(entry, 'actions', path);
  return { type: stringAt(entry, 'type', path), name: stringAt(entry, 'name', path), actions };
}
