/** Whether a root takes back trust in an online key. TUF specification §5.3.11. */
import type { Root } from '../model.js';

/**
 * True iff a key that could sign timestamp or snapshot before cannot any more. A key that is only added, or
 * listed under a new id, takes nothing back.
 */
export function dropsOnlineKey(before: Root, after: Root): boolean {
  return dropsKey(before, after, 'timestamp') || dropsKey(before, after, 'snapshot');
}

function dropsKey(before: Root, after: Root, role: 'timestamp' | 'snapshot'): boolean {
  const kept = materials(after, role);
  return [...materials(before, role)].some(material => !kept.has(material));
}

function materials({ keys, roles }: Root, role: 'timestamp' | 'snapshot'): Set<string> {
  const found = new Set<string>();
  for (const id of roles[role].keyIds) {
    const material = keys.get(id)?.material;
    if (material !== undefined) found.add(material);
  }
  return found;
}
