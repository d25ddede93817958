/** Documents that grow towards what default clients read: told at half, since dividing a role takes people time. */
import { DEFAULT_LIMITS } from '../tuf/limits.js';
import { typeOfRole, type RoleName } from '../tuf/role-name.js';

/** One sentence for each document that is larger than half of what default clients read of its type. */
export function sizeWarnings(
  documents: Iterable<{ readonly role: RoleName; readonly bytes: Uint8Array }>,
): string[] {
  const warnings: string[] = [];
  for (const { role, bytes } of documents) {
    const limit = DEFAULT_LIMITS[typeOfRole(role)];
    if (bytes.length <= limit / 2) continue;
    warnings.push(`${role} has ${bytes.length} bytes; clients read at most ${limit}: ${adviceFor(role)}`);
  }
  return warnings;
}

function adviceFor(role: RoleName): string {
  switch (typeOfRole(role)) {
    case 'root':
      return 'list fewer keys';
    case 'targets':
      return 'divide it by delegation or hash bins';
    default:
      return 'have fewer roles';
  }
}
