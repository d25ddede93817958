/**
 * The keys of a running notary-signer, over its own protocol: `proto.KeyManagement` and `proto.Signer` of
 * theupdateframework/notary, proto/signer.proto, and `grpc.health.v1.Health`. They never leave it.
 */
import { base64Of } from '../crypto/base64.js';
import { parseNotaryKey, type NotaryKey } from '../crypto/notary-key.js';
import { isWritError, publicReasonOf, reasonOf, toWritError, WritError } from '../errors.js';
import type { Gun } from '../tuf/notary/names.js';
import { refuseOtherPayload } from '../tuf/notary/online-payload.js';
import { GrpcClient, type GrpcCall } from './grpc.js';
import type { TlsOptions } from './http-types.js';
import { bytesAt, integerAt, readMessage, textAt, writeMessage } from './protobuf.js';

export interface NotarySignerOptions {
  /** Where it listens, as messages have it: `HOST:PORT`. */
  readonly address: string;
  readonly tls: TlsOptions;
  /** Of new keys. */
  readonly algorithm: 'ecdsa' | 'ed25519';
  /** The most milliseconds for one answer. Default 10,000. */
  readonly timeoutMs?: number;
  /** Milliseconds that only grow. */
  readonly now?: () => number;
  /** Is told every call that was made: `ok`, or the code of its failure. */
  readonly measured?: (call: SignerCall, outcome: string, seconds: number, reason?: string) => void;
}

export type SignerCall = 'create' | 'delete' | 'info' | 'sign' | 'health';
type Role = 'snapshot' | 'timestamp';

const CALLS: Readonly<Record<SignerCall, Pick<GrpcCall, 'path' | 'again'>>> = {
  // A key that was made for an answer that got lost is one that nobody knows.
  create: { path: '/proto.KeyManagement/CreateKey', again: false },
  delete: { path: '/proto.KeyManagement/DeleteKey', again: true },
  info: { path: '/proto.KeyManagement/GetKeyInfo', again: true },
  sign: { path: '/proto.Signer/Sign', again: true },
  health: { path: '/grpc.health.v1.Health/Check', again: true },
};
const TIMEOUT_MS = 10_000;
/** How long it is taken to be well after it said so. */
const HEALTHY_MS = 5000;
const NOT_FOUND = '5';
const SERVING = 1;
/** The name that notary-signer reports the health of its keys under. */
const HEALTH_NAME = 'grpc.health.v1.Health.KeyManagement';
/** How a signature of a type of key is made. theupdateframework/notary, tuf/data/types.go. */
const METHODS: Readonly<Record<NotaryKey['keytype'], string>> = {
  ed25519: 'eddsa',
  ecdsa: 'ecdsa',
  'ecdsa-x509': 'ecdsa',
  rsa: 'rsapss',
  'rsa-x509': 'rsapss',
};

export class NotarySignerClient {
  readonly #options: NotarySignerOptions;
  readonly #grpc: GrpcClient;
  readonly #now: () => number;
  #healthyUntil = 0;
  /** A question about its health that is under way. */
  #asking: Promise<string | undefined> | undefined;

  constructor(options: NotarySignerOptions) {
    const { address, tls, timeoutMs = TIMEOUT_MS, now = () => performance.now() } = options;
    this.#options = options;
    this.#now = now;
    this.#grpc = new GrpcClient({ url: `https://${address}`, tls, timeoutMs });
  }

