/** Names on the Notary v1 wire: repositories (GUNs) and roles. theupdateframework/notary, tuf/data/roles.go. */
import { WritError } from '../../errors.js';
import { quote } from '../../json/quote.js';
import { parseRoleName, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, type RoleName } from '../role-name.js';

declare const brand: unique symbol;
/** A globally unique name: any text without `*`, by convention the name of an image repository. */
export type Gun = string & { readonly [brand]: 'Gun' };

/** What notary-server's database takes. */
const MAX_GUN = 255;
const GUN = /^[^*\p{Cc}]+$/u;
const DELEGATION = /^[-a-z0-9_/]+$/;
const MAX_ROLE = 255;

const isGun = (text: string): text is Gun => text.length <= MAX_GUN && GUN.test(text) && text.isWellFormed();

/** @throws WritError NOTARY_GUN */
export function parseGun(text: string): Gun {
  if (isGun(text)) return text;
  throw new WritError(
    'NOTARY_GUN',
    `a repository's name has 1 to ${MAX_GUN} characters, no * and no control characters; ${quote(text)} has not`,
  );
}

/**
 * A role that Notary has: one of the four, or a delegation below `targets/` in lower case.
 *
 * @throws WritError NOTARY_ROLE
 */
export function parseNotaryRole(text: string): RoleName {
  const isTopLevel = [ROOT, TARGETS, SNAPSHOT, TIMESTAMP].some(role => role === text);
  if (isTopLevel || isDelegation(text)) return parseRoleName(text);
  throw new WritError('NOTARY_ROLE', `Notary has no role ${quote(text)}`, {
    details: { role: text.slice(0, 256) },
  });
}

/** Whether `text` names a delegation: at most 255 characters, clean, so that its parent is what stands before the last slash. */
export function isDelegation(text: string): boolean {
  if (text.length > MAX_ROLE || !DELEGATION.test(text) || !text.startsWith('targets/')) return false;
  return text.split('/').every(component => component !== '');
}

/** The role that delegates to `role`; undefined for a top-level one. */
export function parentOf(role: RoleName): RoleName | undefined {
  const slash = role.lastIndexOf('/');
  return slash === -1 ? undefined : parseRoleName(role.slice(0, slash));
}

/** From `targets` down to the parent of `role`. */
export function ancestorsOf(role: RoleName): RoleName[] {
  const parent = parentOf(role);
  return parent === undefined ? [] : [...ancestorsOf(parent), parent];
}

/** Parents before children, else by name. */
export const shallowFirst = (a: RoleName, b: RoleName): number =>
  a.split('/').length - b.split('/').length || (a < b ? -1 : 1);
