/** What grants come with: classes of attack, and domains that they make meaningless. */
import { voidedBy, type Grants } from './grants.js';

export interface Marks {
  readonly attackClasses: ReadonlySet<string>;
  readonly voids: ReadonlySet<string>;
}

/** What came in addition, each in the order of the catalogue. */
export interface NewMarks {
  readonly attackClasses: readonly string[];
  readonly voids: readonly string[];
}

export function marksOf(grants: Grants): Marks {
  const { domains } = grants.catalogue;
  const parts = [...domains.values()].flatMap(({ name }) => grants.reached(name));
  const notes = [...domains.values()].flatMap(domain =>
    'notes' in domain && grants.get(domain.name) !== 'none' && domain.kind === 'items' ? [domain.notes] : [],
  );
  return {
    attackClasses: new Set([...parts, ...notes].flatMap(({ opens }) => opens)),
    voids: new Set(voidedBy(grants).keys()),
  };
}

/** What of `after` was not there `before`. */
export const since = (before: Marks, after: Marks): NewMarks => ({
  attackClasses: [...after.attackClasses].filter(name => !before.attackClasses.has(name)),
  voids: [...after.voids].filter(name => !before.voids.has(name)),
});
