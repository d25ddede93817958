/**
 * Calls of which a seccomp object says one thing and libseccomp may load another. libseccomp 2.5.4 makes a wrong program of
 * some sets of rules; the shapes below are the only ones of which that was seen, in tens of thousands of random objects
 * (docs/decisions/0011-exact-comparison.md, test/system/merge.test.ts).
 */
import { collectCalls, type NamedCall } from './named-calls.js';
import type { Loader } from './oci.js';
import type { Operator, SeccompObject, SeccompRule } from './seccomp-object.js';

export interface Doubt {
  /** The name that OCI has for the architecture: `SCMP_ARCH_X86_64`. */
  readonly architecture: string;
  readonly syscall: string;
}

const SIZES: ReadonlySet<Operator> = new Set(['SCMP_CMP_LT', 'SCMP_CMP_LE', 'SCMP_CMP_GT', 'SCMP_CMP_GE']);

/** In the order of the architectures, then of the rules. Architectures without a table have none. */
export function doubtsOf(object: SeccompObject, { architectures, native }: Loader): Doubt[] {
  return [...new Set([native, ...object.architectures])].flatMap(architecture => {
    const table = architectures.get(architecture);
    if (table === undefined) return [];
    const calls = new Map<number, NamedCall>();
    collectCalls(object, table, calls);
    const doubtful = [...calls.values()].filter(({ rules }) => isDoubtful(rules));
    return doubtful.map(({ name }) => ({ architecture, syscall: name }));
  });
}

/** Several rules for parts of one call: of them one that compares sizes, or a NE beside tests of several arguments. */
function isDoubtful(rules: readonly SeccompRule[]): boolean {
  if (rules.length < 2 || rules.some(({ conditions }) => conditions.length === 0)) return false;
  const tests = rules.flatMap(({ conditions }) => conditions);
  if (tests.some(({ op }) => SIZES.has(op))) return true;
  return (
    tests.some(({ op }) => op === 'SCMP_CMP_NE') && rules.some(({ conditions }) => conditions.length > 1)
  );
}
