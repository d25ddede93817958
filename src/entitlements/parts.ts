import type { Domain, Level } from './model.js';

/** What of a domain can be granted by name: the levels of a ladder, lowest first, or the members of a closed set. */
export function partsOf(domain: Domain): readonly Level[] {
  switch (domain.kind) {
    case 'ladder':
      return domain.levels;
    case 'members':
      return domain.members;
    case 'items':
    case 'quantity':
      return [];
  }
}
