/** Signers for writ's own builders, from the key pairs of tests. */
import type { Signer } from '../../src/tuf/ports.js';
import type { KeyPair } from '../crypto/keys.js';

export const signerOf = (pair: KeyPair): Signer => ({
  key: pair.key,
  sign: (_role, payload) => Promise.resolve(pair.sign(payload)),
});
