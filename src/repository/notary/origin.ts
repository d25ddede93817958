/** That a repository was imported from another server: when, and what it was then. */
import { asObject, integerAt, stringAt } from '../../json/read.js';
import type { JsonObject } from '../../json/types.js';
import type { IndexReader } from '../../storage/ports.js';
import type { Gun } from '../../tuf/notary/names.js';
import { keysOf } from './names.js';

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
