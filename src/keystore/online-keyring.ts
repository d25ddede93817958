/** All online keys that a service or signer can make: of one secret after another, each of many generations. */
import type { KeyObject } from 'node:crypto';
import { WritError } from '../errors.js';
import type { Signer } from '../tuf/ports.js';
import type { RoleName } from '../tuf/role-name.js';
import { deriveOnlineSigner } from './derive.js';
import {
  deriveNotarySigner,
  type NotaryKeyAlgorithm,
  type NotaryOnlineRole,
  type NotarySigner,
} from './derive-notary.js';
import { parseSecret } from './secret-file.js';
import {
  openNotaryKey,
  sealNotaryKey,
  type SealedKeyOwner,
  type SealedNotaryKey,
} from './sealed-notary-key.js';

/** Generations of one secret: the first secret makes 1 to 1000, the second 1001 to 2000. */
const PER_SECRET = 1000;
/** A secret that was taken out; the line stays, since generations are counted by lines. */
const RETIRED = 'retired';

export class OnlineKeyring {
  readonly #secrets: readonly (Uint8Array | undefined)[];

  /** @param secrets - the oldest first; undefined for one that was retired, never the newest */
  constructor(secrets: readonly (Uint8Array | undefined)[]) {
    this.#secrets = secrets;
  }

  /** The generation that new repositories begin with: the first of the newest secret. */
  get first(): number {
    return (this.#secrets.length - 1) * PER_SECRET + 1;
  }

  /** The generation after `generation`: of the newest secret, whatever the one before was of. */
  next(generation: number): number {
    return Math.max(generation + 1, this.first);
  }

  /**
   * The signer of an online role of one repository.
   *
   * @throws WritError KEYSTORE_SECRET when its secret was retired or never was here
   */
  signer(repository: string, role: RoleName, generation: number): Signer {
    return deriveOnlineSigner(this.#secretOf(repository, role, generation), repository, role, generation);
  }

  /** As {@link signer}, of a Notary repository. @throws WritError KEYSTORE_SECRET */
  notarySigner(
    gun: string,
    role: NotaryOnlineRole,
    algorithm: NotaryKeyAlgorithm,
    generation: number,
  ): NotarySigner {
    return deriveNotarySigner(this.#secretOf(gun, role, generation), gun, role, algorithm, generation);
  }

  /** Seals the private key of an online role that was made elsewhere, under the newest secret. */
  sealNotaryKey(owner: SealedKeyOwner, privateKey: KeyObject): SealedNotaryKey {
    return sealNotaryKey(this.#secretOf(owner.gun, owner.role, this.first), this.first, owner, privateKey);
  }

  /**
   * The signer of an online role with a key that was sealed by {@link sealNotaryKey}.
   *
   * @throws WritError KEYSTORE_SECRET when its secret was retired or never was here; KEYSTORE_FORMAT when it was
   *   sealed for something else, or changed
   */
  sealedNotarySigner(owner: SealedKeyOwner, sealed: SealedNotaryKey): NotarySigner {
    return openNotaryKey(this.#secretOf(owner.gun, owner.role, sealed.generation), owner, sealed);
  }

  #secretOf(repository: string, role: string, generation: number): Uint8Array {
    const secret = this.#secrets[Math.floor((generation - 1) / PER_SECRET)];
    if (secret !== undefined) return secret;
    throw new WritError(
      'KEYSTORE_SECRET',
      `the online secret of ${role} of ${repository} (generation ${generation}) is not here any more`,
      {
        hint: 'put its line back into the online secret, and rotate the keys of the repository before it goes',
      },
    );
  }
}

/**
 * The online keys of secrets in hex, one in each line, the oldest first. A line `retired` stands for a secret that was
 * taken out.
 *
 * @param source - names the text in messages
 * @throws WritError KEYSTORE_SECRET
 */
export function parseKeyring(text: string, source: string): OnlineKeyring {
  const lines = text.trim().split(/\s+/);
  const secrets = lines.map(line => (line === RETIRED ? undefined : parseSecret(line, source)));
  if (secrets.at(-1) !== undefined) return new OnlineKeyring(secrets);
  throw new WritError('KEYSTORE_SECRET', `${source} ends with a retired secret: there must be a newer one`);
}
