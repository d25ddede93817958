/** The intent: what was granted, the same on every node. */
import { sha256Hex } from '../crypto/digest.js';
import { canonicalBytes } from '../json/canonical.js';
import type { Grants } from './grants.js';

/** SHA-256, in lower-case hex, of the canonical JSON of `{"catalogue": version, "grants": {domain: level}}`. */
export function intentOf(grants: Grants): string {
  return sha256Hex(canonicalBytes({ catalogue: grants.catalogue.version, grants: grants.toJson() }));
}
