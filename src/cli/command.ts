/** What a command is: its options, its help, a function that runs it, and what that gets to work with. */
import type { LoadedCatalogue } from '../config/catalogue.js';
import type { LoadedConfig } from '../config/types.js';
import type { CliIo } from './io.js';
import type { Output } from './output.js';
import type { Services } from './services.js';

export interface OptionSpec {
  readonly type: 'string' | 'boolean';
  readonly short?: string;
  /** May be given more than once. */
  readonly multiple?: boolean;
  /** How help names the value: FILE, DOMAIN=LEVEL. */
  readonly value?: string;
  /** One line, lower case, no stop at the end. */
  readonly help: string;
  /** Words that completion offers as values. */
  readonly words?: readonly string[];
}

export type OptionSpecs = Readonly<Record<string, OptionSpec>>;

type ValueOf<O extends OptionSpec> = O extends { readonly type: 'boolean' }
  ? boolean
  : O extends { readonly multiple: true }
    ? readonly string[]
    : string | undefined;

/** Option name → what was given: absent flags are false, absent lists empty, absent values undefined. */
export type Values<S extends OptionSpecs> = { readonly [K in keyof S]: ValueOf<S[K]> };

/** Option values before they are typed by the command that owns them. */
export type RawValues = Readonly<Record<string, string | boolean | readonly string[] | undefined>>;

export interface CommandHelp {
  /** What follows the name in the usage line: `IMAGE[:TAG][@DIGEST] [--grant DOMAIN=LEVEL …]`. */
  readonly usage: string;
  /** Paragraphs that say what it does and what the exit code means. */
  readonly description: string;
  readonly examples: readonly string[];
}

interface CommandParts<S extends OptionSpecs> extends CommandHelp {
  /** The fewest and the most arguments that are not options. */
  readonly arguments: readonly [number, number];
  /** Words that completion offers as the first argument. */
  readonly words?: readonly string[];
  readonly options: S;
  /** Gives the exit code; nothing means 0. */
  readonly run: (context: Context, values: Values<S>, args: readonly string[]) => Promise<number | undefined>;
}

/** A command whose option types are known only to itself. */
export interface Command extends CommandHelp {
  readonly arguments: readonly [number, number];
  readonly words: readonly string[];
  readonly options: OptionSpecs;
  readonly execute: (context: Context, values: RawValues, args: readonly string[]) => Promise<number>;
}

/** One line of the table of commands. */
export interface CommandEntry {
  /** `sign`, or `profile compile`. */
  readonly name: string;
  /** One line, lower case, no stop at the end. */
  readonly summary: string;
  /** The heading that help has it under. */
  readonly section?: string;
  readonly load: () => Promise<{ readonly command: Command }>;
  /** For a command line of its own kind: gets all that follows the name, which must come first. */
  readonly raw?: () => Promise<{ readonly run: (argv: readonly string[], io: CliIo) => Promise<number> }>;
}

/** Ties the types of a command's values to its options. */
export function defineCommand<const S extends OptionSpecs>(parts: CommandParts<S>): Command {
  const { run, words = [], ...rest } = parts;
  return {
    ...rest,
    words,
    // parse.ts made the values from these very options: kind and multiplicity agree by construction.
    execute: async (context, values, args) => (await run(context, values as Values<S>, args)) ?? 0,
  };
}

/** What a command gets to work with. */
export interface Context {
  readonly io: CliIo;
  readonly out: Output;
  readonly services: Services;
  /** The table of commands. */
  readonly commands: readonly CommandEntry[];
  /** --no-input was given: nothing may be asked. */
  readonly noInput: boolean;
  /** The effective settings, read when first asked for: most of the quick commands never do. */
  readonly config: () => Promise<LoadedConfig>;
  /** The catalogue, with the domains that the settings add. */
  readonly catalogue: () => Promise<LoadedCatalogue>;
}
