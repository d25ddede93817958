/** The online keys of a signer in another process, `writ serve-signer`, over HTTPS with a certificate on both sides. */
import { bytesFromHex } from '../crypto/hex.js';
import { parsePublicKey, type PublicKey } from '../crypto/public-key.js';
import { isWritError, WritError, type ErrorCode } from '../errors.js';
import { asObject, integerAt, objectAt, stringAt } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import type { JsonObject } from '../json/types.js';
import type { Signer } from '../tuf/ports.js';
import type { RoleName } from '../tuf/role-name.js';
import { encodeComponent } from './encode-path.js';
import { httpRequest } from './http.js';
import type { HttpClient, HttpRequest, HttpResponse, TlsOptions } from './http-types.js';
import { toServerError } from './server-error.js';

/** The largest snapshot that clients read, as base64, and its wrapping. */
export const MAX_SIGNER_BODY = 3 * 1024 * 1024;
const MAX_ANSWER = 64 * 1024;
const TIMEOUT_MS = 10_000;
/** Names that are remembered: anybody may ask for the keys of any name. */
const MAX_KNOWN = 1000;

export interface RemoteSignerOptions {
  /** Base URL, https. */
  readonly url: string;
  readonly tls: TlsOptions;
  readonly http?: HttpClient;
  /** The most milliseconds for one answer. Default 10,000. */
  readonly timeoutMs?: number;
}

export interface RemoteSigners {
  readonly snapshot: Signer;
  readonly timestamp: Signer;
  readonly generations: Generations;
  readonly next: Generations;
}

/** Of the keys of both roles. */
export interface Generations {
  readonly snapshot: number;
  readonly timestamp: number;
}

interface RemoteKey {
  readonly repository: string;
  readonly key: PublicKey;
  readonly generation: number;
}

const readGenerations = (object: JsonObject): Generations => ({
  snapshot: integerAt(object, 'snapshot', 'generations', 1),
  timestamp: integerAt(object, 'timestamp', 'generations', 1),
});

/** Failures that the caller branches on, or can wait out; every other one is a refusal. */
const PASSED_ON: ReadonlySet<string> = new Set<ErrorCode>(['SIGNER_VERSION', 'SIGNER_RATE']);

export class RemoteSignerClient {
  readonly #options: RemoteSignerOptions;
  readonly #url: string;
  readonly #known = new Map<string, RemoteSigners>();

  constructor(options: RemoteSignerOptions) {
    this.#options = options;
    this.#url = options.url.replace(/\/+$/, '');
  }

  /**
   * The signers of a repository, existing or not; their keys are asked for once.
   *
   * @param asked - the generations of the keys; those that new repositories begin with when they are left out
   * @throws WritError SIGNER_UNAVAILABLE, SIGNER_REFUSED, SIGNER_ANSWER
   */
  async signersOf(repository: string, asked?: Generations): Promise<RemoteSigners> {
    const which = asked === undefined ? '' : `&snapshot=${asked.snapshot}&timestamp=${asked.timestamp}`;
    const query = `?repository=${encodeComponent(repository)}${which}`;
    const known = this.#known.get(query);
    if (known !== undefined) return known;
    const request = { url: `${this.#url}/v1/signer/keys${query}`, maxBytes: MAX_ANSWER };
    const signers = await this.#ask(request, answer => {
      const generations = readGenerations(objectAt(answer, 'generations', 'answer'));
      const signer = (role: 'snapshot' | 'timestamp'): Signer =>
        this.#signer(repository, parsePublicKey(objectAt(answer, role, 'answer'), role), generations[role]);
      const next = readGenerations(objectAt(answer, 'next', 'answer'));
      return { snapshot: signer('snapshot'), timestamp: signer('timestamp'), generations, next };
    });
    if (this.#known.size >= MAX_KNOWN) this.#known.clear();
    this.#known.set(query, signers);
    return signers;
  }

  #signer(repository: string, key: PublicKey, generation: number): Signer {
    return { key, sign: (role, payload) => this.#sign({ repository, key, generation }, role, payload) };
  }

  /**
   * @throws WritError SIGNER_VERSION with `details.last` when it signed that version already, SIGNER_RATE,
   *   SIGNER_REFUSED, SIGNER_UNAVAILABLE, SIGNER_ANSWER for a signature that is none of the key
   */
  async #sign(
    { repository, key, generation }: RemoteKey,
    role: RoleName,
    payload: Uint8Array,
  ): Promise<Uint8Array> {
    const body = { repository, role, payload: Buffer.from(payload).toString('base64'), generation };
    const request: HttpRequest = {
      method: 'POST',
      url: `${this.#url}/v1/signer/sign`,
      maxBytes: MAX_ANSWER,
      headers: { 'content-type': 'application/json' },
      body: Buffer.from(JSON.stringify(body)),
    };
    const signature = await this.#ask(request, answer => bytesFromHex(stringAt(answer, 'sig', 'answer')));
    if (signature !== undefined && key.verify(payload, signature)) return signature;
    this.#known.clear(); // its keys may be others now
    throw new WritError(
      'SIGNER_ANSWER',
      `the signer ${this.#url} did not sign with the ${role} key ${key.id} of ${repository}`,
    );
  }

  async #ask<T>(request: HttpRequest, read: (answer: JsonObject) => T): Promise<T> {
    const response = await this.#send(request);
    if (response.status !== 200) throw this.#failure(toServerError(response, request.url));
    try {
      return read(asObject(parseStrict(response.body, { maxBytes: MAX_ANSWER }), 'answer'));
    } catch (cause) {
      throw new WritError('SIGNER_ANSWER', `the signer ${this.#url} answered with something else`, { cause });
    }
  }

  /** A kept connection may end as a request goes out; the signer answers the same question in the same way. */
  async #send(request: HttpRequest): Promise<HttpResponse> {
    const { http = httpRequest, tls, timeoutMs = TIMEOUT_MS } = this.#options;
    const bounded = { ...request, tls, timeoutMs, idleTimeoutMs: timeoutMs, maxRedirects: 0 };
    try {
      return await http(bounded).catch((error: unknown) => {
        if (isWritError(error, 'FETCH_UNREACHABLE')) return http(bounded);
        throw error;
      });
    } catch (cause) {
      const reason = cause instanceof Error ? cause.message : String(cause);
      throw new WritError('SIGNER_UNAVAILABLE', `the signer gives no answer: ${reason}`, { cause });
    }
  }

  #failure(reported: WritError): WritError {
    if (PASSED_ON.has(reported.code)) return reported;
    return new WritError('SIGNER_REFUSED', `the signer ${this.#url} refused: ${reported.message}`, {
      cause: reported,
      details: { reported: reported.code },
    });
  }
}
