/**
 * What an OCI seccomp object answers, read as naively as can be: the second opinion on what the compiler writes.
 * Where two rules of different actions match one call the answer is undefined, and a test should say so.
 */
import type { JsonObject } from '../../src/json/types.js';

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly errnoRet?: number;
  readonly args?: readonly { index: number; value: number; valueTwo: number; op: string }[];
}

export type Answer = 'allow' | number;

const matches = (rule: Rule, args: readonly bigint[]): boolean =>
  (rule.args ?? []).every(({ index, value, valueTwo, op }) => {
    if (op !== 'SCMP_CMP_MASKED_EQ') throw new Error(`unexpected ${op}`);
    return ((args[index] ?? 0n) & BigInt(value)) === BigInt(valueTwo);
  });

/** `allow`, or the errno that the call gets. */
export function answer(seccomp: JsonObject, name: string, ...args: (number | bigint)[]): Answer {
  const { syscalls, defaultErrnoRet } = seccomp as unknown as { syscalls: Rule[]; defaultErrnoRet: number };
  const wide = args.map(BigInt);
  const found = new Set(
    syscalls
      .filter(rule => rule.names.includes(name) && matches(rule, wide))
      .map(rule => (rule.action === 'SCMP_ACT_ALLOW' ? 'allow' : (rule.errnoRet ?? NaN))),
  );
  if (found.size > 1) throw new Error(`${name}(${args.join(', ')}) has ${found.size} answers`);
  return found.size === 1 ? [...found][0]! : defaultErrnoRet;
}

/** The calls of which some arguments are permitted. */
export function permitted(seccomp: JsonObject): string[] {
  const { syscalls } = seccomp as unknown as { syscalls: Rule[] };
  return [
    ...new Set(syscalls.filter(({ action }) => action === 'SCMP_ACT_ALLOW').flatMap(({ names }) => names)),
  ].sort();
}
