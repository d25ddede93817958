/**
 * Bearer tokens of the write API: JWTs (RFC 7519) signed with the service's own Ed25519 key (RFC 8037). A token says
 * who may create or push which repositories; nothing is stored.
 */
import { createPrivateKey, createPublicKey, randomUUID, type KeyObject } from 'node:crypto';
import { WritError } from '../errors.js';
import { matchText } from '../image/wildcard.js';
import { asObject, arrayAt, stringAt, stringsAt } from '../json/read.js';
import type { JsonObject, JsonValue } from '../json/types.js';
import type { Clock } from '../tuf/ports.js';
import { isCompactJws } from '../crypto/compact-jws.js';

export type TokenAction = 'create' | 'push';

export interface Access {
  readonly actions: readonly TokenAction[];
  /** The name of a repository; `*` stands for any characters of it. */
  readonly name: string;
}

/** Who presented a token that was good. */
export interface Principal {
  readonly subject: string;
  /** The token's own id, for logs. */
  readonly tokenId: string;
  readonly access: readonly Access[];
}

export interface TokenRequest {
  /** Who will hold it: 1 to 200 printable characters. */
  readonly subject: string;
  /** Patterns of the names that may be created. */
  readonly create: readonly string[];
  /** Patterns of the names that may be published to. */
  readonly push: readonly string[];
  /** 1 to 315,576,000 (ten years). */
  readonly lifetimeSeconds: number;
}

const ISSUER = 'writ';
const ALGORITHM = 'EdDSA';
const MAX_TOKEN = 8192;
const MAX_PATTERNS = 100;
const MAX_LIFETIME = 315_576_000;
const NAME_PATTERN = /^[a-z0-9._*-]{1,128}$/;
const SUBJECT = /^[\x20-\x7e]{1,200}$/;
/** DER of PrivateKeyInfo up to the seed, RFC 8410 §7. */
const PKCS8_PREFIX = Buffer.from('302e020100300506032b657004220420', 'hex');

/** Issues and verifies the tokens of one service. */
export class TokenAuthority {
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #clock: Clock;

  /** @param seed - the 32 secret bytes of the service's token key */
  constructor(seed: Uint8Array, clock: Clock) {
    const key = Buffer.concat([PKCS8_PREFIX, seed]);
    this.#privateKey = createPrivateKey({ key, format: 'der', type: 'pkcs8' });
    this.#publicKey = createPublicKey(this.#privateKey);
    this.#clock = clock;
  }

  /** @throws WritError TOKEN_REQUEST for a malformed subject, pattern or lifetime, or no pattern at all */
  async issue(request: TokenRequest): Promise<string> {
    const access = toAccess(checkRequest(request));
    const { SignJWT } = await import('jose');
    const now = Math.floor(this.#clock.now().getTime() / 1000);
    return new SignJWT({ access })
      .setProtectedHeader({ alg: ALGORITHM, typ: 'JWT' })
      .setIssuer(ISSUER)
      .setSubject(request.subject)
      .setIssuedAt(now)
      .setExpirationTime(now + request.lifetimeSeconds)
      .setJti(randomUUID())
      .sign(this.#privateKey);
  }

  /**
   * Who holds `token`.
   *
   * @throws WritError TOKEN_EXPIRED; TOKEN_INVALID for everything else that is wrong with it
   */
  async verify(token: string): Promise<Principal> {
    if (token.length > MAX_TOKEN)
      throw new WritError('TOKEN_INVALID', 'the token is too long to be one of ours');
    if (!isCompactJws(token)) throw new WritError('TOKEN_INVALID', 'the token is not in compact form');
    const { jwtVerify, errors } = await import('jose');
    try {
      const { payload } = await jwtVerify(token, this.#publicKey, {
        algorithms: [ALGORITHM],
        typ: 'JWT',
        issuer: ISSUER,
        requiredClaims: ['sub', 'exp', 'iat', 'jti'],
        currentDate: this.#clock.now(),
      });
      return toPrincipal(payload as JsonObject);
    } catch (cause) {
      // The reason is for the log only: a caller learns no more than that the token is not good.
      if (cause instanceof errors.JWTExpired) {
        throw new WritError('TOKEN_EXPIRED', 'the token has expired', { cause });
      }
      throw new WritError('TOKEN_INVALID', 'the token is not one of this service', { cause });
    }
  }
}

/** True iff the token of `principal` allows `action` on the repository `name`. */
export function may(principal: Principal, action: TokenAction, name: string): boolean {
  return principal.access.some(access => access.actions.includes(action) && matchText(access.name, name));
}

function checkRequest(request: TokenRequest): TokenRequest {
  const { subject, create, push, lifetimeSeconds } = request;
  const patterns = [...create, ...push];
  if (!SUBJECT.test(subject)) {
    throw new WritError('TOKEN_REQUEST', 'the subject of a token has 1 to 200 printable ASCII characters');
  }
  if (patterns.length === 0) throw new WritError('TOKEN_REQUEST', 'the token would allow nothing');
  if (patterns.length > MAX_PATTERNS) {
    throw new WritError('TOKEN_REQUEST', `a token names at most ${MAX_PATTERNS} patterns`);
  }
  const wrong = patterns.find(pattern => !NAME_PATTERN.test(pattern));
  if (wrong !== undefined) {
    throw new WritError('TOKEN_REQUEST', `${JSON.stringify(wrong)} is not a pattern of repository names`);
  }
  if (!Number.isInteger(lifetimeSeconds) || lifetimeSeconds < 1 || lifetimeSeconds > MAX_LIFETIME) {
    throw new WritError('TOKEN_REQUEST', `a token lives from 1 to ${MAX_LIFETIME} seconds`);
  }
  return request;
}

/** One entry for each pattern, with all that is allowed on it. */
function toAccess({ create, push }: TokenRequest): Access[] {
  return [...new Set([...create, ...push])].map(name => ({
    actions: [
      ...(create.includes(name) ? (['create'] as const) : []),
      ...(push.includes(name) ? (['push'] as const) : []),
    ],
    name,
  }));
}

function toPrincipal(claims: JsonObject): Principal {
  return {
    subject: stringAt(claims, 'sub', 'token'),
    tokenId: stringAt(claims, 'jti', 'token'),
    access: arrayAt(claims, 'access', 'token').map(readAccess),
  };
}

function readAccess(value: JsonValue, index: number): Access {
  const path = `token.access[${index}]`;
  const object = asObject(value, path);
  // An action that this version does not know allows nothing.
  const actions = stringsAt(object, 'actions', path).filter(
    (action): action is TokenAction => action === 'create' || action === 'push',
  );
  return { actions, name: stringAt(object, 'name', path) };
}
