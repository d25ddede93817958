/** What the client workflow needs from outside. Adapters live on floor 3, in-memory ones beside this file. */
import type { PublicKey } from '../crypto/public-key.js';
import type { RoleName } from './role-name.js';

export interface Clock {
  now(): Date;
}

/** Gets files of one repository, by HTTP, from a folder or from an archive. */
export interface Fetcher {
  /**
   * @param name - as `metadataFileName` gives it: `2.root.json`, `timestamp.json`; the role's name is raw, the
   *   adapter encodes it
   * @param maxBytes - the most bytes to read; a longer file is an error, never cut
   * @returns the bytes after content decoding, or null when there is no such file
   */
  metadata(name: string, maxBytes: number): Promise<Uint8Array | null>;
  /**
   * @param path - the path on the wire, hash prefix included: `dir/<hash>.file`
   * @param maxBytes - as above
   */
  target(path: string, maxBytes: number): Promise<Uint8Array | null>;
}

/**
 * The trusted metadata of one repository, one document per role, byte for byte as it was served. Names are raw:
 * the adapter encodes them. `save` is atomic and durable before it resolves.
 */
export interface MetadataStore {
  load(role: RoleName): Promise<Uint8Array | null>;
  save(role: RoleName, bytes: Uint8Array): Promise<void>;
  remove(role: RoleName): Promise<void>;
}

/** Signs for one key. Randomised signing happens only behind this port. */
export interface Signer {
  readonly key: PublicKey;
  /**
   * @param role - the role that the document is for
   * @param payload - the canonical bytes of the document's `signed` part
   * @returns the signature as the key's scheme encodes it
   */
  sign(role: RoleName, payload: Uint8Array): Promise<Uint8Array>;
}
