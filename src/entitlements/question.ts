/** What somebody asks about: a capability, or calls with some arguments, written as manuals and traces write them. */
import { WritError } from '../errors.js';
import { testable } from './arguments.js';
import { CONSTANTS } from './constants.js';
import { UNIVERSE } from './cubes.js';
import type { Catalogue, Cube, Match } from './model.js';
import { partsOf } from './parts.js';
import { suggest } from './suggest.js';
import { quoted } from './text.js';

/** A right that grants may open. */
export interface Question {
  readonly kind: 'syscall' | 'capability';
  /** `socket`, `CAP_SYS_ADMIN`. */
  readonly name: string;
  /** The arguments that are asked about; of a capability all. */
  readonly args: Cube;
}

const CALL = /^\s*([A-Za-z0-9_]{1,64})\s*(?:\(([^()]{0,400})\))?\s*$/;
const MAX_ARGS = 6;
const WORD = 0xffffffff;

/**
 * Reads `mount`, `CAP_SYS_ADMIN` or `SYS_ADMIN` in any case, or a call with arguments: `socket(AF_INET, SOCK_RAW)`,
 * `ioctl(fd, TIOCSTI)`, `unshare(flags=CLONE_NEWUSER|CLONE_NEWNET)`. An argument is a number, names of values with `|`
 * between them, or anything in lower case or `_` for any value; those that are left out are any too.
 *
 * @throws WritError PROFILE_NAME for a name that nothing has, PROFILE_ARGUMENT
 */
export function parseQuestion(catalogue: Catalogue, text: string): Question {
  const [, word = '', list] = CALL.exec(text) ?? [];
  const call = word.toLowerCase();
  if (isCall(catalogue, call)) return { kind: 'syscall', name: call, args: argsOf(call, list ?? '') };
  const capability = `CAP_${word.toUpperCase().replace(/^CAP_/, '')}`;
  if (list === undefined && capabilities(catalogue).has(capability))
    return { kind: 'capability', name: capability, args: UNIVERSE };
  throw unknown(catalogue, text, word);
}

/** As it is asked: `socket(AF_INET, SOCK_RAW)` with numbers, `CAP_SYS_ADMIN`. */
export function questionWords({ name, args }: Question): string {
  if (args.length === 0) return name;
  const last = Math.max(...args.map(({ index }) => index));
  const words = Array.from({ length: last + 1 }, (_, index) => {
    const match = args.find(other => other.index === index);
    return match === undefined ? '_' : hex(match.value);
  });
  return `${name}(${words.join(', ')})`;
}

const hex = (value: number): string => (value < 10 ? String(value) : `0x${value.toString(16)}`);

const isCall = ({ tables }: Catalogue, name: string): boolean =>
  [...tables.values()].some(({ numbers }) => numbers.has(name));

function capabilities({ domains, reserved }: Catalogue): ReadonlySet<string> {
  const parts = [...domains.values()].flatMap(partsOf);
  return new Set([
    ...parts.flatMap(({ effects }) => effects.capabilities),
    ...reserved.flatMap(({ capabilities: names }) => names),
  ]);
}

function unknown(catalogue: Catalogue, text: string, word: string): WritError {
  const calls = [...catalogue.tables.values()].flatMap(({ numbers }) => [...numbers.keys()]);
  const names = capabilities(catalogue);
  const bare = [...names].map(name => name.replace(/^CAP_/, ''));
  const near = suggest(word.toLowerCase(), calls) ?? suggest(word.toUpperCase(), [...names, ...bare]);
  const hint = near === undefined ? {} : { hint: `did you mean ${near}?` };
  return new WritError('PROFILE_NAME', `no system call or capability is called ${quoted(text)}`, hint);
}

function argsOf(call: string, list: string): Cube {
  if (list.trim() === '') return UNIVERSE;
  const words = list.split(',').map(word => word.trim());
  if (words.length > MAX_ARGS) throw wrong(list, `a call has at most ${MAX_ARGS} arguments`);
  const matches = new Map<number, Match>();
  for (const [position, word] of words.entries()) {
    const [, name, written = word] = /^([a-z][a-z0-9_]*)\s*=\s*(.+)$/.exec(word) ?? [];
    const index = name === undefined ? position : indexOf(call, name);
    const value = valueOf(written);
    if (value === undefined) continue;
    if (matches.has(index)) throw wrong(word, `argument ${index + 1} is given twice`);
    matches.set(index, { index, mask: WORD, value });
  }
  return [...matches.values()].sort((a, b) => a.index - b.index);
}

function indexOf(call: string, name: string): number {
  const args = testable(call)?.args ?? new Map<string, number>();
  const index = args.get(name);
  if (index !== undefined) return index;
  const known = [...args.keys()].join(', ');
  const hint = known === '' ? 'no grant looks at its arguments' : `grants look at ${known}`;
  throw new WritError('PROFILE_ARGUMENT', `${call} has no argument ${quoted(name)} that rules test`, {
    hint,
  });
}

/** @returns undefined for any value */
function valueOf(text: string): number | undefined {
  if (text === '*' || text === '...' || text === '…' || /^[a-z_][a-z0-9_.>-]*$|^&|^"/.test(text))
    return undefined;
  const values = text.split('|').map(part => oneValue(part.trim()));
  return values.reduce((all, value) => (all | value) >>> 0, 0);
}

function oneValue(text: string): number {
  const known = CONSTANTS.get(text);
  if (known !== undefined) return known;
  const number = /^-?(?:0x[0-9a-f]{1,8}|\d{1,10})$/i.test(text) ? numberOf(text) : Number.NaN;
  if (number >= -(2 ** 31) && number <= WORD) return number >>> 0;
  const near = suggest(text.toUpperCase(), [...CONSTANTS.keys()]);
  const hint = near === undefined ? {} : { hint: `did you mean ${near}?` };
  throw new WritError('PROFILE_ARGUMENT', `${quoted(text)} is no number of 32 bits and no known name`, hint);
}

const numberOf = (text: string): number => (text.startsWith('-') ? -Number(text.slice(1)) : Number(text));

const wrong = (text: string, why: string): WritError =>
  new WritError('PROFILE_ARGUMENT', `${quoted(text)}: ${why}`);
