/**
 * Holders of tokens of an OpenID Connect issuer, such as the one of a CI system: what their claims say decides what they
 * may. OpenID Connect Core 1.0 §3.1.3.7, Discovery 1.0 §4.
 */
import type { JWTVerifyGetKey } from 'jose';
import type { OidcIssuer } from '../config/types.js';
import { isCompactJws } from '../crypto/compact-jws.js';
import { isWritError, reasonOf, WritError } from '../errors.js';
import { asObject, stringAt } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import type { JsonObject } from '../json/types.js';
import type { Clock } from '../tuf/ports.js';
import { ALGORITHMS, LEEWAY_SECONDS } from './docker-tokens.js';
import { askIssuer, isUrl, openJwks, refuseReadable, type JwksOptions } from './jwks.js';
import { meetsClaims, type Holder } from './rules.js';

const MAX_TOKEN = 16 * 1024;
const MAX_SUBJECT = 256;
/** An issuer that could not be asked is left alone for this long. */
const RETRY_MS = 10_000;

export interface Workloads {
  /** True iff `text` is a token of one of the issuers by its looks; nothing is proven yet. */
  readonly mayHold: (text: string) => boolean;
  /** @throws WritError TOKEN_INVALID, TOKEN_EXPIRED; ACCESS_ISSUER when its keys cannot be had */
  readonly verify: (text: string) => Promise<Holder>;
}

/** @param options - by issuer: whom to trust when it is asked */
export function openWorkloads(
  issuers: readonly OidcIssuer[],
  options: ReadonlyMap<string, JwksOptions>,
  clock: Clock,
): Workloads {
  const known = new Map(
    issuers.map(one => [one.issuer, new Issuer(one, options.get(one.issuer) ?? {}, clock)]),
  );
  return {
    mayHold: text => known.size > 0 && text.length <= MAX_TOKEN && isCompactJws(text),
    verify: async text => {
      const issuer = known.get(await issuerOf(text));
      if (issuer === undefined)
        throw new WritError('TOKEN_INVALID', 'the token is of an issuer that is not known');
      return issuer.verify(text);
    },
  };
}

/** Read before anything is proven: it only chooses the keys that must prove it. */
async function issuerOf(text: string): Promise<string> {
  const { decodeJwt } = await import('jose');
  try {
    return decodeJwt(text).iss ?? '';
  } catch (cause) {
    throw new WritError('TOKEN_INVALID', 'the token cannot be read', { cause });
  }
}

class Issuer {
  readonly #settings: OidcIssuer;
  readonly #options: JwksOptions;
  readonly #clock: Clock;
  #keys: Promise<JWTVerifyGetKey> | undefined;
  #retryAt = Infinity;

  constructor(settings: OidcIssuer, options: JwksOptions, clock: Clock) {
    this.#settings = settings;
    this.#options = options;
    this.#clock = clock;
  }

  async verify(text: string): Promise<Holder> {
    const { issuer, audience, rules } = this.#settings;
    const keys = await this.#findKeys();
    const { jwtVerify, errors } = await import('jose');
    try {
      const { payload } = await jwtVerify(text, keys, {
        algorithms: [...ALGORITHMS],
        issuer,
        audience,
        requiredClaims: ['sub', 'exp', 'iat'],
        clockTolerance: LEEWAY_SECONDS,
        currentDate: this.#clock.now(),
      });
      const claims = payload as JsonObject;
      const subject = `${issuer}#${stringAt(claims, 'sub', 'token')}`;
      return {
        subject: subject.slice(0, MAX_SUBJECT),
        grants: rules.filter(rule => meetsClaims(rule, claims)),
      };
    } catch (cause) {
      if (isWritError(cause, 'ACCESS_ISSUER')) throw cause;
      if (cause instanceof errors.JWTExpired)
        throw new WritError('TOKEN_EXPIRED', 'the token has expired', { cause });
      throw new WritError('TOKEN_INVALID', 'the token is not one of its issuer for this service', { cause });
    }
  }

  /** Found once; what failed is tried again, but not with every token. */
  #findKeys(): Promise<JWTVerifyGetKey> {
    const now = this.#clock.now().getTime();
    if (this.#keys === undefined || now >= this.#retryAt) {
      this.#retryAt = Infinity;
      this.#keys = this.#openKeys();
      this.#keys.catch(() => {
        this.#retryAt = now + RETRY_MS;
      });
    }
    return this.#keys;
  }

  async #openKeys(): Promise<JWTVerifyGetKey> {
    const source = this.#settings.jwks ?? (await discover(this.#settings.issuer, this.#options));
    return openJwks(source, this.#options);
  }
}

/** Where an issuer says that its keys are. @throws WritError ACCESS_ISSUER */
async function discover(issuer: string, options: JwksOptions): Promise<string> {
  const url = `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`;
  const { body } = await askIssuer(url, options);
  try {
    const document = asObject(parseStrict(body), 'configuration');
    if (stringAt(document, 'issuer', 'configuration') !== issuer) throw new Error('it is of another issuer');
    const keys = stringAt(document, 'jwks_uri', 'configuration');
    // A path would have the service read its own files, and plain http another service of this machine.
    if (!isUrl(keys) || (issuer.startsWith('https:') && !keys.startsWith('https:')))
      throw new Error('its keys are not at an https URL');
    refuseReadable(keys);
    return keys;
  } catch (cause) {
    throw new WritError('ACCESS_ISSUER', `${url} cannot be used: ${reasonOf(cause)}`, { cause });
  }
}
