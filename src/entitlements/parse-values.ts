/** Reads what one domain is granted; every refusal says what the domain takes. */
import { WritError } from '../errors.js';
import { isJsonArray, type JsonValue } from '../json/types.js';
import { ANY, ITEM_ORDERS, reduce, uncovered } from './items.js';
import type { ClosedSet, Ladder, OpenSet, Quantity } from './model.js';
import { AMOUNT_FORM, isAmount, parseAmount, writeAmount } from './quantities.js';
import { suggest } from './suggest.js';
import { quoted } from './text.js';

/** Items of one set in one grant. */
const MAX_ITEMS = 256;
/** The empty set in words: nothing may be called so. */
export const NONE = 'none';

/** @throws WritError GRANT_LEVEL */
export function readRank(domain: Ladder, given: JsonValue): number {
  const rank = domain.levels.findIndex(level => level.name === given);
  if (rank >= 0) return rank;
  const known = domain.levels.map(level => level.name);
  throw new WritError('GRANT_LEVEL', `the domain ${domain.name} has no level ${shown(given)}`, {
    hint: `its levels are ${known.join(' < ')}${meant(given, known)}`,
    details: { domain: domain.name, level: given, known },
  });
}

/**
 * The members that `given` names; `*` is all of them.
 *
 * @throws WritError GRANT_ITEM
 */
export function readMembers(domain: ClosedSet, given: JsonValue): readonly string[] {
  const known = domain.members.map(({ name }) => name);
  return textsOf(domain, given, ',').flatMap(text => {
    if (text === ANY) return known;
    if (known.includes(text)) return [text];
    throw new WritError('GRANT_ITEM', `the domain ${domain.name} has no member ${quoted(text)}`, {
      hint: `its members are ${known.join(', ')}; several are parted by commas${meant(text, known)}`,
      details: { domain: domain.name, member: text, known },
    });
  });
}

/** A comma parts items only where the next one is whole: values of sysctls have commas of their own. */
const SEPARATORS: Readonly<Record<OpenSet['of'], string | RegExp>> = {
  path: ',',
  port: ',',
  api: ',',
  device: ',',
  sysctl: /,(?=[^,=]*=)/,
};
const DENY = /:deny$/;
const ALLOW = /:allow$/;

/**
 * The items that `given` names, reduced. `API:SUBSET:deny` takes a pair away: from `base`, where nothing else is
 * named.
 *
 * @throws WritError GRANT_ITEM, GRANT_CONFLICT for a pair that is denied and allowed
 */
export function readItems(domain: OpenSet, given: JsonValue, base: readonly string[]): readonly string[] {
  const order = ITEM_ORDERS[domain.of];
  const texts = textsOf(domain, given, SEPARATORS[domain.of]);
  const takes = domain.of === 'api' ? texts.filter(text => DENY.test(text)) : [];
  const denied = takes.map(text => readItem(domain, text.replace(DENY, '')));
  const allowed = texts
    .filter(text => !takes.includes(text))
    .map(text => readItem(domain, domain.of === 'api' ? text.replace(ALLOW, '') : text));
  const kept = allowed.length === 0 && denied.length > 0 ? uncovered(base, denied, order) : allowed;
  const both = denied.find(item => uncovered([item], kept, order).length === 0);
  if (both === undefined) return reduce(kept, order);
  throw new WritError('GRANT_CONFLICT', `${domain.name} allows ${both} and denies it`, {
    hint: 'what is not allowed is denied: leave one of the two out',
  });
}

function readItem(domain: OpenSet, text: string): string {
  const order = ITEM_ORDERS[domain.of];
  const item = order.parse(text);
  if (item !== undefined) return item;
  throw new WritError('GRANT_ITEM', `the domain ${domain.name} cannot hold ${quoted(text)}`, {
    hint: `an item of it is ${order.form}`,
    details: { domain: domain.name, item: text },
  });
}

/** @throws WritError GRANT_AMOUNT */
export function readQuantity(domain: Quantity, given: JsonValue): number {
  const amount =
    typeof given === 'string'
      ? parseAmount(given, domain.unit)
      : typeof given === 'number' && isAmount(given, domain.unit)
        ? given
        : undefined;
  if (amount !== undefined && amount >= domain.least) return amount;
  const why =
    amount === undefined ? 'is not an amount' : `is less than ${writeAmount(domain.least, domain.unit)}`;
  throw new WritError('GRANT_AMOUNT', `${domain.name}: ${shown(given)} ${why}`, {
    hint: `write ${AMOUNT_FORM[domain.unit]}`,
    details: { domain: domain.name, least: domain.least },
  });
}

function textsOf(
  domain: ClosedSet | OpenSet,
  given: JsonValue,
  separator: string | RegExp,
): readonly string[] {
  const parts = typeof given === 'string' ? (given === NONE ? [] : given.split(separator)) : given;
  if (!isJsonArray(parts) || !parts.every(part => typeof part === 'string')) {
    throw new WritError('GRANT_ITEM', `the domain ${domain.name} takes a list, not ${shown(given)}`);
  }
  if (parts.length <= MAX_ITEMS) return parts;
  throw new WritError('GRANT_ITEM', `the domain ${domain.name} takes at most ${MAX_ITEMS} items`);
}

function meant(given: JsonValue, known: readonly string[]): string {
  const near = typeof given === 'string' ? suggest(given, known) : undefined;
  return near === undefined ? '' : `; did you mean ${near}?`;
}

const shown = (given: JsonValue): string => quoted(typeof given === 'string' ? given : JSON.stringify(given));
