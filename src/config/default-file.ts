/** Where the settings of a user are. Small: quick commands load this to learn that there are none. */
import { existsSync } from 'node:fs';
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** `HOME`, or what the system says where it is not set. */
export const homeOf = (env: Environment): string => env['HOME'] ?? homedir();

/** A folder of the XDG base directory specification 0.8; it says to ignore relative values. */
export function xdg(env: Environment, variable: string, fallback: string): string {
  const value = env[variable];
  return value !== undefined && isAbsolute(value) ? value : join(homeOf(env), fallback);
}

/** The file that is read where none is named. */
export const defaultFile = (env: Environment): string =>
  join(xdg(env, 'XDG_CONFIG_HOME', '.config'), 'writ', 'writ.yaml');

/**
 * False when nothing can name a folder of own domains, so that the settings need not be read for it.
 *
 * @param flags - what stands on the command line, by name
 */
export const mayNameCatalogue = (env: Environment, flags: Readonly<Record<string, unknown>>): boolean =>
  ['catalogue', 'config', 'notary-config'].some(name => typeof flags[name] === 'string') ||
  ['WRIT_CATALOGUE', 'WRIT_CONFIG'].some(name => (env[name] ?? '') !== '') ||
  existsSync(defaultFile(env));
