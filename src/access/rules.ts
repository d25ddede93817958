/** Rules by repository: who may do what on names that a pattern matches. */
import type { AccessGrant, ClaimRule } from '../config/types.js';
import { ANY_DEPTH, matchComponents, matchText } from '../image/wildcard.js';
import type { JsonObject } from '../json/types.js';
import { CATALOG, type ResourceActions } from './scope.js';

/** Who was found out to ask, and what they may. */
export interface Holder {
  /** Empty for nobody. */
  readonly subject: string;
  readonly grants: readonly AccessGrant[];
}

/** `*` allows what there is no name for here, too: registries have `delete`. */
const ALL = '*';

/**
 * What is granted of what was asked for: each resource with the actions that are allowed on it, and none without any.
 *
 * @param asked - names are taken as they are: a star in one is no pattern
 */
export function grantedOf(
  grants: readonly AccessGrant[],
  asked: readonly ResourceActions[],
): ResourceActions[] {
  return asked
    .map(({ type, name, actions }) => {
      const allowed = allowedOn(grants, type, name);
      const kept = allowed.has(ALL) ? actions : actions.filter(action => allowed.has(action));
      return { type, name, actions: kept };
    })
    .filter(({ actions }) => actions.length > 0);
}

/** The whole catalogue is for those who may do all on all repositories. */
function allowedOn(grants: readonly AccessGrant[], type: string, name: string): ReadonlySet<string> {
  if (type === CATALOG.type && name === CATALOG.name) {
    const isAll = ({ repositories, allow }: AccessGrant): boolean =>
      repositories.includes(ANY_DEPTH) && allow.includes(ALL);
    return new Set(grants.some(isAll) ? [ALL] : []);
  }
  if (type !== 'repository' || name.includes('*')) return new Set();
  const path = name.split('/');
  const matching = grants.filter(({ repositories }) =>
    repositories.some(pattern => matchComponents(pattern.split('/'), path)),
  );
  return new Set(matching.flatMap(({ allow }) => allow));
}

/** Whether a token's claims are as a rule wants them: each there, as text, number or truth value. */
export function meetsClaims({ claims }: ClaimRule, given: JsonObject): boolean {
  return [...claims].every(([name, pattern]) => {
    const value = Object.hasOwn(given, name) ? given[name] : undefined;
    const isPlain = typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
    return isPlain && matchText(pattern, String(value));
  });
}
