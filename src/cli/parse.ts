/** The words of the command line → options and arguments, by the options that the command declares. */
import { parseArgs } from 'node:util';
import { WritError } from '../errors.js';
import type { OptionSpec, OptionSpecs, RawValues } from './command.js';
import { suggest } from '../entitlements/suggest.js';

export interface Parsed {
  readonly values: RawValues;
  readonly args: readonly string[];
}

interface OptionToken {
  readonly name: string;
  readonly rawName: string;
  readonly value: string | undefined;
  readonly inlineValue: boolean | undefined;
}

/**
 * Parse `argv` (without the command's own words) by `specs`.
 *
 * @throws WritError USAGE for an unknown option, a missing or unwanted value, and an option given twice that may
 *   be given once; the message names it, the hint suggests the nearest
 */
export function parseOptions(argv: readonly string[], specs: OptionSpecs, helpFor: string): Parsed {
  const { tokens, positionals } = parseArgs({
    args: [...argv],
    options: parseArgsOptions(specs),
    strict: false,
    allowPositionals: true,
    tokens: true,
  });
  const given = new Map<string, string[]>();
  for (const token of tokens) {
    if (token.kind !== 'option') continue;
    const spec = Object.hasOwn(specs, token.name) ? specs[token.name] : undefined;
    if (spec === undefined) throw unknownOption(token.rawName, Object.keys(specs), helpFor);
    const value = checkedValue(token, spec, helpFor);
    const earlier = given.get(token.name);
    if (earlier === undefined) given.set(token.name, [value]);
    else if (spec.multiple === true) earlier.push(value);
    else if (spec.type === 'string') throw wrong(`${token.rawName} is given twice`, helpFor);
  }
  return { values: collect(specs, given), args: positionals };
}

function parseArgsOptions(
  specs: OptionSpecs,
): Record<string, { type: 'string' | 'boolean'; short?: string }> {
  return Object.fromEntries(
    Object.entries(specs).map(([name, { type, short }]) => [
      name,
      { type, multiple: true, ...(short === undefined ? {} : { short }) },
    ]),
  );
}

function checkedValue(token: OptionToken, spec: OptionSpec, helpFor: string): string {
  if (spec.type === 'boolean') {
    if (token.value !== undefined) throw wrong(`${token.rawName} takes no value`, helpFor);
    return '';
  }
  const swallowed = token.inlineValue === false && /^-./.test(token.value ?? '');
  if (token.value === undefined || swallowed) {
    throw wrong(`${token.rawName} needs a value: ${token.rawName} ${spec.value ?? 'VALUE'}`, helpFor);
  }
  return token.value;
}

function collect(specs: OptionSpecs, given: ReadonlyMap<string, string[]>): RawValues {
  return Object.fromEntries(
    Object.entries(specs).map(([name, spec]) => {
      const values = given.get(name);
      if (spec.type === 'boolean') return [name, values !== undefined];
      return [name, spec.multiple === true ? (values ?? []) : values?.[0]];
    }),
  );
}

function unknownOption(rawName: string, known: readonly string[], helpFor: string): WritError {
  const near = rawName.startsWith('--') ? suggest(rawName.slice(2), known) : undefined;
  const hint =
    near === undefined ? `see \`${helpFor} --help\`` : `did you mean --${near}? see \`${helpFor} --help\``;
  return new WritError('USAGE', `unknown option ${rawName}`, { hint });
}

function wrong(message: string, helpFor: string): WritError {
  return new WritError('USAGE', message, { hint: `see \`${helpFor} --help\`` });
}
