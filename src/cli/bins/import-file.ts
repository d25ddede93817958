/** The file that `writ import` reads: one image on a line. */
import type { LoadedCatalogue } from '../../config/catalogue.js';
import { parseGrants } from '../../entitlements/parse-grants.js';
import { isWritError, WritError } from '../../errors.js';
import { parseImageReference } from '../../image/reference.js';
import type { JsonObject } from '../../json/types.js';
import { writeSignedGrants } from '../../policy/signed-grants.js';
import type { TargetFile } from '../../tuf/model.js';
import { digestPath, tagPath } from '../signed-image.js';
import type { Entries } from './documents.js';

/** A million images of 250 characters each. */
export const MAX_IMPORT_BYTES = 256 * 1024 * 1024;

export interface ImportList {
  readonly images: number;
  readonly entries: Entries;
}

interface ImportContext {
  readonly catalogue: LoadedCatalogue['catalogue'];
  /** What a line without grants of its own gets; undefined for none. */
  readonly defaults: JsonObject | undefined;
}

/**
 * Reads lines `IMAGE[:TAG]@DIGEST BYTES [DOMAIN=LEVEL …]`: the image, the length of its manifest, its grants. Empty
 * lines and lines that begin with `#` are passed over.
 *
 * @param bytes - UTF-8
 * @throws WritError USAGE, IMAGE_*, GRANT_*, with the number of the line
 */
export function readImportList(bytes: Uint8Array, context: ImportContext): ImportList {
  const entries = new Map<string, TargetFile>();
  const custom = new Map<string, JsonObject | undefined>([['', context.defaults]]);
  let images = 0;
  for (const [i, line] of new TextDecoder().decode(bytes).split('\n').entries()) {
    const text = line.trim();
    if (text === '' || text.startsWith('#')) continue;
    images++;
    try {
      for (const [path, target] of readLine(text, context, custom)) add(entries, path, target);
    } catch (cause) {
      if (!isWritError(cause)) throw cause;
      throw new WritError(cause.code, `line ${i + 1}: ${cause.message}`, { cause, hint: cause.hint });
    }
  }
  return { images, entries };
}

const FORM = /^(\S+)\s+(\d{1,15})(?:\s+(\S.*))?$/;

/** @param custom - what lines with the same grants share */
function readLine(
  text: string,
  { catalogue }: ImportContext,
  custom: Map<string, JsonObject | undefined>,
): [path: string, target: TargetFile][] {
  const [, image = '', length = '', grants = ''] = FORM.exec(text) ?? [];
  const reference = image === '' ? undefined : parseImageReference(image);
  const digest = reference?.digest;
  if (reference === undefined || digest === undefined) {
    throw new WritError('USAGE', 'an image to import is written IMAGE[:TAG]@DIGEST BYTES [DOMAIN=LEVEL …]');
  }
  if (!custom.has(grants)) {
    custom.set(grants, writeSignedGrants(parseGrants(catalogue, grants.split(/\s+/))));
  }
  const file = { length: Number(length), hashes: new Map([['sha256', digest.slice('sha256:'.length)]]) };
  const granted = custom.get(grants);
  const tag = reference.writtenTag;
  return [
    ...(tag === undefined ? [] : [[tagPath(reference, tag), file] as [string, TargetFile]]),
    [digestPath(reference, digest), granted === undefined ? file : { ...file, custom: granted }],
  ];
}

/** One name, one meaning: the second line of a tag is not guessed to be the right one. */
function add(entries: Map<string, TargetFile>, path: string, target: TargetFile): void {
  const known = entries.get(path);
  const isSame =
    known === undefined ||
    (known.length === target.length &&
      known.hashes.get('sha256') === target.hashes.get('sha256') &&
      known.custom === target.custom);
  if (!isSame) throw new WritError('USAGE', `${path} stands on two lines that say different things`);
  entries.set(path, target);
}
