/** Makes tokens as Docker's registry and Notary take them: JWT, ES256, the key by `x5c` and by libtrust's id. */
import { randomUUID } from 'node:crypto';
import type { Clock } from '../tuf/ports.js';
import { libtrustKeyId } from './key-bundle.js';
import type { ResourceActions } from './scope.js';
import type { TokenKey } from './token-key.js';

export interface IssuedToken {
  readonly token: string;
  readonly issuedAt: Date;
  readonly expiresIn: number;
}

export interface TokenContent {
  /** Empty for nobody. */
  readonly subject: string;
  /** The audience. */
  readonly service: string;
  readonly access: readonly ResourceActions[];
}

export class TokenIssuer {
  readonly #issuer: string;
  readonly #lifetimeSeconds: number;
  readonly #key: TokenKey;
  readonly #clock: Clock;
  readonly #keyId: string;

  constructor(issuer: string, lifetimeSeconds: number, key: TokenKey, clock: Clock) {
    this.#issuer = issuer;
    this.#lifetimeSeconds = lifetimeSeconds;
    this.#key = key;
    this.#clock = clock;
    this.#keyId = libtrustKeyId(key.publicKey);
  }

  async issue({ subject, service, access }: TokenContent): Promise<IssuedToken> {
    const { SignJWT } = await import('jose');
    const { privateKey, certificate } = this.#key;
    const issuedAt = this.#clock.now();
    const now = Math.floor(issuedAt.getTime() / 1000);
    const token = await new SignJWT({ access })
      .setProtectedHeader({
        alg: 'ES256',
        typ: 'JWT',
        kid: this.#keyId,
        x5c: [certificate.raw.toString('base64')],
      })
      .setIssuer(this.#issuer)
      .setSubject(subject)
      .setAudience(service)
      .setIssuedAt(now)
      .setNotBefore(now)
      .setExpirationTime(now + this.#lifetimeSeconds)
      .setJti(randomUUID())
      .sign(privateKey);
    return { token, issuedAt, expiresIn: this.#lifetimeSeconds };
  }
}
