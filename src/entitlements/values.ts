/**
 * What one domain may be granted, as a lattice: ranks of a ladder and amounts of a quantity with min and max, sets
 * with what both cover and what either covers. Read and written here, in JSON and in words.
 */
import { WritError } from '../errors.js';
import type { JsonValue } from '../json/types.js';
import { ITEM_ORDERS, MEMBERS, meetItems, reduce, uncovered, type ItemOrder } from './items.js';
import type { Domain } from './model.js';
import { readItems, readMembers, readQuantity, readRank } from './parse-values.js';
import { UNLIMITED, writeAmount } from './quantities.js';

/** The rank of a ladder, the amount of a quantity, or the items of a set: canonical, reduced, sorted. */
export type Value = number | readonly string[];

/** What a domain that nobody names comes to. */
export type Unset = 'default' | 'unlimited';

const NOTHING: readonly string[] = [];

/** In grants a quantity that is not named has its default, in an authority it is ∞; all else is at its lowest. */
export function unsetValue(domain: Domain, unset: Unset): Value {
  if (domain.kind === 'ladder') return 0;
  if (domain.kind !== 'quantity') return NOTHING;
  return unset === 'default' ? domain.default : Infinity;
}

export function lowestValue(domain: Domain): Value {
  return domain.kind === 'quantity' ? domain.least : unsetValue(domain, 'default');
}

/** Everything: the highest level, every member, the item that covers all others, ∞. */
export function topValue(domain: Domain): Value {
  switch (domain.kind) {
    case 'ladder':
      return domain.levels.length - 1;
    case 'members':
      return domain.members.map(({ name }) => name);
    case 'items':
      return [ITEM_ORDERS[domain.of].everything];
    case 'quantity':
      return Infinity;
  }
}

export function meetValues(domain: Domain, a: Value, b: Value): Value {
  if (typeof a === 'number') return Math.min(a, chain(b));
  return meetItems(a, set(b), orderOf(domain));
}

export function joinValues(domain: Domain, a: Value, b: Value): Value {
  if (typeof a === 'number') return Math.max(a, chain(b));
  return reduce([...a, ...set(b)], orderOf(domain));
}

export function leqValues(domain: Domain, a: Value, b: Value): boolean {
  return typeof a === 'number' ? a <= chain(b) : uncovered(a, set(b), orderOf(domain)).length === 0;
}

/** What of `a` goes beyond `b`: `a` itself, of a set the items that `b` does not cover. */
export function surplus(domain: Domain, a: Value, b: Value): Value {
  return typeof a === 'number' ? a : uncovered(a, set(b), orderOf(domain));
}

/**
 * @param given - a level, words for a set (`vsock,alg`) or a list of items, an amount in words or as a number
 * @param base - what stands before; only an item that is taken away (`engine:read:deny`) asks for it
 * @throws WritError GRANT_LEVEL, GRANT_ITEM, GRANT_AMOUNT, GRANT_CONFLICT
 */
export function parseValue(domain: Domain, given: JsonValue, base?: Value): Value {
  switch (domain.kind) {
    case 'ladder':
      return readRank(domain, given);
    case 'members':
      return reduce(readMembers(domain, given), MEMBERS);
    case 'items':
      return readItems(domain, given, base === undefined ? NOTHING : set(base));
    case 'quantity':
      return readQuantity(domain, given);
  }
}

/** The canonical JSON: the name of a level, a sorted list, a whole number or `unlimited`. */
export function valueJson(domain: Domain, value: Value): JsonValue {
  if (typeof value !== 'number') return value;
  if (domain.kind === 'ladder') return domain.levels[value]?.name ?? '';
  return value === Infinity ? UNLIMITED : value;
}

/** As people write it behind `DOMAIN=`; `none` for an empty set. */
export function valueWords(domain: Domain, value: Value): string {
  if (typeof value !== 'number') return value.length === 0 ? 'none' : value.join(',');
  if (domain.kind === 'quantity') return writeAmount(value, domain.unit);
  return String(valueJson(domain, value));
}

export function sameValue(a: Value, b: Value): boolean {
  if (typeof a === 'number' || typeof b === 'number') return a === b;
  return a.length === b.length && a.every((item, i) => item === b[i]);
}

const orderOf = (domain: Domain): Pick<ItemOrder, 'meet'> =>
  domain.kind === 'items' ? ITEM_ORDERS[domain.of] : MEMBERS;

function chain(value: Value): number {
  if (typeof value === 'number') return value;
  throw new WritError('INTERNAL', 'a set was compared with a number');
}

function set(value: Value): readonly string[] {
  if (typeof value !== 'number') return value;
  throw new WritError('INTERNAL', 'a number was compared with a set');
}