  /**
   * Has a key made for a role of a repository.
   *
   * @throws WritError SIGNER_UNAVAILABLE, SIGNER_REFUSED, SIGNER_ANSWER
   */
  async create(gun: Gun, role: Role): Promise<NotaryKey> {
    const { algorithm } = this.#options;
    const key = keyIn(await this.#call('create', writeMessage({ 1: algorithm, 2: gun, 3: role })));
    if (key.keytype === algorithm) return key;
    throw new WritError(
      'SIGNER_ANSWER',
      `the signer made a key of type ${key.keytype}, asked for ${algorithm}`,
    );
  }

  /** Has a key removed; one that is not there is no failure. @throws WritError as {@link create} */
  async remove(id: string): Promise<void> {
    await this.#call('delete', writeMessage({ 1: id }));
  }

  /** Whether the signer has the private key. @throws WritError SIGNER_UNAVAILABLE, SIGNER_REFUSED, SIGNER_ANSWER */
  async holds(key: NotaryKey): Promise<boolean> {
    try {
      return keyIn(await this.#call('info', writeMessage({ 1: key.canonicalId }))).id === key.canonicalId;
    } catch (error) {
      if (isWritError(error, 'SIGNER_REFUSED') && error.details['status'] === NOT_FOUND) return false;
      throw error;
    }
  }

  /**
   * A signature of a key that the signer holds, verified.
   *
   * @throws WritError KEYSTORE_REFUSED for what is no metadata of `role`; SIGNER_ANSWER for a signature that is none of
   *   the key; SIGNER_UNAVAILABLE, SIGNER_REFUSED
   */
  async sign(
    key: NotaryKey,
    role: Role,
    payload: Uint8Array,
  ): Promise<{ readonly method: string; readonly bytes: Uint8Array }> {
    refuseOtherPayload(role, payload);
    const request = writeMessage({ 1: writeMessage({ 1: key.canonicalId }), 2: payload });
    const bytes = bytesAt(readMessage(await this.#call('sign', request)), 3);
    const method = METHODS[key.keytype];
    if (key.verify(payload, bytes, method)) return { method, bytes: new Uint8Array(bytes) };
    throw new WritError('SIGNER_ANSWER', `the signer did not sign with the ${role} key ${key.id}`);
  }

  /**
   * Why it could not sign now, for everybody to read; undefined when it says that it can. It is asked once at a time,
   * however many want to know; that it is well is taken for five seconds, or until a call fails.
   */
  async problem(): Promise<string | undefined> {
    if (this.#now() < this.#healthyUntil) return undefined;
    this.#asking ??= this.#askHealth().finally(() => {
      this.#asking = undefined;
    });
    return this.#asking;
  }

  close(): void {
    this.#grpc.close();
  }

  async #askHealth(): Promise<string | undefined> {
    try {
      const status = readMessage(await this.#call('health', writeMessage({ 1: HEALTH_NAME })));
      if (integerAt(status, 1) !== SERVING) return 'the signer says that it is not serving';
      this.#healthyUntil = this.#now() + HEALTHY_MS;
      return undefined;
    } catch (error) {
      return publicReasonOf(error);
    }
  }

  async #call(call: SignerCall, message: Uint8Array): Promise<Uint8Array> {
    const start = performance.now();
    const tell = (outcome: string, reason?: string): void =>
      this.#options.measured?.(call, outcome, (performance.now() - start) / 1000, reason);
    try {
      const answer = await this.#grpc.call({ ...CALLS[call], message });
      tell('ok');
      return answer;
    } catch (error) {
      this.#healthyUntil = 0;
      const { code, message: reason } = toWritError(error);
      tell(code, reason);
      throw error;
    }
  }
}

/** The key of a `PublicKey` or `GetKeyInfoResponse`: its id must be what its type and bytes make. */
function keyIn(answer: Uint8Array): NotaryKey {
  const fields = readMessage(answer);
  const info = readMessage(bytesAt(fields, 1));
  const id = textAt(readMessage(bytesAt(info, 1)), 1);
  const keytype = textAt(readMessage(bytesAt(info, 2)), 1);
  try {
    const keyval = { private: null, public: base64Of(bytesAt(fields, 2)) };
    const key = parseNotaryKey({ keytype, keyval }, 'key');
    if (key.id === id) return key;
  } catch (cause) {
    throw new WritError('SIGNER_ANSWER', `the signer has a key that cannot be used: ${reasonOf(cause)}`, {
      cause,
    });
  }
  throw new WritError('SIGNER_ANSWER', 'the signer gives a key another id than it has');
}
