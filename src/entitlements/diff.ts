/** What differs between two grants: in their own language first, then in what follows from them. */
import { subtract, UNIVERSE } from './cubes.js';
import { leq, type Grants } from './grants.js';
import { marksOf, since, type NewMarks } from './marks.js';
import type { Cube } from './model.js';
import type { CallPolicy, Profile, ProfileParts } from './profile.js';

export interface DomainChange {
  readonly domain: string;
  /** In words, as they stand behind `DOMAIN=`. */
  readonly from: string;
  readonly to: string;
  readonly change: 'raised' | 'lowered' | 'other';
}

/** What the second has and the first has not, and the other way round. */
export interface Lists {
  readonly added: readonly string[];
  readonly removed: readonly string[];
}

export interface CallChanges {
  /** Permitted in part or whole, where nothing of them was. */
  readonly opened: readonly string[];
  readonly closed: readonly string[];
  /** Permitted for more arguments, for fewer, for others. */
  readonly widened: readonly string[];
  readonly narrowed: readonly string[];
  readonly changed: readonly string[];
}

export interface Difference {
  /** How the first stands to the second in the lattice of grants. */
  readonly relation: 'equal' | 'below' | 'above' | 'incomparable';
  readonly domains: readonly DomainChange[];
  readonly gained: NewMarks;
  readonly lost: NewMarks;
  readonly calls: CallChanges;
  /** By kind: `capabilities`, `own namespaces`, `masked paths`, …; only what differs. */
  readonly lists: ReadonlyMap<string, Lists>;
}

/**
 * @param a - compiled for the same node as `b`, of the same catalogue
 * @throws WritError GRANT_CATALOGUE
 */
export function diff(a: Profile, b: Profile): Difference {
  const [x, y] = [a.parts.grants, b.parts.grants];
  const [before, after] = [marksOf(x), marksOf(y)];
  return {
    relation: relationOf(x, y),
    domains: domainChanges(x, y),
    gained: since(before, after),
    lost: since(after, before),
    calls: callChanges(a.parts.calls, b.parts.calls),
    lists: listChanges(a.parts, b.parts),
  };
}

function relationOf(a: Grants, b: Grants): Difference['relation'] {
  if (leq(a, b)) return leq(b, a) ? 'equal' : 'below';
  return leq(b, a) ? 'above' : 'incomparable';
}

function domainChanges(a: Grants, b: Grants): DomainChange[] {
  return [...a.catalogue.domains.keys()].flatMap(domain => {
    const [from, to] = [a.get(domain), b.get(domain)];
    if (from === to) return [];
    const up = b.covers(domain, from) || from === 'none';
    const down = a.covers(domain, to) || to === 'none';
    return [{ domain, from, to, change: up ? 'raised' : down ? 'lowered' : 'other' } as const];
  });
}

function callChanges(a: readonly CallPolicy[], b: readonly CallPolicy[]): CallChanges {
  const changes = { opened: [], closed: [], widened: [], narrowed: [], changed: [] } as Record<
    keyof CallChanges,
    string[]
  >;
  const [before, after] = [cubesByName(a), cubesByName(b)];
  for (const name of [...new Set([...before.keys(), ...after.keys()])].sort()) {
    const kind = kindOf(before.get(name) ?? [], after.get(name) ?? []);
    if (kind !== undefined) changes[kind].push(name);
  }
  return changes;
}

const cubesByName = (calls: readonly CallPolicy[]): Map<string, readonly Cube[]> =>
  new Map(
    calls.flatMap(({ name, permits }) =>
      permits === 'never' ? [] : [[name, permits === 'always' ? [UNIVERSE] : permits]],
    ),
  );

function kindOf(before: readonly Cube[], after: readonly Cube[]): keyof CallChanges | undefined {
  const more = subtract(after, before).length > 0;
  const less = subtract(before, after).length > 0;
  if (more && less) return 'changed';
  if (more) return before.length === 0 ? 'opened' : 'widened';
  if (less) return after.length === 0 ? 'closed' : 'narrowed';
  return undefined;
}

function listChanges(a: ProfileParts, b: ProfileParts): Map<string, Lists> {
  const [x, y] = [listsOf(a), listsOf(b)];
  const found = [...x].map(([kind, list]): [string, Lists] => {
    const other = y.get(kind) ?? [];
    return [
      kind,
      {
        added: other.filter(item => !list.includes(item)),
        removed: list.filter(item => !other.includes(item)),
      },
    ];
  });
  return new Map(found.filter(([, { added, removed }]) => added.length + removed.length > 0));
}

const listsOf = (parts: ProfileParts): Map<string, readonly string[]> =>
  new Map<string, readonly string[]>([
    ['capabilities', parts.capabilities],
    ['own namespaces', parts.namespaces],
    ['masked paths', parts.maskedPaths],
    ['read-only paths', parts.readonlyPaths],
    ['devices', parts.devices.map(({ type, access }) => `${type}:${access}`)],
    ['freedoms', [...parts.freedoms].sort()],
    ['items', [...parts.items].flatMap(([kind, texts]) => texts.map(text => `${kind} ${text}`))],
    ['limits', [...parts.limits].map(([resource, amount]) => `${resource} ${amount}`)],
  ]);
