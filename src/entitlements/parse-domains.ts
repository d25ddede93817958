/** Reads the domains of a catalogue: ladders, sets and quantities. */
import { arrayAt, asObject, asString, objectAt, stringAt } from '../json/read.js';
import { member, type JsonObject, type JsonValue } from '../json/types.js';
import type { Domain, ItemKind, Level, Notes, Quantity, Resource, Unit } from './model.js';
import {
  catalogueError,
  EFFECT_MEMBERS,
  oneOf,
  onlyMembers,
  optionalStrings,
  parseEffects,
} from './parse-effects.js';
import { NONE } from './parse-values.js';
import { parseAmount } from './quantities.js';
import { partsOf } from './parts.js';

const NOTES = ['opens', 'does-not-cover', 'voids'];
const PART = ['summary', 'also', ...NOTES, ...EFFECT_MEMBERS];
const DOMAIN_NAME = /^[a-z][a-z0-9.-]{0,63}$/;
const PART_NAME = /^[a-z][a-z0-9-]{0,63}$/;
const ITEM_KINDS: readonly ItemKind[] = ['path', 'port', 'sysctl', 'api', 'device'];
const UNITS: readonly Unit[] = ['bytes', 'cpus', 'count'];
const RESOURCES: readonly Resource[] = ['memory', 'cpu', 'pids', 'open-files'];

/**
 * The domains by name, in the order of `items`.
 *
 * @throws WritError CATALOGUE_FORMAT, JSON_TYPE naming the member; also for a domain that is voided and not there,
 *   and for a resource that two domains limit
 */
export function parseDomains(items: readonly JsonValue[]): Map<string, Domain> {
  const domains = items.map(parseDomain);
  const map = new Map(domains.map(domain => [domain.name, domain]));
  if (map.size !== domains.length) throw catalogueError('domains', 'has one name twice');
  for (const domain of domains) checkVoids(domain, map);
  const limited = domains.flatMap(domain => (domain.kind === 'quantity' ? (domain.limits ?? []) : []));
  if (new Set(limited).size !== limited.length) {
    throw catalogueError('domains', 'limit one resource in two domains');
  }
  return map;
}

function checkVoids(domain: Domain, domains: ReadonlyMap<string, Domain>): void {
  const notes = domain.kind === 'items' || domain.kind === 'quantity' ? [domain.notes] : partsOf(domain);
  for (const voided of notes.flatMap(({ voids }) => voids)) {
    if (voided !== '*' && !domains.has(voided)) {
      throw catalogueError(domain.name, `voids ${voided}, which is not a domain`);
    }
  }
}

/** One way to say what can be granted: the member that a domain has for it. */
const READERS: Readonly<Record<string, (object: JsonObject, named: Named) => Domain>> = {
  levels: (object, named) => {
    onlyMembers(object, ['domain', 'summary', 'levels'], named.name);
    return { ...named, kind: 'ladder', levels: parseParts(object, 'levels', 'level', named.name) };
  },
  members: (object, named) => {
    onlyMembers(object, ['domain', 'summary', 'members'], named.name);
    const members = parseParts(object, 'members', 'member', named.name);
    const odd = members.find(({ name }) => name === NONE);
    if (odd) throw catalogueError(`${named.name}.members`, `cannot have one called ${NONE}`);
    return { ...named, kind: 'members', members: members.toSorted((a, b) => (a.name < b.name ? -1 : 1)) };
  },
  set: (object, named) => {
    onlyMembers(object, ['domain', 'summary', 'set', ...NOTES], named.name);
    const of = oneOf(stringAt(object, 'set', named.name), ITEM_KINDS, `${named.name}.set`);
    return { ...named, kind: 'items', of, notes: parseNotes(object, named.name) };
  },
  quantity: parseQuantity,
};

interface Named {
  readonly name: string;
  readonly summary: string;
}

function parseDomain(value: JsonValue, i: number): Domain {
  const object = asObject(value, `domains[${i}]`);
  const name = stringAt(object, 'domain', `domains[${i}]`);
  if (!DOMAIN_NAME.test(name)) throw catalogueError(`domains[${i}].domain`, 'must be lower-case words');
  const kinds = Object.keys(READERS).filter(kind => member(object, kind) !== undefined);
  const read = kinds.length === 1 ? READERS[kinds[0] ?? ''] : undefined;
  if (read === undefined) {
    throw catalogueError(name, `must have exactly one of ${Object.keys(READERS).join(', ')}`);
  }
  return read(object, { name, summary: stringAt(object, 'summary', name) });
}

function parseParts(object: JsonObject, list: string, called: string, domain: string): Level[] {
  const path = `${domain}.${list}`;
  const parts = arrayAt(object, list, domain).map((part, i) => parsePart(part, called, `${path}[${i}]`));
  if (parts.length === 0) throw catalogueError(path, `must have a ${called}`);
  if (new Set(parts.map(({ name }) => name)).size !== parts.length) {
    throw catalogueError(path, 'has one name twice');
  }
  return parts;
}

function parsePart(value: JsonValue, called: string, path: string): Level {
  const part = asObject(value, path);
  onlyMembers(part, [called, ...PART], path);
  const name = stringAt(part, called, path);
  if (!PART_NAME.test(name)) throw catalogueError(`${path}.${called}`, 'must be a lower-case word');
  const effects = parseEffects(part, path);
  const also = optionalStrings(part, 'also', path);
  const opened = new Set([...effects.capabilities, ...effects.syscalls.flatMap(({ names }) => names)]);
  const odd = also.find(item => !opened.has(item));
  if (odd !== undefined) throw catalogueError(`${path}.also`, `names ${odd}, which is not opened here`);
  return { name, ...parseNotes(part, path), effects, also };
}

function parseNotes(object: JsonObject, path: string): Notes {
  return {
    summary: stringAt(object, 'summary', path),
    opens: optionalStrings(object, 'opens', path),
    doesNotCover: optionalStrings(object, 'does-not-cover', path),
    voids: optionalStrings(object, 'voids', path),
  };
}

function parseQuantity(object: JsonObject, named: Named): Quantity {
  const { name } = named;
  onlyMembers(object, ['domain', 'summary', 'quantity', ...NOTES], name);
  const path = `${name}.quantity`;
  const quantity = objectAt(object, 'quantity', name);
  onlyMembers(quantity, ['unit', 'default', 'least', 'limits'], path);
  const unit = oneOf(stringAt(quantity, 'unit', path), UNITS, `${path}.unit`);
  const amount = (key: string): number => {
    const read = parseAmount(stringAt(quantity, key, path), unit);
    if (read === undefined) throw catalogueError(`${path}.${key}`, `must be an amount of ${unit}`);
    return read;
  };
  const limits = member(quantity, 'limits');
  const [least, usual] = [amount('least'), amount('default')];
  if (usual < least) throw catalogueError(`${path}.default`, 'must not be below the least');
  return {
    ...named,
    kind: 'quantity',
    unit,
    default: usual,
    least,
    limits: limits === undefined ? undefined : oneOf(asString(limits, path), RESOURCES, `${path}.limits`),
    notes: parseNotes(object, name),
  };
}
