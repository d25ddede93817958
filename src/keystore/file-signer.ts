/** A signer whose key is in memory. It parses what it signs: it is not an oracle. */
import type { PublicKey } from '../crypto/public-key.js';
import { WritError } from '../errors.js';
import type { Signer } from '../tuf/ports.js';
import type { RoleName } from '../tuf/role-name.js';
import { readPayload } from './payload.js';
import type { PrivateKey } from './private-key.js';

export class FileSigner implements Signer {
  readonly key: PublicKey;
  readonly #privateKey: PrivateKey;
  readonly #role: RoleName | undefined;

  /** @param role - the only role that the key signs for; undefined for any */
  constructor(privateKey: PrivateKey, role?: RoleName) {
    this.key = privateKey.publicKey;
    this.#privateKey = privateKey;
    this.#role = role;
  }

  /**
   * @throws WritError KEYSTORE_REFUSED when the key is for another role, or `payload` is not metadata of the
   *   type that `role` has
   */
  async sign(role: RoleName, payload: Uint8Array): Promise<Uint8Array> {
    this.#refuseOtherRoles(role);
    readPayload(role, payload);
    return this.#privateKey.sign(payload);
  }

  #refuseOtherRoles(role: RoleName): void {
    if (this.#role === undefined || this.#role === role) return;
    throw new WritError('KEYSTORE_REFUSED', `the key ${this.key.id} is for ${this.#role}, not for ${role}`);
  }
}
