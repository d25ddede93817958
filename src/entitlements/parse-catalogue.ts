/** Reads the catalogue: the domains and what stands beside them in `policies/`. */
import { isWritError } from '../errors.js';
import { arrayAt, asInteger, asObject, asString, integerAt, objectAt, stringAt } from '../json/read.js';
import { member, type JsonObject, type JsonValue } from '../json/types.js';
import { TABLE_NAMES } from './architectures.js';
import type { Catalogue, Domain, Foundation, Reservation, SyscallTable } from './model.js';
import { parseDomains } from './parse-domains.js';
import { catalogueError, oneOf, onlyMembers, optionalStrings, strings } from './parse-effects.js';
import { parseValue } from './values.js';

/**
 * The catalogue that the assembled files say.
 *
 * @param data - `{version, extends, added, foundation, aliases, reserved, domains, tables}`, as `catalogue.json` holds it
 * @throws WritError CATALOGUE_FORMAT, JSON_TYPE naming the member
 */
export function parseCatalogue(data: JsonObject): Catalogue {
  const version = stringAt(data, 'version', 'catalogue');
  const domains = parseDomains(arrayAt(data, 'domains', 'catalogue'));
  return {
    version,
    extends: asString(member(data, 'extends') ?? version, 'catalogue.extends'),
    added: new Set(optionalStrings(data, 'added', 'catalogue')),
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

/** Old names must say what the catalogue has; `$` is what people write behind a name that ends with `=`. */
function parseAliases(
  object: JsonObject,
  domains: ReadonlyMap<string, Domain>,
): Map<string, ReadonlyMap<string, JsonValue>> {
  return new Map(
    Object.keys(object).map(alias => {
      const grants = Object.entries(objectAt(object, alias, 'aliases'));
      for (const [name, value] of grants) checkAlias(alias, domains.get(name), name, value);
      return [alias, new Map(grants)];
    }),
  );
}

function checkAlias(alias: string, domain: Domain | undefined, name: string, value: JsonValue): void {
  if (domain === undefined) throw catalogueError(`aliases.${alias}`, `names ${name}, which is no domain`);
  if (alias.endsWith('=') && value === '$') return;
  try {
    parseValue(domain, value);
  } catch (cause) {
    if (!isWritError(cause)) throw cause;
    throw catalogueError(`aliases.${alias}`, `is wrong: ${cause.message}`);
  }
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
  onlyMembers(table, ['arch', 'origin', 'highest', 'bit', 'named-since', 'numbers'], path);
  const bit = asInteger(member(table, 'bit') ?? 0, `${path}.bit`, 0, 2 ** 31 - 1);
  const since = member(table, 'named-since') === undefined ? {} : objectAt(table, 'named-since', path);
  let numbers: Map<string, number> | undefined;
  return {
    arch: oneOf(stringAt(table, 'arch', path), TABLE_NAMES, `${path}.arch`),
    origin: stringAt(table, 'origin', path),
    highest: asInteger(member(table, 'highest') ?? HIGHEST_NUMBER, `${path}.highest`, 0, HIGHEST_NUMBER),
    namedSince: new Map(Object.keys(since).map(name => [name, stringAt(since, name, path)])),
    get numbers() {
      return (numbers ??= parseNumbers(numbersAt(table, path), bit, `${path}.numbers`));
    },
  };
}

/** An object, or the text of one, which costs nothing until somebody wants it. */
function numbersAt(table: JsonObject, path: string): JsonObject {
  const numbers = member(table, 'numbers');
  if (typeof numbers !== 'string') return objectAt(table, 'numbers', path);
  return asObject(JSON.parse(numbers) as JsonValue, `${path}.numbers`);
}

/** The private calls of arm begin at 0xf0000. */
const HIGHEST_NUMBER = 0xfffff;

function parseNumbers(object: JsonObject, bit: number, path: string): Map<string, number> {
  const numbers = new Map<string, number>();
  for (const name of Object.keys(object))
    numbers.set(name, bit + asInteger(member(object, name), path, 0, HIGHEST_NUMBER));
  return numbers;
}
