/** What completion knows: the tables that help is made of, and the words that stand for grants. */
import type { CommandEntry, OptionSpec } from '../command.js';
import { commandGroups, nextWords } from '../command-words.js';
import { GLOBAL_OPTIONS } from '../globals.js';

/** One word that may stand here, and what it means. */
export interface Choice {
  readonly word: string;
  readonly help: string;
}

export interface CompletedOption extends OptionSpec {
  readonly name: string;
}

/** What may follow the words of a command, or of the beginning of some. */
export interface Place {
  /** `''`, `profile`, `profile compile`. */
  readonly path: string;
  readonly choices: readonly Choice[];
  /** Empty where a command lacks words. */
  readonly options: readonly CompletedOption[];
}

export interface Table {
  readonly places: readonly Place[];
  /** What is no command itself, but the beginning of some, `''` among them. */
  readonly groups: readonly string[];
}

/** Values that an option may have by its name, where they are no words of the program: presets, grants. */
export type Values = ReadonlyMap<string, readonly string[]>;

/** @param values - offered for options that have no words of their own */
export async function completionTable(commands: readonly CommandEntry[], values: Values): Promise<Table> {
  const groups = ['', ...commandGroups(commands)];
  const inGroups = groups.map(path => ({ path, choices: choicesIn(path, commands), options: [] }));
  const inCommands = await Promise.all(
    commands.map(async ({ name, load }) => {
      const { command } = await load();
      const options = Object.entries<OptionSpec>({ ...command.options, ...GLOBAL_OPTIONS });
      return {
        path: name,
        choices: command.words.map(word => ({ word, help: '' })),
        options: options.map(([option, spec]) => withValues(option, spec, values.get(option))),
      };
    }),
  );
  return { places: [...inGroups, ...inCommands], groups };
}

const withValues = (
  name: string,
  spec: OptionSpec,
  words: readonly string[] | undefined,
): CompletedOption => ({ ...(words === undefined ? {} : { words }), ...spec, name });

function choicesIn(path: string, commands: readonly CommandEntry[]): Choice[] {
  const choices = nextWords(commands, path).map(word => {
    const name = `${path} ${word}`.trimStart();
    const entry = commands.find(command => command.name === name);
    return { word, help: entry?.summary ?? `${name} commands` };
  });
  return path === '' ? [...choices, { word: 'help', help: 'explain a command' }] : choices;
}

/** `--format`, `-o`: every way to write the options that `wanted` says yes to. */
export function flagsOf(table: Table, wanted: (option: CompletedOption) => boolean): string[] {
  const flags = table.places
    .flatMap(({ options }) => options)
    .filter(wanted)
    .flatMap(({ name, short }) => [`--${name}`, ...(short === undefined ? [] : [`-${short}`])]);
  return [...new Set(flags)];
}

/** The value is a file, or anything: the shell completes the names of files. */
export const isFree = ({ type, words }: CompletedOption): boolean => type === 'string' && words === undefined;

export const takesValue = ({ type }: CompletedOption): boolean => type === 'string';

/** In single quotes, for bash and zsh. */
export const quoted = (text: string): string => `'${text.replaceAll("'", `'\\''`)}'`;
