/** Reads the catalogue: the domains and what stands beside them in `policies/`. */
import { arrayAt, asInteger, asObject, asString, integerAt, objectAt, stringAt } from '../json/read.js';
import { member, type JsonObject, type JsonValue } from '../json/types.js';
import type { Catalogue, Domain, Foundation, Level, Reservation, SyscallTable } from './model.js';
import {
  ARCHITECTURES,
  catalogueError,
  EFFECT_MEMBERS,
  oneOf,
  onlyMembers,
  optionalStrings,
  parseEffects,
  strings,
} from './parse-effects.js';

const LEVEL_MEMBERS = ['level', 'summary', 'opens', 'does-not-cover', 'voids', ...EFFECT_MEMBERS];
const NAME = /^[a-z][a-z0-9.-]{0,63}$/;

/**
 * The catalogue that the assembled files say.
 *
 * @param data - `{version, foundation, aliases, reserved, domains, tables}`, as `catalogue.json` holds it
 * @throws WritError CATALOGUE_FORMAT, JSON_TYPE naming the member
 */
export function parseCatalogue(data: JsonObject): Catalogue {
  const domains = byName(arrayAt(data, 'domains', 'catalogue').map(parseDomain));
  checkVoids(domains);
  return {
    version: stringAt(data, 'version', 'catalogue'),
    domains,
    aliases: parseAliases(objectAt(data, 'aliases', 'catalogue'), domains),
    reserved: arrayAt(data, 'reserved', 'catalogue').map(parseReservation),
    foundation: parseFoundation(objectAt(data, 'foundation', 'catalogue')),
    tables: new Map(
      arrayAt(data, 'tables', 'catalogue')
        .map(parseTable)
        .map(table => [table.arch, table]),
    ),
  };
}

function byName(domains: readonly Domain[]): Map<string, Domain> {
  const map = new Map(domains.map(domain => [domain.name, domain]));
  if (map.size !== domains.length) throw catalogueError('domains', 'has one name twice');
  return map;
}

function parseDomain(value: JsonValue, i: number): Domain {
  const object = asObject(value, `domains[${i}]`);
  const name = stringAt(object, 'domain', `domains[${i}]`);
  if (!NAME.test(name)) throw catalogueError(`domains[${i}].domain`, 'must be lower-case words');
  onlyMembers(object, ['domain', 'summary', 'levels'], name);
  const levels = arrayAt(object, 'levels', name).map((level, j) => parseLevel(level, `${name}.levels[${j}]`));
  if (levels.length === 0) throw catalogueError(`${name}.levels`, 'must have a level');
  if (new Set(levels.map(level => level.name)).size !== levels.length) {
    throw catalogueError(`${name}.levels`, 'has one name twice');
  }
  return { name, summary: stringAt(object, 'summary', name), levels };
}

function parseLevel(value: JsonValue, path: string): Level {
  const level = asObject(value, path);
  onlyMembers(level, LEVEL_MEMBERS, path);
  return {
    name: stringAt(level, 'level', path),
    summary: stringAt(level, 'summary', path),
    effects: parseEffects(level, path),
    opens: optionalStrings(level, 'opens', path),
    doesNotCover: optionalStrings(level, 'does-not-cover', path),
    voids: optionalStrings(level, 'voids', path),
  };
}

function checkVoids(domains: ReadonlyMap<string, Domain>): void {
  for (const domain of domains.values()) {
    for (const voided of domain.levels.flatMap(level => level.voids)) {
      if (!domains.has(voided)) throw catalogueError(domain.name, `voids ${voided}, which is not a domain`);
    }
  }
}

function parseAliases(
  object: JsonObject,
  domains: ReadonlyMap<string, Domain>,
): Map<string, ReadonlyMap<string, string>> {
  return new Map(
    Object.keys(object).map(alias => {
      const grants = objectAt(object, alias, 'aliases');
      return [alias, new Map(Object.entries(grants).map(grant => aliasGrant(grant, alias, domains)))];
    }),
  );
}

function aliasGrant(
  [domain, level]: [string, JsonValue],
  alias: string,
  domains: ReadonlyMap<string, Domain>,
): [string, string] {
  const name = asString(level, `aliases.${alias}.${domain}`);
  if (!domains.get(domain)?.levels.some(known => known.name === name)) {
    throw catalogueError(`aliases.${alias}`, `names ${domain}=${name}, which does not exist`);
  }
  return [domain, name];
}

function parseReservation(value: JsonValue, i: number): Reservation {
  const path = `reserved[${i}]`;
  const object = asObject(value, path);
  onlyMembers(object, ['domain', 'summary', 'capabilities', 'syscalls', 'refusal'], path);
  const refusal = member(object, 'refusal') ?? 'EPERM';
  return {
    domain: stringAt(object, 'domain', path),
    summary: stringAt(object, 'summary', path),
    capabilities: optionalStrings(object, 'capabilities', path),
    syscalls: optionalStrings(object, 'syscalls', path),
    refusal: oneOf(asString(refusal, path), ['EPERM', 'ENOSYS'], `${path}.refusal`),
  };
}

function parseFoundation(object: JsonObject): Foundation {
  const path = 'foundation';
  onlyMembers(object, ['namespaces', 'masked-paths', 'readonly-paths', 'nonroot', 'sysctl'], path);
  const nonroot = objectAt(object, 'nonroot', path);
  const sysctl = objectAt(object, 'sysctl', path);
  return {
    namespaces: strings(object, 'namespaces', path),
    maskedPaths: strings(object, 'masked-paths', path),
    readonlyPaths: strings(object, 'readonly-paths', path),
    nonroot: { uid: integerAt(nonroot, 'uid', path, 1), gid: integerAt(nonroot, 'gid', path, 1) },
    sysctl: new Map(Object.keys(sysctl).map(key => [key, stringAt(sysctl, key, `${path}.sysctl`)])),
  };
}

/** The numbers of an architecture are read when it is asked for: a node has one, and a start should be short. */
function parseTable(value: JsonValue, i: number): SyscallTable {
  const path = `tables[${i}]`;
  const table = asObject(value, path);
  onlyMembers(table, ['arch', 'origin', 'numbers'], path);
  let numbers: Map<string, number> | undefined;
  return {
    arch: oneOf(stringAt(table, 'arch', path), ARCHITECTURES, `${path}.arch`),
    origin: stringAt(table, 'origin', path),
    get numbers() {
      return (numbers ??= parseNumbers(objectAt(table, 'numbers', path), `${path}.numbers`));
    },
  };
}

function parseNumbers(object: JsonObject, path: string): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const name of Object.keys(object)) numbers.set(name, asInteger(member(object, name), path, 0, 0xffff));
  return numbers;
}
