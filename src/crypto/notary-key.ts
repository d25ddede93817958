/**
 * Public keys and signatures as Notary v1 writes them: `{keytype, keyval: {private: null, public}}` with the key in
 * base64 (DER, PEM certificates, or 32 bytes), and the method of a signature beside it. A method counts only under the
 * type of key that it is made for. theupdateframework/notary, tuf/data/keys.go and tuf/signed/verifiers.go.
 */
import {
  constants,
  createPublicKey,
  ECDH,
  verify as verifySignature,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import { WritError } from '../errors.js';
import { canonicalBytes } from '../json/canonical.js';
import { objectAt, stringAt, type Path, pathOf, textOf } from '../json/read.js';
import { member, type JsonObject } from '../json/types.js';
import { base64Of, bytesOfBase64 } from './base64.js';
import { sha256Hex } from './digest.js';
import { parseKeyId, type KeyId } from './key-id.js';
import type { PublicKey } from './public-key.js';
import { importRawEd25519, KEY_BYTES } from './schemes/ed25519.js';
import { checkRsaKey } from './schemes/rsa-pss.js';
import { jwkOf } from './schemes/spki.js';

export type NotaryKeyType = 'ed25519' | 'ecdsa' | 'ecdsa-x509' | 'rsa' | 'rsa-x509';

/** A key of Notary v1. Its signatures name their method; without one, or with one of another type, none is good. */
export interface NotaryKey extends PublicKey {
  readonly keytype: NotaryKeyType;
  /** The id of the bare key: that of the file of the private key, where `id` is that of a certificate. */
  readonly canonicalId: KeyId;
  /** The certificates of an x509 key, the leaf first; empty for others. */
  readonly certificates: readonly X509Certificate[];
}

/** Longer than any chain of certificates that signs a root. */
const MAX_BASE64 = 64 * 1024;
const MAX_CERTIFICATES = 8;
const ONE_CERTIFICATE = /-----BEGIN CERTIFICATE-----\r?\n[A-Za-z0-9+/=\s]+-----END CERTIFICATE-----/g;

interface Curve {
  /** In `material`. */
  readonly name: string;
  /** As OpenSSL calls it. */
  readonly curve: string;
  /** Of a coordinate. */
  readonly bytes: number;
}
const CURVES: readonly Curve[] = [
  { name: 'p224', curve: 'secp224r1', bytes: 28 },
  { name: 'p256', curve: 'prime256v1', bytes: 32 },
  { name: 'p384', curve: 'secp384r1', bytes: 48 },
  { name: 'p521', curve: 'secp521r1', bytes: 66 },
];

/** Verifies a signature of one method. */
type Verify = (message: Uint8Array, signature: Uint8Array) => boolean;

interface Imported {
  readonly material: string;
  /** By name; there is none for a signature that names none. */
  readonly methods: ReadonlyMap<string | undefined, Verify>;
}

/** The value of `public`, decoded: the key, and the certificates that held it. */
interface Opened {
  readonly key: KeyObject;
  readonly certificates: readonly X509Certificate[];
}

/**
 * Reads one key of Notary v1.
 *
 * @param json - the key object of the metadata; members beyond `keytype` and `keyval` do not count for its id
 * @param path - names the key in messages
 * @throws WritError KEY_TYPE for a type that Notary does not know; KEY_FORMAT for a key that cannot be read; KEY_WEAK
 *   for one that cannot be trusted; JSON_TYPE for members of another type
 */
export function parseNotaryKey(json: JsonObject, path: Path): NotaryKey {
  const keytype = keyTypeOf(stringAt(json, 'keytype', path), path);
  const keyval = objectAt(json, 'keyval', path);
  const text = stringAt(keyval, 'public', pathOf(path, 'keyval'));
  if ((member(keyval, 'private') ?? null) !== null) {
    throw new WritError('KEY_FORMAT', `${textOf(path)} holds a private key`);
  }
  const where = pathOf(path, 'keyval.public');
  const bytes = fromBase64(text, where);
  const { imported, certificates, bare } =
    keytype === 'ed25519' ? readEd25519(bytes, where) : readOther(keytype, bytes, where);
  return {
    keytype,
    scheme: keytype,
    keyval: { private: null, public: text },
    id: idOf(keytype, text),
    canonicalId: bare === undefined ? idOf(keytype, text) : idOf(bareType(keytype), bare),
    certificates,
    material: imported.material,
    verify: (message, signature, method) => imported.methods.get(method)?.(message, signature) ?? false,
    toJson: () => ({ keytype, keyval: { private: null, public: text } }),
  };
}

/**
 * The key of Notary v1 for a key that node holds, without certificate.
 *
 * @param key - a public or private key: Ed25519, ECDSA on a NIST curve, or RSA
 * @throws WritError KEY_TYPE for other kinds, KEY_WEAK for weak ones
 */
export function notaryKeyOf(key: KeyObject): NotaryKey {
  const source = key.type === 'private' ? createPublicKey(key) : key;
  switch (source.asymmetricKeyType) {
    case 'ed25519':
      return written('ed25519', spkiOf(source).subarray(-KEY_BYTES));
    case 'ec':
      return written('ecdsa', spkiOf(source));
    case 'rsa':
      return written('rsa', spkiOf(source));
    default:
      throw new WritError(
        'KEY_TYPE',
        `a key of type ${source.asymmetricKeyType ?? key.type} is not supported`,
      );
  }
}

const spkiOf = (key: KeyObject): Buffer => key.export({ format: 'der', type: 'spki' });

/** The key of Notary v1 for a certificate in PEM: what signs a root. @throws WritError as {@link parseNotaryKey} */
export function notaryKeyOfCertificate(pem: string): NotaryKey {
  const [certificate] = certificatesIn(Buffer.from(pem), 'certificate');
  const type = certificate?.publicKey.asymmetricKeyType === 'rsa' ? 'rsa-x509' : 'ecdsa-x509';
  return written(type, Buffer.from(pem));
}

const written = (keytype: NotaryKeyType, bytes: Uint8Array): NotaryKey =>
  parseNotaryKey({ keytype, keyval: { private: null, public: base64Of(bytes) } }, 'key');

const KEY_TYPES: readonly NotaryKeyType[] = ['ed25519', 'ecdsa', 'ecdsa-x509', 'rsa', 'rsa-x509'];

function keyTypeOf(text: string, path: Path): NotaryKeyType {
  const known = KEY_TYPES.find(type => type === text);
  if (known) return known;
  throw new WritError(
    'KEY_TYPE',
    `${textOf(path)} has the key type ${JSON.stringify(text.slice(0, 64))}, which Notary does not know`,
  );
}

const bareType = (keytype: NotaryKeyType): NotaryKeyType => (keytype.startsWith('rsa') ? 'rsa' : 'ecdsa');

/** SHA-256 of the canonical JSON of the key with `"private":null`, in hex. */
const idOf = (keytype: NotaryKeyType, text: string): KeyId =>
  parseKeyId(sha256Hex(canonicalBytes({ keytype, keyval: { private: null, public: text } })));

function fromBase64(text: string, path: string): Uint8Array {
  const bytes = text.length > MAX_BASE64 ? undefined : bytesOfBase64(text);
  if (bytes !== undefined) return bytes;
  throw new WritError('KEY_FORMAT', `${path} must be at most ${MAX_BASE64} characters of base64`);
}

interface Read {
  readonly imported: Imported;
  readonly certificates: readonly X509Certificate[];
  /** The `public` of the bare key, where the key came in a certificate. */
  readonly bare?: string;
}

function readEd25519(raw: Uint8Array, path: string): Read {
  if (raw.length !== KEY_BYTES) throw new WritError('KEY_FORMAT', `${path} must be ${KEY_BYTES} bytes`);
  const { material, verify } = importRawEd25519(raw, path);
  return { imported: { material, methods: new Map([['eddsa', verify]]) }, certificates: [] };
}

function readOther(keytype: NotaryKeyType, bytes: Uint8Array, path: string): Read {
  const { key, certificates } = keytype.endsWith('-x509')
    ? openCertificate(bytes, path)
    : openSpki(bytes, path);
  const imported = keytype.startsWith('rsa') ? importRsa(key, path) : importEcdsa(key, path);
  if (certificates.length === 0) return { imported, certificates };
  const bare = spkiOf(key).toString('base64');
  return { imported, certificates, bare };
}

function openSpki(bytes: Uint8Array, path: string): Opened {
  try {
    const key = createPublicKey({ key: Buffer.from(bytes), format: 'der', type: 'spki' });
    return { key, certificates: [] };
  } catch (cause) {
    throw new WritError('KEY_FORMAT', `${path} is not a public key that can be read`, { cause });
  }
}

function openCertificate(bytes: Uint8Array, path: string): Opened {
  const certificates = certificatesIn(bytes, path);
  const [leaf] = certificates;
  if (leaf === undefined) throw new WritError('KEY_FORMAT', `${path} holds no certificate in PEM`);
  return { key: leaf.publicKey, certificates };
}

/** The first certificate is the leaf: its key is the key. */
function certificatesIn(bytes: Uint8Array, path: string): X509Certificate[] {
  const blocks = Buffer.from(bytes).toString('latin1').match(ONE_CERTIFICATE) ?? [];
  if (blocks.length > MAX_CERTIFICATES) {
    throw new WritError('KEY_FORMAT', `${path} holds more than ${MAX_CERTIFICATES} certificates`);
  }
  try {
    return blocks.map(block => new X509Certificate(block));
  } catch (cause) {
    throw new WritError('KEY_FORMAT', `${path} holds a certificate that cannot be read`, { cause });
  }
}

function importRsa(key: KeyObject, path: string): Imported {
  checkRsaKey(key, path);
  const { n, e } = jwkOf(key);
  const pss: Verify = (message, signature) =>
    verifySignature(
      'sha256',
      message,
      { key, padding: constants.RSA_PKCS1_PSS_PADDING, saltLength: 32 },
      signature,
    );
  const pkcs1: Verify = (message, signature) =>
    verifySignature('sha256', message, { key, padding: constants.RSA_PKCS1_PADDING }, signature);
  return {
    material: `rsa:${n}.${e}`,
    methods: new Map([
      ['rsapss', pss],
      ['rsapkcs1v15', pkcs1],
      ['pycrypto-pkcs#1 pss', pss],
    ]),
  };
}

/** Raw r‖s, each of the size of the curve, over SHA-256 whatever the curve. */
function importEcdsa(key: KeyObject, path: string): Imported {
  const curve = CURVES.find(known => known.curve === key.asymmetricKeyDetails?.namedCurve);
  if (curve === undefined) throw new WritError('KEY_FORMAT', `${path} must be a key on a NIST curve`);
  const verify: Verify = (message, signature) =>
    signature.length === 2 * curve.bytes &&
    verifySignature('sha256', message, { key, dsaEncoding: 'ieee-p1363' }, signature);
  return { material: materialOf(key, curve), methods: new Map([['ecdsa', verify]]) };
}

/** As TUF keys of the same curve have it. From the point itself: JSON web keys know no P-224. */
function materialOf(key: KeyObject, { name, curve, bytes }: Curve): string {
  const point = ECDH.convertKey(pointOf(key), curve, undefined, undefined, 'uncompressed') as Buffer;
  const coordinate = (at: number): string => point.subarray(at, at + bytes).toString('base64url');
  return `${name}:${coordinate(1)}.${coordinate(1 + bytes)}`;
}

/** The last element of SubjectPublicKeyInfo, without the byte that counts unused bits. RFC 5480 §2. */
function pointOf(key: KeyObject): Uint8Array {
  const der = spkiOf(key);
  const content = (at: number): number => at + ((der[at + 1] ?? 0) < 0x80 ? 2 : 3);
  const algorithm = content(0);
  const bits = content(algorithm) + (der[algorithm + 1] ?? 0);
  return der.subarray(content(bits) + 1);
}
