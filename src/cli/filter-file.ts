/** A seccomp filter that somebody names: a seccomp object, a config.json, or raw classic BPF. */
import { parseProgram, type Instruction } from '../entitlements/algebra/bpf-program.js';
import { readSeccompObject, type SeccompObject } from '../entitlements/algebra/seccomp-object.js';
import { WritError } from '../errors.js';
import { asObject, objectAt } from '../json/read.js';
import { parseWide } from '../json/wide.js';
import { member } from '../json/types.js';
import type { Context } from './command.js';
import { inFile, readInput } from './files.js';

export type FilterFile =
  | { readonly kind: 'object'; readonly object: SeccompObject }
  | { readonly kind: 'program'; readonly program: readonly Instruction[] };

const MAX_BYTES = 4 * 1024 * 1024;
const BASE64 = /^[A-Za-z0-9+/\s]+={0,2}\s*$/;

/**
 * @param path - `-` is standard input
 * @throws WritError CLI_FILE; PROFILE_OBJECT, PROFILE_PROGRAM, JSON_* with the name of the file
 */
export async function readFilterFile({ io }: Context, path: string): Promise<FilterFile> {
  const bytes = await readInput(path, MAX_BYTES, io.stdin);
  return inFile(path, () => parseFilter(bytes));
}

function parseFilter(bytes: Uint8Array): FilterFile {
  const text = Buffer.from(bytes).toString('latin1');
  if (BASE64.test(text)) return { kind: 'program', program: parseProgram(Buffer.from(text, 'base64')) };
  const json = asObject(parseWide(bytes, { maxBytes: MAX_BYTES, numbers: 'any' }), 'the file');
  if (member(json, 'defaultAction') !== undefined) return { kind: 'object', object: readSeccompObject(json) };
  if (member(json, 'linux') === undefined)
    throw new WritError('PROFILE_OBJECT', 'it is neither a seccomp object nor a config.json nor base64');
  return {
    kind: 'object',
    object: readSeccompObject(objectAt(objectAt(json, 'linux', 'config'), 'seccomp', 'linux')),
  };
}
