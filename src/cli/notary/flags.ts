/** The words of a `notary` command line, read as its own parser reads them: flags anywhere, lists with commas. */
import { parseArgs } from 'node:util';
import { WritError } from '../../errors.js';

type FlagKind = 'string' | 'strings' | 'ints' | 'int' | 'bool';

export interface Flag {
  readonly kind: FlagKind;
  readonly short?: string;
  /** One line. */
  readonly help: string;
}

export type Flags = Readonly<Record<string, Flag>>;

/** What was given of a command line. */
export interface Given {
  readonly args: readonly string[];
  /** Whether the flag was given at all. */
  has(name: string): boolean;
  text(name: string): string;
  is(name: string): boolean;
  /** The words of a list, those of several flags together. */
  list(name: string): readonly string[];
  number(name: string): number;
}

export const GLOBAL_FLAGS: Flags = {
  configFile: { kind: 'string', short: 'c', help: 'file with the configuration' },
  debug: { kind: 'bool', short: 'D', help: 'say everything that is done' },
  server: { kind: 'string', short: 's', help: 'address of the Notary server' },
  tlscacert: { kind: 'string', help: 'file with the only authorities that may vouch for the server' },
  tlscert: { kind: 'string', help: 'file with the certificate to show to the server' },
  tlskey: { kind: 'string', help: 'file with the key of that certificate' },
  trustDir: { kind: 'string', short: 'd', help: 'folder with keys and trust data' },
  verbose: { kind: 'bool', short: 'v', help: 'say more of what is done' },
  help: { kind: 'bool', short: 'h', help: 'explain the command' },
};

const takesWord = ({ kind }: Flag): boolean => kind !== 'bool';

/** Where the words of a command line stand that are neither flags nor their values. */
export function wordPlaces(argv: readonly string[], flags: Flags): number[] {
  const places: number[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word === '--') break;
    if (!/^-./.test(word)) places.push(i);
    else if (swallowsNext(word, flags)) i++;
  }
  return places;
}

function swallowsNext(word: string, flags: Flags): boolean {
  if (word.includes('=')) return false;
  if (word.startsWith('--')) {
    const flag = Object.hasOwn(flags, word.slice(2)) ? flags[word.slice(2)] : undefined;
    return flag !== undefined && takesWord(flag);
  }
  const last = Object.values(flags).find(({ short }) => short === word.at(-1));
  return last !== undefined && takesWord(last);
}

/** `-p=false` as `--publish=false`: node's parser takes the `=` for a flag, or for the beginning of a value. */
function spelledOut(argv: readonly string[], flags: Flags): string[] {
  const words: string[] = [];
  for (let i = 0; i < argv.length; i++) {
    const word = argv[i] ?? '';
    if (word === '--') return [...words, ...argv.slice(i)];
    words.push(...withoutEquals(word, flags));
    if (/^-./.test(word) && swallowsNext(word, flags)) words.push(...argv.slice(++i, i + 1));
  }
  return words;
}

function withoutEquals(word: string, flags: Flags): string[] {
  const [, before = '', short, value = ''] = /^-([^-=]*)([^-=])=(.+)$/s.exec(word) ?? [];
  const known = Object.entries(flags);
  const isSwitch = (one: string): boolean => known.some(([, flag]) => flag.short === one && !takesWord(flag));
  const [name] = known.find(([, flag]) => flag.short === short) ?? [];
  if (short === undefined || name === undefined || ![...before].every(isSwitch)) return [word];
  return [...(before === '' ? [] : [`-${before}`]), `--${name}=${value}`];
}

/** @throws WritError NOTARY_USAGE, in the words of Notary's own parser */
export function parseFlags(argv: readonly string[], flags: Flags): Given {
  const { tokens, positionals } = parseArgs({
    args: spelledOut(argv, flags),
    options: Object.fromEntries(
      Object.entries(flags).map(([name, { kind, short }]) => [
        name,
        {
          type: kind === 'bool' ? 'boolean' : 'string',
          multiple: true,
          ...(short !== undefined && { short }),
        },
      ]),
    ),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const flag = Object.hasOwn(flags, token.name) ? flags[token.name] : undefined;
    if (flag === undefined) throw unknown(token.rawName);
    const value = flag.kind === 'bool' ? (token.value ?? 'true') : token.value;
    if (value === undefined) throw usage(`flag needs an argument: ${naming(token.rawName)}`);
    checkValue(token.name, flag, value);
    given.set(token.name, [...(given.get(token.name) ?? []), value]);
  }
  return new GivenFlags(positionals, given);
}

class GivenFlags implements Given {
  readonly args: readonly string[];
  readonly #given: ReadonlyMap<string, readonly string[]>;

  constructor(args: readonly string[], given: ReadonlyMap<string, readonly string[]>) {
    this.args = args;
    this.#given = given;
  }

  has(name: string): boolean {
    return this.#given.has(name);
  }

  text(name: string): string {
    return this.#given.get(name)?.at(-1) ?? '';
  }

  is(name: string): boolean {
    return TRUE.has(this.text(name));
  }

  list(name: string): readonly string[] {
    return (this.#given.get(name) ?? []).flatMap(splitList);
  }

  number(name: string): number {
    return Number(this.text(name));
  }
}

const TRUE: ReadonlySet<string> = new Set(['1', 't', 'T', 'TRUE', 'true', 'True']);
const FALSE: ReadonlySet<string> = new Set(['0', 'f', 'F', 'FALSE', 'false', 'False']);
const INTEGER = /^[+-]?\d{1,9}$/;

function checkValue(name: string, { kind, short }: Flag, value: string): void {
  const shown = short === undefined ? `--${name}` : `-${short}, --${name}`;
  const bad = (what: string): WritError =>
    usage(`invalid argument ${JSON.stringify(value)} for "${shown}" flag: ${what}: invalid syntax`);
  if (kind === 'bool' && !TRUE.has(value) && !FALSE.has(value)) {
    throw bad(`strconv.ParseBool: parsing ${JSON.stringify(value)}`);
  }
  if (kind === 'int' && !INTEGER.test(value)) throw bad(`strconv.ParseInt: parsing ${JSON.stringify(value)}`);
  const wrong = kind === 'ints' ? value.split(',').find(part => !INTEGER.test(part)) : undefined;
  if (wrong !== undefined) throw bad(`strconv.Atoi: parsing ${JSON.stringify(wrong)}`);
}

/** One line of comma-separated values, with double quotes around those that hold a comma or nothing. RFC 4180. */
function splitList(text: string): string[] {
  if (text === '') return [];
  const fields = text.match(/(?<=^|,)(?:"(?:[^"]|"")*"|[^,]*)/g) ?? [];
  return fields.map(field => (field.startsWith('"') ? field.slice(1, -1).replaceAll('""', '"') : field));
}

const naming = (rawName: string): string =>
  rawName.startsWith('--') ? rawName : `'${rawName.slice(1)}' in ${rawName}`;

const unknown = (rawName: string): WritError =>
  usage(rawName.startsWith('--') ? `unknown flag: ${rawName}` : `unknown shorthand flag: ${naming(rawName)}`);

export const usage = (message: string): WritError => new WritError('NOTARY_USAGE', message);
