/** The seccomp object of OCI's runtime-spec, read: runtime-spec, config-linux §seccomp. */
import { WritError } from '../../errors.js';
import { arrayAt, asObject, integerAt, stringAt, stringsAt } from '../../json/read.js';
import { quote } from '../../json/quote.js';
import { member, type JsonObject } from '../../json/types.js';
import { wideInteger, wideIntegerAt } from '../../json/wide.js';
import { actionName, actionWord, MAX_ERRNO } from './actions.js';
import { ARGUMENTS } from './call.js';

const OPERATORS = [
  ...['SCMP_CMP_NE', 'SCMP_CMP_LT', 'SCMP_CMP_LE', 'SCMP_CMP_EQ', 'SCMP_CMP_GE', 'SCMP_CMP_GT'],
  'SCMP_CMP_MASKED_EQ',
] as const;
export type Operator =
  | 'SCMP_CMP_NE'
  | 'SCMP_CMP_LT'
  | 'SCMP_CMP_LE'
  | 'SCMP_CMP_EQ'
  | 'SCMP_CMP_GE'
  | 'SCMP_CMP_GT'
  | 'SCMP_CMP_MASKED_EQ';

export interface Condition {
  readonly index: number;
  readonly op: Operator;
  /** Of MASKED_EQ the mask. */
  readonly value: bigint;
  readonly valueTwo: bigint;
}

export interface SeccompRule {
  readonly names: readonly string[];
  /** A SECCOMP_RET_* word. */
  readonly action: number;
  readonly conditions: readonly Condition[];
}

export interface SeccompObject {
  readonly defaultAction: number;
  readonly architectures: readonly string[];
  readonly rules: readonly SeccompRule[];
}

const isOperator = (text: string): text is Operator => OPERATORS.some(op => op === text);

/**
 * @param json - of `parseWide`, or of a reader that refuses values above 2^53: such numbers are never rounded
 * @throws WritError PROFILE_OBJECT, JSON_*
 */
export function readSeccompObject(json: JsonObject): SeccompObject {
  const has = (name: string): boolean => (member(json, name) ?? null) !== null;
  if (has('archMap')) {
    throw new WritError(
      'PROFILE_OBJECT',
      "it is in Docker's format, which says different things on different machines",
      {
        hint: 'give the seccomp object of a config.json, as `writ profile compile --format seccomp` prints it',
      },
    );
  }
  return {
    defaultAction: actionAt(json, 'defaultAction', 'defaultErrnoRet', 'seccomp'),
    architectures: has('architectures') ? stringsAt(json, 'architectures', 'seccomp') : [],
    rules: has('syscalls')
      ? arrayAt(json, 'syscalls', 'seccomp').map((rule, i) =>
          readRule(asObject(rule, `seccomp.syscalls[${i}]`), `seccomp.syscalls[${i}]`),
        )
      : [],
  };
}

function readRule(json: JsonObject, path: string): SeccompRule {
  const args = member(json, 'args') ?? null;
  return {
    names: stringsAt(json, 'names', path),
    action: actionAt(json, 'action', 'errnoRet', path),
    conditions:
      args === null
        ? []
        : arrayAt(json, 'args', path).map((arg, i) =>
            readCondition(asObject(arg, `${path}.args[${i}]`), `${path}.args[${i}]`),
          ),
  };
}

function actionAt(json: JsonObject, name: string, errno: string, path: string): number {
  const given = member(json, errno) ?? null;
  return actionWord(
    stringAt(json, name, path),
    given === null ? undefined : integerAt(json, errno, path, 0, MAX_ERRNO),
  );
}

function readCondition(json: JsonObject, path: string): Condition {
  const op = stringAt(json, 'op', path);
  if (!isOperator(op)) throw new WritError('PROFILE_OBJECT', `${path} has the operator ${quote(op)}`);
  const wide = (name: string): bigint => wideIntegerAt(json, name, path);
  const hasSecond = (member(json, 'valueTwo') ?? null) !== null;
  return {
    index: integerAt(json, 'index', path, 0, ARGUMENTS - 1),
    op,
    value: wide('value'),
    valueTwo: hasSecond ? wide('valueTwo') : 0n,
  };
}

/** The object as JSON, for `wideText`. @throws WritError PROFILE_OBJECT for an action that has no name */
export function writeSeccompObject({ defaultAction, architectures, rules }: SeccompObject): JsonObject {
  const { name, errno } = namedAction(defaultAction);
  return {
    architectures,
    defaultAction: name,
    ...(errno !== undefined && { defaultErrnoRet: errno }),
    syscalls: rules.map(writeRule),
  };
}

function writeRule({ names, action, conditions }: SeccompRule): JsonObject {
  const { name, errno } = namedAction(action);
  const args = conditions.map(({ index, op, value, valueTwo }) => ({
    index,
    op,
    value: wideInteger(value),
    valueTwo: wideInteger(valueTwo),
  }));
  return {
    action: name,
    ...(args.length > 0 && { args }),
    ...(errno !== undefined && { errnoRet: errno }),
    names,
  };
}

function namedAction(word: number): { name: string; errno?: number } {
  const named = actionName(word);
  if (named !== undefined) return named;
  throw new WritError('PROFILE_OBJECT', `there is no name for the action 0x${word.toString(16)}`);
}
