/** How large a program libseccomp makes of an object that was written here: rules of MASKED_EQ that exclude each other. */
import { collectCalls, type NamedCall } from './named-calls.js';
import type { Loader } from './oci.js';
import type { Condition, SeccompObject, SeccompRule } from './seccomp-object.js';

/** What libseccomp and a runtime's stub put before each architecture, and behind all of them. */
const OF_ARCHITECTURE = 16;
/** Of a call: compare the number, and jump or return. */
const OF_CALL = 2;
/** Of half a condition: load, mask, compare, and a jump that is too far for the comparison. */
const OF_HALF = 4;

/** From above, and near: a test makes thousands and counts. */
export function instructionsAtMost(object: SeccompObject, { architectures, native }: Loader): number {
  let count = 0;
  for (const name of new Set([native, ...object.architectures])) {
    const table = architectures.get(name);
    const calls = new Map<number, NamedCall>();
    if (table !== undefined) collectCalls(object, table, calls);
    count += OF_ARCHITECTURE;
    for (const { rules } of calls.values()) count += OF_CALL + OF_HALF * testsOf(rules);
  }
  return count;
}

/** How many tests the rules of one call need: rules that begin with the same tests share them. */
function testsOf(rules: readonly SeccompRule[]): number {
  const tests = new Set<string>();
  for (const { conditions } of rules) {
    let path = '';
    for (const half of conditions.flatMap(halvesOf)) tests.add((path += half));
  }
  return tests.size;
}

/** A filter sees 32 bits at a time: first the upper half, unless it is not tested. */
function halvesOf({ index, value, valueTwo }: Condition): string[] {
  const half = (shift: bigint): string[] => {
    const [mask, wanted] = [value, valueTwo].map(word => (word >> shift) & 0xffff_ffffn);
    return mask === 0n ? [] : [` ${index} ${shift} ${mask} ${wanted}`];
  };
  return [...half(32n), ...half(0n)];
}
