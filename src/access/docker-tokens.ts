/**
 * Tokens of a token server, checked as a registry checks them: distribution, registry/auth/token. Their key is named by
 * a chain of certificates (`x5c`) or by its id (`kid`); a key that the token brings along (`jwk`, `jku`) never counts.
 */
import type { KeyObject, X509Certificate } from 'node:crypto';
import type { JWTHeaderParameters, JWTVerifyGetKey } from 'jose';
import { isWritError, WritError } from '../errors.js';
import type { JsonObject } from '../json/types.js';
import { isCompactJws } from '../crypto/compact-jws.js';
import { BoundedCache } from '../storage/bounded-cache.js';
import type { Clock } from '../tuf/ports.js';
import { keyOfChain } from './certificate-chain.js';
import { libtrustKeyId } from './key-bundle.js';
import { readAccess, type ResourceActions } from './scope.js';

/** All that sign with a private key. `none` and HMAC, which would take a public key for a secret, are not among them. */
export const ALGORITHMS: readonly string[] = [
  ...['RS256', 'RS384', 'RS512', 'PS256', 'PS384', 'PS512'],
  ...['ES256', 'ES384', 'ES512', 'EdDSA'],
];
/** As distribution has it, for clocks that differ. */
export const LEEWAY_SECONDS = 60;
/** Node takes no more of all headers together. */
const MAX_TOKEN = 16 * 1024;
const MAX_CHAINS = 64;

interface KeptChain {
  readonly key: KeyObject;
  readonly from: Date;
  readonly until: Date;
}

export interface TokenTrust {
  /** Of the claim `iss`. */
  readonly issuer: string;
  /** Of the claim `aud`. */
  readonly service: string;
  /** What `x5c` may lead to. */
  readonly roots: readonly X509Certificate[];
  /** What `kid` may name: by the id of libtrust, or the thumbprint of RFC 7638. */
  readonly keys: readonly KeyObject[];
  /** What else `kid` may name. */
  readonly jwks: JWTVerifyGetKey | undefined;
}

/** Who holds a token that was good. */
export interface TokenHolder {
  /** Empty for nobody. */
  readonly subject: string;
  /** The token's own id, for logs; empty where it has none. */
  readonly tokenId: string;
  readonly access: readonly ResourceActions[];
}

export class DockerTokens {
  readonly #trust: TokenTrust;
  readonly #clock: Clock;
  /** Chains that held, looked at again after as long as clocks may differ. */
  readonly #chains = new BoundedCache<string, KeptChain>(MAX_CHAINS, () => 1);
  #byId: Promise<ReadonlyMap<string, KeyObject>> | undefined;

  constructor(trust: TokenTrust, clock: Clock) {
    this.#trust = trust;
    this.#clock = clock;
  }

  /**
   * Who holds `token`, and what it allows.
   *
   * @throws WritError TOKEN_EXPIRED, TOKEN_INVALID; ACCESS_ISSUER when the keys cannot be fetched
   */
  async verify(token: string): Promise<TokenHolder> {
    if (token.length > MAX_TOKEN || !isCompactJws(token))
      throw new WritError('TOKEN_INVALID', 'the token is not in compact form');
    const { jwtVerify, errors } = await import('jose');
    try {
      const { payload } = await jwtVerify(token, this.#keyOf, {
        algorithms: [...ALGORITHMS],
        issuer: this.#trust.issuer,
        audience: this.#trust.service,
        requiredClaims: ['exp'],
        clockTolerance: LEEWAY_SECONDS,
        currentDate: this.#clock.now(),
      });
      return toHolder(payload as JsonObject);
    } catch (cause) {
      if (isWritError(cause, 'ACCESS_ISSUER')) throw cause;
      if (cause instanceof errors.JWTExpired)
        throw new WritError('TOKEN_EXPIRED', 'the token has expired', { cause });
      throw new WritError('TOKEN_INVALID', 'the token is not one of the token server', { cause });
    }
  }

  /** A chain that is there must hold: a bad one is not made up for by a key of a good name. */
  readonly #keyOf: JWTVerifyGetKey = async (header, token) => {
    const { roots, jwks } = this.#trust;
    if (header.x5c !== undefined && roots.length > 0) return this.#keyByChain(header.x5c);
    const known = await this.#keyById(header);
    if (known !== undefined) return known;
    if (jwks !== undefined) return jwks(header, token);
    throw new WritError('TOKEN_INVALID', 'the token names no key that is known');
  };

  /** Walking a chain costs many times what the token's own signature does, and all tokens of a server have one chain. */
  #keyByChain(x5c: unknown): KeyObject {
    const name = JSON.stringify(x5c);
    const now = this.#clock.now();
    const kept = this.#chains.get(name);
    if (kept !== undefined && kept.from <= now && now < kept.until) return kept.key;
    const key = keyOfChain(x5c, this.#trust.roots, now);
    this.#chains.set(name, { key, from: now, until: new Date(now.getTime() + LEEWAY_SECONDS * 1000) });
    return key;
  }

  async #keyById({ kid }: JWTHeaderParameters): Promise<KeyObject | undefined> {
    if (kid === undefined) return undefined;
    this.#byId ??= idsOf(this.#trust.keys);
    return (await this.#byId).get(kid);
  }
}

async function idsOf(keys: readonly KeyObject[]): Promise<ReadonlyMap<string, KeyObject>> {
  const { calculateJwkThumbprint } = await import('jose');
  const ids = keys.map(async (key): Promise<[string, KeyObject][]> => [
    [libtrustKeyId(key), key],
    [await calculateJwkThumbprint(key), key],
  ]);
  return new Map((await Promise.all(ids)).flat());
}

function toHolder(claims: JsonObject): TokenHolder {
  const { sub, jti } = claims;
  return {
    subject: typeof sub === 'string' ? sub : '',
    tokenId: typeof jti === 'string' ? jti : '',
    access: readAccess(claims),
  };
}
