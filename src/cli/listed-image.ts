/** One line of `writ list`. */
import type { Catalogue } from '../entitlements/model.js';
import { toWritError } from '../errors.js';
import type { JsonObject } from '../json/types.js';
import { readSignedGrants } from '../policy/signed-grants.js';
import type { TargetFile } from '../tuf/model.js';

export interface ListedImage {
  readonly image: string;
  readonly digest: string | null;
  readonly repository: string;
  readonly role: string;
  /** Null when none were signed, or they cannot be read. */
  readonly grants: JsonObject | null;
  readonly grantsError: string | null;
}

/** What a target grants, or why that cannot be read. */
export function grantsListed(
  catalogue: Catalogue,
  target: TargetFile | undefined,
): Pick<ListedImage, 'grants' | 'grantsError'> {
  try {
    const grants = target && readSignedGrants(catalogue, target.custom);
    return { grants: grants?.toJson() ?? null, grantsError: null };
  } catch (error) {
    return { grants: null, grantsError: toWritError(error).message };
  }
}
