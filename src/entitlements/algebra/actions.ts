/** What a filter answers: SECCOMP_RET_* words of linux/seccomp.h, and the names that OCI profiles have for them. */
import { WritError } from '../../errors.js';
import { quote } from '../../json/quote.js';

export const ALLOW = 0x7fff0000;
export const LOG = 0x7ffc0000;
const TRACE = 0x7ff00000;
/** No default can be it. */
export const NOTIFY = 0x7fc00000;
const ERRNO = 0x00050000;
const TRAP = 0x00030000;
const KILL_PROCESS = 0x80000000;
export const KILL_THREAD = 0;

const ACTION = 0xffff0000;
const DATA = 0x0000ffff;

const WORDS: ReadonlyMap<string, number> = new Map([
  ['SCMP_ACT_ALLOW', ALLOW],
  ['SCMP_ACT_LOG', LOG],
  ['SCMP_ACT_TRACE', TRACE],
  ['SCMP_ACT_NOTIFY', NOTIFY],
  ['SCMP_ACT_ERRNO', ERRNO],
  ['SCMP_ACT_TRAP', TRAP],
  ['SCMP_ACT_KILL_PROCESS', KILL_PROCESS],
  ['SCMP_ACT_KILL_THREAD', KILL_THREAD],
  ['SCMP_ACT_KILL', KILL_THREAD],
]);
const EPERM = 1;
/** The kernel takes no higher one. */
export const MAX_ERRNO = 4095;

const actionOf = (word: number): number => (word & ACTION) >>> 0;

/** @param errno - 1 when none is given, as runtimes have it; used by ERRNO and TRACE alone. @throws WritError PROFILE_OBJECT */
export function actionWord(name: string, errno: number = EPERM): number {
  const word = WORDS.get(name);
  if (word === undefined) throw new WritError('PROFILE_OBJECT', `there is no action ${quote(name)}`);
  return word === ERRNO || word === TRACE ? (word | (errno & DATA)) >>> 0 : word;
}

export const errnoWord = (errno: number): number => actionWord('SCMP_ACT_ERRNO', errno);

/** The name that OCI profiles have for the action of a word, and its errno; undefined when there is none. */
export function actionName(word: number): { name: string; errno?: number } | undefined {
  const [name] = [...WORDS].find(([, known]) => known === actionOf(word)) ?? [];
  if (name === undefined) return undefined;
  const data = word & DATA;
  if (actionOf(word) === ERRNO || actionOf(word) === TRACE)
    return data <= MAX_ERRNO ? { name, errno: data } : undefined;
  return data === 0 ? { name } : undefined;
}

/** Whether an OCI profile can say it. */
export const isNamed = (word: number): boolean => actionName(word) !== undefined;

/** Whether a call is made. A tracer or a listener may let it be made. */
export const mayPermit = (word: number): boolean => {
  const action = actionOf(word);
  return action === ALLOW || action === LOG || action === TRACE || action === NOTIFY;
};

/** Whether a call is made for sure. */
export const surelyPermits = (word: number): boolean => actionOf(word) === ALLOW || actionOf(word) === LOG;

/** For people: `allow`, `errno 38`, `kill-process`. */
export function describeAction(word: number): string {
  const [name = `0x${word.toString(16)}`] = [...WORDS].find(([, known]) => known === actionOf(word)) ?? [];
  const short = name.replace('SCMP_ACT_', '').toLowerCase().replaceAll('_', '-');
  return actionOf(word) === ERRNO || actionOf(word) === TRACE ? `${short} ${word & DATA}` : short;
}
