/** What a seccomp object permits, as rights: per call the cubes of its arguments, never less than it permits. */
import { mayPermit } from '../algebra/actions.js';
import type { Condition, SeccompObject, SeccompRule } from '../algebra/seccomp-object.js';
import { UNIVERSE } from '../cubes.js';
import type { Cube } from '../model.js';
import type { Want } from './wants.js';

const LOW = 0xffffffffn;

/** @param names - the calls of the architecture */
export function seccompWants(object: SeccompObject, from: string, names: Iterable<string>): Want[] {
  const rules = new Map<string, SeccompRule[]>();
  // Runtimes leave out what says no more than the default: it swallows no other rule.
  for (const rule of object.rules.filter(({ action }) => action !== object.defaultAction)) {
    for (const name of rule.names) rules.set(name, [...(rules.get(name) ?? []), rule]);
  }
  return [...names].flatMap(name => {
    const cubes = cubesOf(rules.get(name) ?? [], mayPermit(object.defaultAction));
    return cubes.length > 0 ? [{ from, right: { kind: 'call', name, cubes } } as const] : [];
  });
}

/** An unconditional rule swallows the others of its call. */
function cubesOf(rules: readonly SeccompRule[], byDefault: boolean): readonly Cube[] {
  const whole = rules.filter(({ conditions }) => conditions.length === 0);
  if (whole.length > 0) return whole.some(({ action }) => mayPermit(action)) ? [UNIVERSE] : [];
  if (byDefault) return [UNIVERSE];
  return rules
    .filter(({ action }) => mayPermit(action))
    .flatMap(({ conditions }) => alternatives(conditions));
}

/** Where one argument is tested twice, the conditions are alternatives. */
function alternatives(conditions: readonly Condition[]): readonly Cube[] {
  const matches = conditions.map(matchOf);
  const twice = new Set(conditions.map(({ index }) => index)).size < conditions.length;
  if (twice) return matches;
  return [matches.flat().sort((a, b) => a.index - b.index)];
}

/** Equality of the low 32 bits; other comparisons are read as any value. */
function matchOf({ index, op, value, valueTwo }: Condition): Cube {
  if (op === 'SCMP_CMP_EQ') return [{ index, mask: Number(LOW), value: Number(value & LOW) }];
  if (op !== 'SCMP_CMP_MASKED_EQ' || (value & LOW) === 0n) return UNIVERSE;
  return [{ index, mask: Number(value & LOW), value: Number(valueTwo & value & LOW) }];
}
