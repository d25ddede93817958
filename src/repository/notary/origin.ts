/** That a repository was imported from another server: when, and what it was then. */
import { asObject, integerAt, stringAt } from '../../json/read.js';
import type { JsonObject } from '../../json/types.js';
import type { IndexReader, IndexStore } from '../../storage/ports.js';
import type { Gun } from '../../tuf/notary/names.js';
import { ALL_REPOSITORIES, headOf, keysOf, originOf } from './names.js';
import { readHead } from './records.js';

export interface Origin {
  /** What was replaced before counts as replaced then: the history of long ago is not collected at once. */
  readonly at: Date;
  /** Documents of the other server, and those of them that were left out. */
  readonly documents: number;
  readonly leftOut: number;
  /** SHA-256 of the newest timestamp. */
  readonly timestamp: string;
}

export const writeOrigin = ({ at, documents, leftOut, timestamp }: Origin): JsonObject => ({
  at: at.toISOString(),
  documents,
  leftOut,
  timestamp,
});

/** @returns undefined for a repository that was made here @throws WritError STORE_* */
export async function readOrigin(index: IndexReader, gun: Gun): Promise<Origin | undefined> {
  const value = await index.get(keysOf(gun).origin);
  if (value === undefined) return undefined;
  const json = asObject(value, 'origin');
  return {
    at: new Date(stringAt(json, 'at', 'origin')),
    documents: integerAt(json, 'documents', 'origin'),
    leftOut: integerAt(json, 'leftOut', 'origin'),
    timestamp: stringAt(json, 'timestamp', 'origin'),
  };
}

/** The repositories that were imported and are here still. @throws WritError STORE_* */
export async function listImported(index: IndexStore): Promise<readonly Gun[]> {
  const found: Gun[] = [];
  for (const digest of await index.folders(ALL_REPOSITORIES)) {
    if ((await index.get(originOf(digest))) === undefined) continue;
    const head = await index.get(headOf(digest));
    if (head !== undefined) found.push(readHead(head).gun);
  }
  return found;
}
