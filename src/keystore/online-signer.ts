/** The signer of a service that is always reachable: snapshot and timestamp, forward only, for a short life. */
import type { PublicKey } from '../crypto/public-key.js';
import { WritError } from '../errors.js';
import type { Clock, Signer } from '../tuf/ports.js';
import { SNAPSHOT, TIMESTAMP, type RoleName } from '../tuf/role-name.js';
import { readPayload } from './payload.js';
import type { SignedVersions } from './signed-versions.js';

export interface OnlineSignerOptions {
  /** Holds the key. */
  readonly signer: Signer;
  /** The repository that the key signs for. */
  readonly repository: string;
  readonly versions: SignedVersions;
  readonly clock: Clock;
  /** The longest life that a document may have from now, in milliseconds, for each role. */
  readonly maxLifetime: { readonly snapshot: number; readonly timestamp: number };
}

export class OnlineSigner implements Signer {
  readonly key: PublicKey;
  readonly #options: OnlineSignerOptions;

  constructor(options: OnlineSignerOptions) {
    this.key = options.signer.key;
    this.#options = { ...options, maxLifetime: { ...options.maxLifetime } };
  }

  /**
   * @throws WritError KEYSTORE_REFUSED for root, targets and delegated roles; for a payload of another type than
   *   `role`; for a version not above the last signed; for an expiry that is past or beyond the limit
   */
  async sign(role: RoleName, payload: Uint8Array): Promise<Uint8Array> {
    const { signer, repository, versions } = this.#options;
    const bytes = new Uint8Array(payload); // what was read is what is signed, whatever the caller does meanwhile
    const limit = this.#lifetimeOf(role);
    const { version, expires } = readPayload(role, bytes);
    this.#checkExpiry(role, expires, limit);
    await versions.advance(repository, role, version);
    return signer.sign(role, bytes);
  }

  #lifetimeOf(role: RoleName): number {
    if (role === SNAPSHOT) return this.#options.maxLifetime.snapshot;
    if (role === TIMESTAMP) return this.#options.maxLifetime.timestamp;
    throw new WritError('KEYSTORE_REFUSED', `an online key signs snapshot and timestamp, never ${role}`);
  }

  #checkExpiry(role: RoleName, expires: Date, limit: number): void {
    const life = expires.getTime() - this.#options.clock.now().getTime();
    if (life > 0 && life <= limit) return;
    throw new WritError(
      'KEYSTORE_REFUSED',
      `${role} would expire at ${expires.toISOString()}, which is ${life > 0 ? `more than ${limit} ms away` : 'past'}`,
    );
  }
}
