/** Reads what a level adds: calls with their conditions, devices, paths. */
import { WritError } from '../errors.js';
import { arrayAt, asArray, asInteger, asObject, asString, stringAt, stringsAt } from '../json/read.js';
import { member, type JsonObject, type JsonValue } from '../json/types.js';
import { ARCHITECTURES } from './architectures.js';
import { testable, type TestableCall } from './arguments.js';
import { subtract, UNIVERSE } from './cubes.js';
import type { Cube, DeviceRule, Effects, Freedom, Match, Refusal, SyscallRule } from './model.js';

const REFUSALS: readonly Refusal[] = ['EPERM', 'ENOSYS'];
const FREEDOMS: readonly Freedom[] = [
  'gain-privileges',
  'legacy-tables',
  'mount-token',
  'run-as-root',
  'write-root',
];
const DEVICE_TYPES = ['b', 'c'] as const;
const WORD = 0xffff_ffff;
/** Of the arguments in one `when`: a filter has no room for more rules. */
const MAX_ALTERNATIVES = 4096;

export function catalogueError(path: string, problem: string): WritError {
  return new WritError('CATALOGUE_FORMAT', `${path} ${problem}`, { details: { path } });
}

/** Throws for a member that is not in `known`: a misspelt one would otherwise add nothing, silently. */
export function onlyMembers(object: JsonObject, known: readonly string[], path: string): void {
  const odd = Object.keys(object).find(key => !known.includes(key));
  if (odd !== undefined) throw catalogueError(`${path}.${odd}`, 'is not a member that the format knows');
}

/** The strings of `object[key]`, or none when it is absent. */
export function optionalStrings(object: JsonObject, key: string, path: string): readonly string[] {
  return member(object, key) === undefined ? [] : strings(object, key, path);
}

/** As `stringsAt`, but a place is only named once something is wrong: the catalogue holds a thousand strings. */
export function strings(object: JsonObject, key: string, path: string): readonly string[] {
  const items = arrayAt(object, key, path);
  return items.every(item => typeof item === 'string') ? items : stringsAt(object, key, path);
}

export function oneOf<T extends string>(value: string, known: readonly T[], path: string): T {
  const found = known.find(item => item === value);
  if (found === undefined) throw catalogueError(path, `must be one of ${known.join(', ')}`);
  return found;
}

/** The members of a level that {@link parseEffects} reads. */
export const EFFECT_MEMBERS = ['capabilities', 'syscalls', 'shares', 'devices', 'unmasks', 'writes', 'lifts'];

/**
 * @throws WritError CATALOGUE_FORMAT, JSON_TYPE
 */
export function parseEffects(level: JsonObject, path: string): Effects {
  return {
    capabilities: optionalStrings(level, 'capabilities', path),
    syscalls: optionalArray(level, 'syscalls', path).map((rule, i) =>
      parseRule(rule, `${path}.syscalls[${i}]`),
    ),
    shares: optionalStrings(level, 'shares', path),
    devices: optionalArray(level, 'devices', path).map((rule, i) =>
      parseDevice(rule, `${path}.devices[${i}]`),
    ),
    unmasks: optionalStrings(level, 'unmasks', path),
    writes: optionalStrings(level, 'writes', path),
    lifts: optionalStrings(level, 'lifts', path).map(item => oneOf(item, FREEDOMS, `${path}.lifts`)),
    items: [],
    limits: [],
  };
}

function optionalArray(object: JsonObject, key: string, path: string): readonly JsonValue[] {
  const value = member(object, key);
  return value === undefined ? [] : asArray(value, `${path}.${key}`);
}

function parseDevice(value: JsonValue, path: string): DeviceRule {
  const rule = asObject(value, path);
  onlyMembers(rule, ['type', 'access'], path);
  const access = stringAt(rule, 'access', path);
  if (!/^(?=.)r?w?m?$/.test(access)) throw catalogueError(`${path}.access`, 'must be some of rwm');
  return { type: oneOf(stringAt(rule, 'type', path), DEVICE_TYPES, `${path}.type`), access };
}

function parseRule(value: JsonValue, path: string): SyscallRule {
  const rule = asObject(value, path);
  onlyMembers(rule, ['names', 'when', 'arches', 'refusal'], path);
  const names = strings(rule, 'names', path);
  const when = member(rule, 'when');
  const arches = optionalStrings(rule, 'arches', path).map(name =>
    oneOf(name, ARCHITECTURES, `${path}.arches`),
  );
  const refusal = member(rule, 'refusal');
  return {
    names,
    when: when === undefined ? undefined : parseWhen(asArray(when, `${path}.when`), names, `${path}.when`),
    arches: arches.length === 0 ? undefined : arches,
    refusal: refusal === undefined ? 'EPERM' : oneOf(asString(refusal, path), REFUSALS, `${path}.refusal`),
  };
}

function parseWhen(items: readonly JsonValue[], names: readonly string[], path: string): Cube[] {
  const [name, ...others] = names;
  const call = testable(name ?? '');
  if (!call || others.length > 0)
    throw catalogueError(path, `cannot test the arguments of ${names.join(', ')}`);
  if (items.length === 0) throw catalogueError(path, 'must have an alternative');
  return items.flatMap((item, i) => alternatives(asObject(item, `${path}[${i}]`), call, `${path}[${i}]`));
}

/** Every combination of what the arguments may be, each a cube. */
function alternatives(when: JsonObject, call: TestableCall, path: string): Cube[] {
  return Object.keys(when)
    .map(arg => {
      const index = call.args.get(arg);
      if (index === undefined)
        throw catalogueError(`${path}.${arg}`, 'is not an argument that can be tested');
      return matches(member(when, arg) ?? null, index, `${path}.${arg}`);
    })
    .reduce<Cube[]>(
      (cubes, options) => {
        if (cubes.length * options.length > MAX_ALTERNATIVES)
          throw catalogueError(path, `must not have more than ${MAX_ALTERNATIVES} alternatives`);
        return cubes.flatMap(cube => options.map(option => [...cube, option]));
      },
      [UNIVERSE],
    )
    .map(cube => cube.toSorted((a, b) => a.index - b.index));
}

/** `5`, `[5, 6]`, `{mask: 15, is: 1}` or `{not: [5, 6]}`. */
function matches(value: JsonValue, index: number, path: string): Match[] {
  if (typeof value === 'number') return [{ index, mask: WORD, value: asInteger(value, path, 0, WORD) }];
  if (Array.isArray(value)) return asArray(value, path).flatMap(item => matches(item, index, path));
  const test = asObject(value, path);
  if (Object.hasOwn(test, 'not')) {
    onlyMembers(test, ['not'], path);
    const excluded = matches(member(test, 'not') ?? null, index, `${path}.not`);
    return subtract(
      [UNIVERSE],
      excluded.map(match => [match]),
    ).flat();
  }
  onlyMembers(test, ['mask', 'is'], path);
  return [maskedMatch(test, index, path)];
}

function maskedMatch(test: JsonObject, index: number, path: string): Match {
  const mask = asInteger(member(test, 'mask'), `${path}.mask`, 1, WORD);
  const is = asInteger(member(test, 'is'), `${path}.is`, 0, WORD);
  if ((is & ~mask) >>> 0 !== 0) throw catalogueError(path, 'has bits in `is` that `mask` does not look at');
  return { index, mask, value: is };
}
