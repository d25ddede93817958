import { reasonOf, WritError } from '../errors.js';
import { isAbsent, readNamedFile } from './named-file.js';
import type { ConfigFile } from './types.js';

const MAX_FILE = 1024 * 1024;

/**
 * Read and check a configuration file. The YAML parser and the schema validator are loaded here and not before: a
 * command that finds no file does not pay for them.
 *
 * @param path - absolute
 * @param required - false: a file that is not there is undefined
 * @throws WritError CONFIG_FILE when it cannot be read, CONFIG_INVALID with file, line and what was expected
 */
export async function readConfigFile(path: string, required: boolean): Promise<ConfigFile | undefined> {
  const text = await readConfigText(path, required);
  if (text === undefined) return undefined;
  const { parseConfigFile } = await import('./parse-file.js');
  return parseConfigFile(path, text);
}

/** The text of such a file. @throws WritError CONFIG_FILE */
export async function readConfigText(path: string, required: boolean): Promise<string | undefined> {
  try {
    const { bytes } = await readNamedFile(path, MAX_FILE);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    if (!required && isAbsent(cause)) return undefined;
    throw new WritError('CONFIG_FILE', `${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}
