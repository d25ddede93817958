/** A seccomp filter that somebody names: a seccomp object, a config.json, or raw classic BPF. */
import { valueAt } from '../entitlements/algebra/config-read.js';
import { parseProgram, type Instruction } from '../entitlements/algebra/bpf-program.js';
import { readSeccompObject, type SeccompObject } from '../entitlements/algebra/seccomp-object.js';
import { WritError } from '../errors.js';
import { asObject } from '../json/read.js';
import { parseWide } from '../json/wide.js';
import { member, type JsonObject } from '../json/types.js';
import type { Context } from './command.js';
import { inFile, readInput } from './files.js';

export type Filter =
  | { readonly kind: 'object'; readonly object: SeccompObject }
  | { readonly kind: 'program'; readonly program: readonly Instruction[] }
  /** A config.json without a seccomp object: every call is made. */
  | { readonly kind: 'none' };

export interface FilterFile {
  readonly filter: Filter;
  /** The config.json that it was in. */
  readonly config?: JsonObject;
}

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
  if (BASE64.test(text))
    return { filter: { kind: 'program', program: parseProgram(Buffer.from(text, 'base64')) } };
  const json = asObject(parseWide(bytes, { maxBytes: MAX_BYTES, numbers: 'any' }), 'the file');
  if (member(json, 'defaultAction') !== undefined) return { filter: objectFilter(json) };
  if (['linux', 'process', 'root'].every(key => member(json, key) === undefined))
    throw new WritError('PROFILE_OBJECT', 'it is neither a seccomp object nor a config.json nor base64');
  const seccomp = valueAt(json, 'linux.seccomp');
  return {
    filter: seccomp === undefined ? { kind: 'none' } : objectFilter(asObject(seccomp, 'linux.seccomp')),
    config: json,
  };
}

const objectFilter = (json: JsonObject): Filter => ({ kind: 'object', object: readSeccompObject(json) });
