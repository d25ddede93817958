/** What the client needs of a Notary server: a port, with the adapter for no server at all. */
import { WritError } from '../errors.js';
import type { RoleName } from '../tuf/role-name.js';

/** Roles whose keys a server may hold. */
export type ServerRole = 'timestamp' | 'snapshot';

/** One repository on a server. Every method throws WritError NOTARY_OFFLINE, NOTARY_SERVER, NOTARY_DENIED. */
export interface NotaryServer {
  /** Host and port, for messages. */
  readonly host: string;
  /**
   * A document as it is served.
   *
   * @param name - `root`, `3.root`, `snapshot.<sha256 in hex>`, without `.json`
   * @param maxBytes - a longer one is a failure
   * @returns null when there is none
   */
  get(name: string, maxBytes: number): Promise<Uint8Array | null>;
  /** The public key that the server signs a role with; it makes one where it has none. JSON as served. */
  key(role: ServerRole): Promise<Uint8Array>;
  /** A new key for a role: the server signs with it once a root names it. JSON as served. */
  rotateKey(role: ServerRole): Promise<Uint8Array>;
  /**
   * Publishes documents together.
   *
   * @throws WritError NOTARY_VERSION when somebody published in between, NOTARY_REJECTED when the server refuses
   */
  publish(documents: ReadonlyMap<RoleName, Uint8Array>): Promise<void>;
  /** Deletes the repository on the server. */
  remove(): Promise<void>;
}

/** The server of somebody who works off line. @param host - for messages */
export function offlineServer(host: string): NotaryServer {
  const fail = (): Promise<never> => Promise.reject(new WritError('NOTARY_OFFLINE', 'client is offline'));
  return { host, get: fail, key: fail, rotateKey: fail, publish: fail, remove: fail };
}
