/** Which rules of a seccomp object each call of one table gets, as libseccomp is given them: the first half of oci.ts. */
import { multiplexed } from '../architectures.js';
import type { Condition, SeccompObject, SeccompRule } from './seccomp-object.js';

/** One architecture as a filter sees it. */
export interface FilteredArchitecture {
  /** AUDIT_ARCH_*. */
  readonly audit: number;
  /** What the machine's libseccomp has names for. */
  readonly numbers: ReadonlyMap<string, number>;
  /** libseccomp looks at the low 32 bits of arguments alone. */
  readonly isNarrow?: boolean;
  /** Calls of sockets and SysV IPC come through `socketcall` and `ipc` too. */
  readonly multiplexes?: boolean;
}

export interface NamedCall {
  readonly name: string;
  readonly isNarrow: boolean;
  /** No argument twice in one of them, and none that answers what the default does. */
  readonly rules: SeccompRule[];
}

/**
 * Notes what the rules say by the numbers of `table`.
 *
 * @param calls - by number; tables that a filter cannot tell apart share them
 * @returns the highest number that a runtime finds named, −1 when there is none
 */
export function collectCalls(
  { defaultAction, rules }: SeccompObject,
  { numbers, isNarrow = false, multiplexes = false }: FilteredArchitecture,
  calls: Map<number, NamedCall>,
): number {
  let highest = -1;
  const note = (name: string, number: number | undefined, made: readonly SeccompRule[]): void => {
    if (number === undefined) return;
    const call = calls.get(number) ?? { name, isNarrow, rules: [] };
    for (const rule of made) call.rules.push(isNarrow ? narrowed(rule) : rule);
    calls.set(number, call);
  };
  for (const rule of rules) {
    const single = rule.action === defaultAction ? [] : split(rule);
    for (const name of new Set(rule.names)) {
      const way = multiplexes ? multiplexed(name) : undefined;
      const number = numbers.get(name);
      if (number !== undefined && way === undefined) highest = Math.max(highest, number);
      note(name, number, single);
      if (way !== undefined)
        note(
          way.by,
          numbers.get(way.by),
          single.map(one => throughMultiplexer(one, way.call)),
        );
    }
  }
  return highest;
}

/** Where a rule tests one argument twice a runtime makes a rule of each condition. */
function split(rule: SeccompRule): SeccompRule[] {
  const { conditions } = rule;
  if (new Set(conditions.map(({ index }) => index)).size === conditions.length) return [rule];
  return conditions.map(condition => ({ ...rule, conditions: [condition] }));
}

const LOW = 0xffff_ffffn;

/** Where registers have 32 bits libseccomp leaves out the upper halves, and conditions on nothing else. */
function narrowed(rule: SeccompRule): SeccompRule {
  const conditions = rule.conditions
    .map(one => ({ ...one, value: one.value & LOW, valueTwo: one.valueTwo & LOW }))
    .filter(({ op, value }) => op !== 'SCMP_CMP_MASKED_EQ' || value !== 0n);
  return { ...rule, conditions };
}

/** The kind of call takes the place of the first argument; of the others libseccomp keeps what the rule says. */
function throughMultiplexer(rule: SeccompRule, call: number): SeccompRule {
  const kind: Condition = { index: 0, op: 'SCMP_CMP_EQ', value: BigInt(call), valueTwo: 0n };
  return { ...rule, conditions: [kind, ...rule.conditions.filter(({ index }) => index !== 0)] };
}
