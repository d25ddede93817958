/** Completion scripts, made from the same tables as the help: what help shows, completion offers. */
import type { CommandEntry } from '../command.js';
import { bash } from './bash.js';
import { fish } from './fish.js';
import { completionTable, type Table, type Values } from './table.js';
import { zsh } from './zsh.js';

const SCRIPTS = { bash, zsh, fish } as const satisfies Record<string, (table: Table) => string>;

export type Shell = keyof typeof SCRIPTS;

export const SHELLS = ['bash', 'zsh', 'fish'] as const satisfies readonly Shell[];

/** @returns the script for `shell`, with a line feed at the end */
export async function completionScript(
  shell: Shell,
  commands: readonly CommandEntry[],
  values: Values,
): Promise<string> {
  return SCRIPTS[shell](await completionTable(commands, values));
}
