/** How a Notary repository lies in the index: which documents are current, and where each version is. */
import { WritError } from '../../errors.js';
import { asArray, asInteger, asObject, integerAt, objectAt, stringAt } from '../../json/read.js';
import { member, type JsonObject, type JsonValue } from '../../json/types.js';
import type { BlobStore, IndexReader } from '../../storage/ports.js';
import { parseDocumentOf } from '../../tuf/document.js';
import { NOTARY1 } from '../../tuf/format/notary1.js';
import { parseRoleName, ROOT, type RoleName } from '../../tuf/role-name.js';
import { trustRoot } from '../../tuf/verified.js';
import { describeNotaryFile } from '../../tuf/notary/describe.js';
import { MAX_DOCUMENT } from './limits.js';
import { keysOf } from './names.js';
import { parseGun, type Gun } from '../../tuf/notary/names.js';
import type { NotaryState, StoredDocument } from './state.js';

/** Where a document is, and since when. */
export interface FileRecord {
  readonly sha256: string;
  readonly at: Date;
}

export const writeFileRecord = ({ sha256, at }: FileRecord): JsonObject => ({ sha256, at: at.toISOString() });

/** @throws WritError JSON_TYPE */
export function readFileRecord(value: JsonValue): FileRecord {
  const json = asObject(value, 'file');
  return { sha256: stringAt(json, 'sha256', 'file'), at: new Date(stringAt(json, 'at', 'file')) };
}

export interface CurrentFile extends FileRecord {
  readonly version: number;
  readonly expires: Date;
}

export interface Head {
  readonly gun: Gun;
  readonly roles: ReadonlyMap<RoleName, CurrentFile>;
}

export const writeHead = (gun: Gun, documents: NotaryState['documents']): JsonObject => ({
  gun,
  roles: Object.fromEntries(
    Array.from(documents, ([role, { version, expires, file, at }]) => {
      const record = writeFileRecord({ sha256: file.hashes.get('sha256') ?? '', at });
      return [role, { version, expires: expires.toISOString(), ...record }];
    }),
  ),
});

/** @throws WritError JSON_TYPE, NOTARY_GUN, TUF_ROLE_NAME */
export function readHead(value: JsonValue): Head {
  const json = asObject(value, 'head');
  const roles = objectAt(json, 'roles', 'head');
  return {
    gun: parseGun(stringAt(json, 'gun', 'head')),
    roles: new Map(
      Object.entries(roles).map(([role, value]) => {
        const file = asObject(value, role);
        const version = integerAt(file, 'version', role, 1);
        const expires = new Date(stringAt(file, 'expires', role));
        return [parseRoleName(role), { version, expires, ...readFileRecord(file) }];
      }),
    ),
  };
}

/** The generations of keys that a root may name for an online role: the newest first, at most so many. */
const MAX_GENERATIONS = 64;

export interface Generations {
  readonly snapshot: readonly number[];
  readonly timestamp: readonly number[];
}

/** @param first - the only one of a repository for which no key was ever made anew */
export function readGenerations(value: JsonValue | undefined, first: number): Generations {
  const json = value === undefined ? {} : asObject(value, 'generations');
  const of = (role: string): readonly number[] => {
    const list = member(json, role);
    return list === undefined ? [first] : asArray(list, role).map(item => asInteger(item, role, 1));
  };
  return { snapshot: of('snapshot'), timestamp: of('timestamp') };
}

/** `generations` with a new one. Of those that no root names, the oldest is forgotten. */
export const withGeneration = (generations: readonly number[], next: number, active: number): number[] => {
  const kept = generations.slice(0, MAX_GENERATIONS - 1);
  return [next, ...kept, ...(kept.includes(active) || !generations.includes(active) ? [] : [active])];
};

/**
 * Reads the current documents of a repository.
 *
 * @returns undefined when there is none of that name
 * @throws WritError NOTARY_BROKEN for a document that is missing or is no metadata; STORE_*
 */
export async function loadState(
  gun: Gun,
  index: IndexReader,
  blobs: BlobStore,
): Promise<NotaryState | undefined> {
  const record = await index.get(keysOf(gun).head);
  if (record === undefined) return undefined;
  try {
    const documents = new Map<RoleName, StoredDocument>();
    for (const [role, { version, expires, sha256, at }] of readHead(record).roles) {
      const bytes = await blobs.get(sha256);
      if (bytes === null) throw new Error(`${role} is missing`);
      documents.set(role, { version, expires, bytes, file: describeNotaryFile(bytes), at });
    }
    const root = documents.get(ROOT)?.bytes ?? new Uint8Array();
    return { root: trustRoot(parseDocumentOf(NOTARY1, root, 'root', MAX_DOCUMENT)), documents };
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WritError('NOTARY_BROKEN', `the stored state of ${gun} cannot be read: ${reason}`, { cause });
  }
}
