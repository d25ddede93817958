/** What a signature scheme gives to the table in `table.ts`. */
import type { KeyObject } from 'node:crypto';

/** A key that was read and found strong enough. */
export interface ImportedKey {
  /** The key itself in one normal form, whatever wrapped it: equal iff the keys are the same key. */
  readonly material: string;
  /** True iff `signature` is this key's over `message`; never throws on malformed signatures. */
  verify(message: Uint8Array, signature: Uint8Array): boolean;
}

export interface Scheme {
  /** The value of `scheme` in metadata. */
  readonly name: string;
  /** The values of `keytype` under which the scheme may stand; the first is the one that writ writes. */
  readonly keytypes: readonly [string, ...string[]];
  /**
   * Reads `keyval.public`.
   *
   * @param text - as in metadata: hex or PEM
   * @param path - names the key in messages
   * @throws WritError KEY_FORMAT, KEY_WEAK
   */
  importPublic(text: string, path: string): ImportedKey;
  /** The text of `keyval.public` for `key`, or undefined when the key is not of this scheme. */
  exportPublic(key: KeyObject): string | undefined;
}
