/** Whether a repository takes an uploaded root: as strict as any client that will read it. */
import { parseDocument } from '../document.js';
import { refuseExpired } from '../expiry.js';
import type { Root } from '../model.js';
import { TOP_LEVEL_ROLES, typeOfRole } from '../role-name.js';
import { succeedRoot, trustRoot, type Verified } from '../verified.js';
import { refuseOtherVersion } from './version.js';
import { refuseUnreachableThreshold } from './threshold.js';

/**
 * @param current - the root that the repository serves; undefined for a new repository, whose root has version 1
 * @param bytes - the uploaded document, at most 512,000 bytes
 * @param now - the root must not be expired then
 * @throws WritError TUF_THRESHOLD when it lacks signatures of the current or of its own keys, or has a role whose
 *   threshold its keys cannot reach; TUF_VERSION, TUF_KEY_REBOUND, TUF_EXPIRED, those of parseDocument
 */
export function acceptRoot(
  current: Verified<Root> | undefined,
  bytes: Uint8Array,
  now: Date,
): Verified<Root> {
  const document = parseDocument(bytes, 'root');
  const root = current ? succeedRoot(current, document) : trustRoot(document);
  refuseOtherVersion(root, (current?.value.version ?? 0) + 1);
  refuseExpired(root, now);
  for (const role of TOP_LEVEL_ROLES) {
    refuseUnreachableThreshold(role, root.value.roles[typeOfRole(role)], root.value.keys);
  }
  return root;
}
