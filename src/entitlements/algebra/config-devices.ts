/**
 * The device cgroup of a config.json: rules of which the last that matches counts (runtime-spec, config-linux §devices).
 * Numbers that no rule names are alike, so that one of them stands for all: the comparison is exact.
 */
import { WritError } from '../../errors.js';
import type { JsonObject } from '../../json/types.js';
import { integerIn, objectsIn, textIn } from './config-read.js';

interface DeviceRule {
  readonly allow: boolean;
  /** Undefined is both. */
  readonly type: string | undefined;
  /** Undefined is any. */
  readonly major: bigint | undefined;
  readonly minor: bigint | undefined;
  readonly access: string;
}

const ANY = -1n;
const PATH = 'linux.resources.devices';
/** Of devices, times the rules that each is looked up in. Configurations have some ten rules. */
const MAX_LOOKUPS = 1 << 24;

/** @throws WritError JSON_TYPE */
export function deviceRulesOf(config: JsonObject): DeviceRule[] {
  return objectsIn(config, PATH).map(rule => {
    const type = textIn(rule, 'type') ?? 'a';
    const number = (key: string): bigint | undefined => {
      const value = integerIn(rule, key);
      return value === ANY || type === 'a' ? undefined : value;
    };
    const isAll = type === 'a' || type === '';
    return {
      allow: rule['allow'] === true,
      type: isAll ? undefined : type === 'u' ? 'c' : type,
      major: number('major'),
      minor: number('minor'),
      access: (textIn(rule, 'access') ?? '') || 'rwm',
    };
  });
}

/**
 * Of a rule for all devices cgroup v1 and runc take no notice of what access it names: it is for all of it. crun with
 * cgroup v2 goes by what is written.
 */
type Reading = 'whole' | 'written';
const READINGS: readonly Reading[] = ['whole', 'written'];

const accessOf = ({ type, access }: DeviceRule, reading: Reading): string =>
  type === undefined && reading === 'whole' ? 'rwm' : access;

/**
 * A device that `a` lets be used in a way in which `b` does not, by some runtime's reading of both; undefined when there
 * is none.
 *
 * @throws WritError PROFILE_TOO_LARGE for some hundred rules that all name other numbers
 */
export function deviceBeyond(a: readonly DeviceRule[], b: readonly DeviceRule[]): string | undefined {
  const rules = [...a, ...b];
  const majors = cells(rules.map(({ major }) => major));
  const minors = cells(rules.map(({ minor }) => minor));
  if (majors.length * minors.length * rules.length > MAX_LOOKUPS)
    throw new WritError('PROFILE_TOO_LARGE', `${PATH} has too many rules to be compared`);
  for (const type of ['c', 'b']) {
    for (const major of majors) {
      for (const minor of minors) {
        for (const access of 'rwm') {
          const device = { type, major, minor, access };
          if (READINGS.some(reading => allows(a, device, reading) && !allows(b, device, reading)))
            return `${type} ${major}:${minor} ${access}`;
        }
      }
    }
  }
  return undefined;
}

/** Every number that is named, and one that is not. */
function cells(named: readonly (bigint | undefined)[]): bigint[] {
  const numbers = new Set(named.filter(number => number !== undefined));
  let other = 0n;
  while (numbers.has(other)) other++;
  return [...numbers, other];
}

interface Device {
  readonly type: string;
  readonly major: bigint;
  readonly minor: bigint;
  /** One of `rwm`. */
  readonly access: string;
}

/** Where no rule matches, what is around the container decides: it is not refused here. */
function allows(
  rules: readonly DeviceRule[],
  { type, major, minor, access }: Device,
  reading: Reading,
): boolean {
  const last = rules.findLast(
    rule =>
      (rule.type ?? type) === type &&
      (rule.major ?? major) === major &&
      (rule.minor ?? minor) === minor &&
      accessOf(rule, reading).includes(access),
  );
  return last?.allow ?? true;
}
