/**
 * The OCI seccomp object (runtime-spec, config-linux §seccomp).
 *
 * - default: ENOSYS (38), so that a libc falls back from calls it does not find; both runtimes then agree on
 *   numbers that they have no name for
 * - calls that programs know may be refused answer EPERM by name
 * - a call that is tested is never also allowed whole, and its permitted and refused cubes are disjoint
 * - `clone3` hides what the tests look at: ENOSYS; `socketcall` and `ipc` do likewise, and get an answer that is no
 *   engine's default, since a rule that answers the default is not loaded: EACCES
 */
import type { JsonObject } from '../../json/types.js';
import { FACTS } from '../architectures.js';
import type { Cube } from '../model.js';
import type { CallPolicy, Profile, ProfileParts } from '../profile.js';
import type { Emission } from './emission.js';

export const EPERM = 1;
/** socket(2): permission to create a socket of the specified type or protocol is denied. */
const EACCES = 13;
export const ENOSYS = 38;

/** Its arguments no filter can see; it stays missing even where nothing is tested. */
const BLIND: readonly string[] = ['clone3'];

/** The `seccomp` format: the object alone. */
export function emitSeccomp(profile: Profile): Emission<JsonObject> {
  return { output: seccompOf(profile.parts), unexpressed: [] };
}

/** As OCI names them, the machine's own first. */
export const architecturesOf = ({ tables }: Pick<ProfileParts, 'tables'>): string[] =>
  tables.map(name => FACTS[name].seccomp);

export function seccompOf(parts: Pick<ProfileParts, 'calls' | 'tables'>): JsonObject {
  return {
    architectures: architecturesOf(parts),
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: ENOSYS,
    syscalls: rulesOf(parts.calls),
  };
}

/**
 * The rules of {@link seccompOf}, which Docker's format shares. There are hundreds: their members are in canonical
 * order, so that they need not be put in order once more.
 */
export function rulesOf(calls: readonly CallPolicy[]): JsonObject[] {
  const [always, ...refused] = namedRules(calls);
  return [...(always ? [always] : []), ...calls.flatMap(testedRules), ...refused];
}

/** The rules without conditions: what is permitted whole, what is refused whole with EPERM, and what is never seen through. */
export function namedRules(calls: readonly CallPolicy[]): JsonObject[] {
  const always = calls.filter(({ permits }) => permits === 'always').map(({ name }) => name);
  const never = (answer: CallPolicy['refusal']): string[] =>
    calls.filter(({ permits, refusal }) => permits === 'never' && refusal === answer).map(({ name }) => name);
  return [
    { action: 'SCMP_ACT_ALLOW', names: always },
    // A rule must have a name: with everything granted nothing is refused.
    ...refusing(EPERM, never('EPERM')),
    ...refusing(EACCES, never('EACCES')),
    { action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS, names: BLIND },
  ];
}

const refusing = (errnoRet: number, names: readonly string[]): JsonObject[] =>
  names.length > 0 ? [{ action: 'SCMP_ACT_ERRNO', errnoRet, names }] : [];

/** The calls that the default answers: for formats whose default has no number of its own. */
export function missingRules(calls: readonly CallPolicy[]): JsonObject[] {
  const names = calls
    .filter(
      ({ name, permits, refusal }) => permits === 'never' && refusal === 'ENOSYS' && !BLIND.includes(name),
    )
    .map(({ name }) => name);
  return names.length > 0 ? [{ action: 'SCMP_ACT_ERRNO', errnoRet: ENOSYS, names }] : [];
}

function testedRules({ name, permits, refuses }: CallPolicy): JsonObject[] {
  if (permits === 'always' || permits === 'never') return [];
  return [
    ...permits.map(cube => ({ action: 'SCMP_ACT_ALLOW', args: argsOf(cube), names: [name] })),
    ...refuses.map(cube => ({
      action: 'SCMP_ACT_ERRNO',
      args: argsOf(cube),
      errnoRet: EPERM,
      names: [name],
    })),
  ];
}

export const argsOf = (cube: Cube): JsonObject[] =>
  cube.map(({ index, mask, value }) => ({
    index,
    op: 'SCMP_CMP_MASKED_EQ',
    value: mask,
    valueTwo: value,
  }));
