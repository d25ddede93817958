/** A key on a PKCS #11 token: found without a PIN, signed with by whoever has it. The private key never leaves the token. */
import { createPublicKey, createHash, type KeyObject } from 'node:crypto';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { derOfPair } from '../crypto/ecdsa-pair.js';
import { publicKeyOf, type PublicKey } from '../crypto/public-key.js';
import { WritError } from '../errors.js';
import type { Signer } from '../tuf/ports.js';
import { readPayload } from './payload.js';
import { isObjectOf, isTokenOf, readObjects, readTokens, type Token } from './pkcs11-listing.js';
import { broken, runTool, type ToolOptions } from './pkcs11-tool.js';
import { parsePkcs11Uri, type Pkcs11Uri } from './pkcs11-uri.js';

/** The tool hashes what is longer in parts, which Ed25519 does not allow. */
const MAX_ED25519 = 1024;

export interface TokenOptions extends Omit<ToolOptions, 'module'> {
  /** Used where the URI names none. */
  readonly module: string | undefined;
}

export class TokenKey {
  readonly uri: Pkcs11Uri;
  readonly publicKey: PublicKey;
  /** The label of the token, for people. */
  readonly token: string;
  readonly #tool: ToolOptions;
  readonly #slot: string;
  readonly #id: string;

  private constructor(uri: Pkcs11Uri, publicKey: PublicKey, tool: ToolOptions, token: Token, id: string) {
    this.uri = uri;
    this.publicKey = publicKey;
    this.token = token.label;
    this.#tool = tool;
    this.#slot = token.slot;
    this.#id = id;
  }

  /**
   * Finds the one key that `text` names.
   *
   * @param text - an RFC 7512 URI
   * @throws WritError KEYSTORE_URI; KEYSTORE_TOKEN when the token or key is not there, or there are two; KEYSTORE_PIN
   *   when the token is locked; KEY_TYPE, KEY_WEAK
   */
  static async find(text: string, { module, ...options }: TokenOptions): Promise<TokenKey> {
    const uri = parsePkcs11Uri(text);
    const driver = uri.modulePath ?? module;
    if (driver === undefined) {
      throw broken(
        'it is not said which library drives the token',
        'set pkcs11.module or WRIT_PKCS11_MODULE',
      );
    }
    const tool = { ...options, module: driver };
    const tokens = readTokens(textOf(await runTool(tool, ['--list-slots'])));
    const token = only(
      'token',
      tokens.filter(one => isTokenOf(uri, one)),
    );
    if (token.locked)
      throw new WritError('KEYSTORE_PIN', 'the token is locked: too many wrong PINs were given');
    const listed = await runTool(tool, ['--slot', token.slot, '--list-objects', '--type', 'pubkey']);
    const { id } = only(
      'key',
      readObjects(textOf(listed)).filter(one => isObjectOf(uri, one)),
    );
    const read = ['--slot', token.slot, '--read-object', '--type', 'pubkey', '--id', id];
    return new TokenKey(uri, publicKeyOf(readSpki(await runTool(tool, read))), tool, token, id);
  }

  /** A signer that logs in with `pin` for every signature. */
  signer(pin: string): Signer {
    return {
      key: this.publicKey,
      sign: async (role, payload) => {
        readPayload(role, payload);
        return this.#sign(payload, pin);
      },
    };
  }

  async #sign(payload: Uint8Array, pin: string): Promise<Uint8Array> {
    const { scheme } = this.publicKey;
    const { mechanism, input, encode } = way(scheme, payload);
    const folder = await mkdtemp(join(tmpdir(), 'writ-token-'));
    try {
      const [from, to] = [join(folder, 'input'), join(folder, 'output')];
      await writeFile(from, input, { mode: 0o600 });
      const which = ['--slot', this.#slot, '--id', this.#id];
      await runTool(
        this.#tool,
        ['--sign', ...which, ...mechanism, '--input-file', from, '--output-file', to],
        pin,
      );
      const signature = encode(await readFile(to).catch(() => Buffer.alloc(0)));
      if (this.publicKey.verify(payload, signature)) return signature;
    } finally {
      await rm(folder, { recursive: true, force: true });
    }
    throw broken(`what the token ${this.token} gave is no signature of the key ${this.publicKey.id}`);
  }
}

interface Way {
  readonly mechanism: readonly string[];
  readonly input: Uint8Array;
  /** From what a token gives to what TUF writes. */
  readonly encode: (raw: Buffer) => Uint8Array;
}

const asItIs = (raw: Buffer): Uint8Array => new Uint8Array(raw);

function way(scheme: string, payload: Uint8Array): Way {
  switch (scheme) {
    case 'ed25519':
      if (payload.length <= MAX_ED25519)
        return { mechanism: ['-m', 'EDDSA'], input: payload, encode: asItIs };
      throw broken(
        `the document has ${payload.length} bytes, and pkcs11-tool signs at most ${MAX_ED25519} with Ed25519`,
        'use a key of P-256 (ecdsa-sha2-nistp256) on tokens',
      );
    case 'ecdsa-sha2-nistp256': {
      const digest = createHash('sha256').update(payload).digest();
      return {
        mechanism: ['-m', 'ECDSA', '--signature-format', 'rs'],
        input: digest,
        encode: raw => derOfPair(raw) ?? asItIs(raw),
      };
    }
    default: {
      const pss = ['-m', 'SHA256-RSA-PKCS-PSS', '--mgf', 'MGF1-SHA256', '--salt-len', '32'];
      return { mechanism: pss, input: payload, encode: asItIs };
    }
  }
}

const textOf = (bytes: Buffer): string => bytes.toString('utf8');

function only<T>(what: 'token' | 'key', found: readonly T[]): T {
  const [first] = found;
  if (first === undefined)
    throw broken(`there is no ${what} that the URI names`, `see: pkcs11-tool --module … ${LIST[what]}`);
  if (found.length === 1) return first;
  throw broken(`the URI names ${found.length} ${what}s`, `add ${MORE[what]} to the URI`);
}

const LIST = { token: '--list-slots', key: '--list-objects --type pubkey' } as const;
const MORE = { token: 'serial', key: 'id' } as const;

/** DER, or PEM for Ed25519. */
function readSpki(bytes: Buffer): KeyObject {
  try {
    if (bytes.includes('-----BEGIN')) return createPublicKey({ key: bytes, format: 'pem' });
    return createPublicKey({ key: bytes, format: 'der', type: 'spki' });
  } catch (cause) {
    throw new WritError('KEY_TYPE', 'the key on the token is of a kind that cannot be read', { cause });
  }
}
