/** The signature schemes: one file each, one line here. */
import { ECDSA_P256 } from './ecdsa-p256.js';
import { ED25519 } from './ed25519.js';
import { RSA_PSS } from './rsa-pss.js';
import type { Scheme } from './scheme.js';

export const SCHEMES: readonly Scheme[] = [ED25519, ECDSA_P256, RSA_PSS];
