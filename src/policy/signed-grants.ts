/** The grants that ride with a target, in `custom.writ`: `{"v": 1, "catalogue": "1", "grants": {"network": "user"}}`. */
import type { Grants } from '../entitlements/grants.js';
import type { Catalogue } from '../entitlements/model.js';
import { parseGrants } from '../entitlements/parse-grants.js';
import { isWritError, WritError } from '../errors.js';
import { quote } from '../json/quote.js';
import { integerAt, objectAt, stringAt } from '../json/read.js';
import { member, type JsonObject } from '../json/types.js';

const MEMBER = 'writ';
const FORMAT = 1;
const MEMBERS: ReadonlySet<string> = new Set(['v', 'catalogue', 'grants']);

/**
 * The grants of a target.
 *
 * @param custom - the target's `custom`, as signed
 * @returns undefined when it has no member `writ`: unsigned grants, which are not the lowest
 * @throws WritError POLICY_GRANTS for another format, an unknown member, a domain or level that this catalogue does
 *   not have, or grants of another catalogue: they may mean less than what could be read. Grants of the built-in catalogue
 *   mean the same in one that adds domains
 */
export function readSignedGrants(catalogue: Catalogue, custom: JsonObject | undefined): Grants | undefined {
  if (custom === undefined || member(custom, MEMBER) === undefined) return undefined;
  try {
    return read(catalogue, objectAt(custom, MEMBER, 'custom'));
  } catch (error) {
    if (!isWritError(error) || error.code === 'POLICY_GRANTS') throw error;
    throw new WritError('POLICY_GRANTS', `the signed grants cannot be read: ${error.message}`, {
      cause: error,
    });
  }
}

/**
 * The `custom` of a target that carries `grants`; read back by {@link readSignedGrants}. Grants that name no added domain
 * are of the built-in catalogue: everybody can read them, also once other domains were added.
 */
export function writeSignedGrants(grants: Grants): JsonObject {
  const { version, extends: builtIn, added } = grants.catalogue;
  const json = grants.toJson();
  const catalogue = Object.keys(json).some(domain => added.has(domain)) ? version : builtIn;
  return { [MEMBER]: { v: FORMAT, catalogue, grants: json } };
}

/**
 * The `custom` of a target with `grants` in place of those it had; its other members stay.
 *
 * @param grants - undefined: none are signed
 * @returns undefined when nothing is left
 */
export function replaceSignedGrants(
  custom: JsonObject | undefined,
  grants: Grants | undefined,
): JsonObject | undefined {
  const rest = Object.entries(custom ?? {}).filter(([name]) => name !== MEMBER);
  const members = [...rest, ...Object.entries(grants === undefined ? {} : writeSignedGrants(grants))];
  return members.length === 0 ? undefined : Object.fromEntries(members);
}

function read(catalogue: Catalogue, json: JsonObject): Grants {
  const version = integerAt(json, 'v', 'custom.writ');
  if (version !== FORMAT) {
    throw new WritError(
      'POLICY_GRANTS',
      `the signed grants have format ${version}, this release reads ${FORMAT}`,
    );
  }
  const unknown = Object.keys(json).find(key => !MEMBERS.has(key));
  if (unknown !== undefined) {
    throw new WritError('POLICY_GRANTS', `the signed grants have the unknown member ${quote(unknown)}`);
  }
  const signedFor = stringAt(json, 'catalogue', 'custom.writ');
  if (signedFor !== catalogue.version && signedFor !== catalogue.extends) {
    throw new WritError(
      'POLICY_GRANTS',
      `the grants were signed for catalogue ${quote(signedFor)}, this service has ${quote(catalogue.version)}`,
    );
  }
  const grants = objectAt(json, 'grants', 'custom.writ');
  const added = Object.keys(grants).find(name => catalogue.added.has(name));
  if (added !== undefined && signedFor !== catalogue.version) {
    throw new WritError('POLICY_GRANTS', `the catalogue ${quote(signedFor)} has no domain ${quote(added)}`);
  }
  return parseGrants(catalogue, grants);
}
