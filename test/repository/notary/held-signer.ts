/** A signer outside, in memory: keys never leave it, and it may be down. */
import { generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { notaryKeyOf, type NotaryKey } from '../../../src/crypto/notary-key.js';
import { WritError } from '../../../src/errors.js';
import type { KeyHolder } from '../../../src/repository/notary/online.js';

export class HeldSigner implements KeyHolder {
  readonly keys = new Map<string, KeyObject>();
  isDown = false;

  #up(): Promise<void> {
    return this.isDown ? Promise.reject(new WritError('SIGNER_UNAVAILABLE', 'down')) : Promise.resolve();
  }

  async create(): Promise<NotaryKey> {
    await this.#up();
    const { privateKey } = generateKeyPairSync('ed25519');
    const key = notaryKeyOf(privateKey);
    this.keys.set(key.id, privateKey);
    return key;
  }

  async remove(id: string): Promise<void> {
    await this.#up();
    this.keys.delete(id);
  }

  async holds({ id }: NotaryKey): Promise<boolean> {
    await this.#up();
    return this.keys.has(id);
  }

  async sign({ id }: NotaryKey, _role: string, payload: Uint8Array) {
    await this.#up();
    const key = this.keys.get(id);
    if (key === undefined) throw new WritError('SIGNER_REFUSED', 'no such key');
    return key.asymmetricKeyType === 'ed25519'
      ? { method: 'eddsa', bytes: new Uint8Array(sign(null, payload, key)) }
      : {
          method: 'ecdsa',
          bytes: new Uint8Array(sign('sha256', payload, { key, dsaEncoding: 'ieee-p1363' })),
        };
  }

  problem(): Promise<string | undefined> {
    return Promise.resolve(this.isDown ? 'down' : undefined);
  }
}
