/** What is read of the two databases of Notary, wherever they are. theupdateframework/notary, migrations/. */

/** A row of `tuf_files`: one version of one role. Nothing of it is checked yet. */
export interface DocumentRow {
  readonly role: string;
  readonly version: number;
  readonly at: Date;
  /** Bytes of the document. */
  readonly size: number;
  /** As it is stored; 64 hex digits, or nothing. */
  readonly sha256: string | undefined;
  /** Undefined for what no bytes can be. @throws WritError MIGRATE_SOURCE */
  readonly read: () => Promise<Uint8Array | undefined>;
}

/** A row of `changefeed`. */
export interface ChangeRow {
  readonly id: number;
  readonly at: Date;
  readonly gun: string;
  readonly version: number;
  readonly sha256: string;
  readonly category: string;
}

/** A row of `private_keys`. */
export interface KeyRow {
  readonly id: string;
  readonly encryption: string;
  readonly keywrap: string;
  readonly algorithm: string;
  /** The name of the pass-phrase that it is sealed with. */
  readonly alias: string;
  readonly publicKey: Uint8Array;
  /** A JWE in compact form. */
  readonly sealed: string;
  /** Empty in rows of very old signers. */
  readonly gun: string;
  readonly role: string;
}

/** The database of notary-server, as it was at one moment. Every method throws WritError MIGRATE_SOURCE. */
export interface ServerDatabase {
  /** Every name that has documents, in order, each once. */
  guns(): Promise<readonly string[]>;
  documents(gun: string): Promise<readonly DocumentRow[]>;
  /** By id. */
  changesAfter(id: number): AsyncIterable<ChangeRow>;
  close(): Promise<void>;
}

/** The database of notary-signer. */
export interface SignerDatabase {
  /** @throws WritError MIGRATE_SOURCE */
  keys(): Promise<readonly KeyRow[]>;
  close(): Promise<void>;
}

/**
 * The moment that a database writes: notary-server stores no zone, and is taken to have run in UTC.
 *
 * @returns `fallback` where there is none
 */
export function momentOf(text: string | undefined, fallback: Date): Date {
  const found = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d(?:\.\d{1,9})?)/.exec(text ?? '');
  const moment = new Date(`${found?.[1] ?? ''}T${found?.[2] ?? ''}Z`);
  return Number.isNaN(moment.getTime()) ? fallback : moment;
}
