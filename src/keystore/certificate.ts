/**
 * Certificates of a development service: an authority that signs one certificate and is then forgotten
 * (its private key is never returned), so that whoever trusts it trusts exactly that one server or client;
 * and certificates that the roots of Notary repositories are signed with.
 * X.509 v3 as RFC 5280 profiles it, ECDSA or RSA with SHA-256 (RFC 5758 §3.2, RFC 4055 §5).
 */
import {
  createHash,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import { isIPv4, isIPv6 } from 'node:net';
import {
  derBits,
  derBoolean,
  derImplicit,
  derInteger,
  derNull,
  derOctets,
  derOid,
  derSequence,
  derSet,
  derTagged,
  derTime,
  derUtf8,
} from '../crypto/der.js';
import { writePem } from '../crypto/pem.js';
import { WritError } from '../errors.js';

/** PEM texts. */
export interface IssuedCertificate {
  /** What clients must trust. */
  readonly ca: string;
  /** The server's certificate. */
  readonly cert: string;
  /** The server's private key, PKCS #8. */
  readonly key: string;
}

export interface CertificateRequest {
  /** DNS names and IP addresses that the server is reached by; the first is its common name. */
  readonly names: readonly [string, ...string[]];
  readonly notBefore: Date;
  /** At most 825: what clients still accept of a server certificate. */
  readonly days: number;
  /** What it proves: a server to its clients (the default), or a client to a server that asks for a certificate. */
  readonly use?: 'server' | 'client';
}

const OID = {
  ecdsaWithSha256: '1.2.840.10045.4.3.2',
  sha256WithRsa: '1.2.840.113549.1.1.11',
  commonName: '2.5.4.3',
  subjectKeyIdentifier: '2.5.29.14',
  keyUsage: '2.5.29.15',
  subjectAltName: '2.5.29.17',
  basicConstraints: '2.5.29.19',
  authorityKeyIdentifier: '2.5.29.35',
  extendedKeyUsage: '2.5.29.37',
  serverAuth: '1.3.6.1.5.5.7.3.1',
  clientAuth: '1.3.6.1.5.5.7.3.2',
  codeSigning: '1.3.6.1.5.5.7.3.3',
} as const;

const MAX_DAYS = 825;
const DAY_MS = 86_400_000;
/** How long Notary lets a root certificate live. */
const ROOT_DAYS = 3650;

/**
 * Issues a certificate for `names` by a new authority.
 *
 * @returns PEM texts; the authority cannot sign another
 */
export function issueCertificate({
  names,
  notBefore,
  days,
  use = 'server',
}: CertificateRequest): IssuedCertificate {
  const notAfter = new Date(notBefore.getTime() + Math.min(days, MAX_DAYS) * DAY_MS);
  const authority = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const server = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const issuer = distinguishedName('writ development authority');
  const common = { issuer, notBefore, notAfter, signer: authority.privateKey };
  const ca = certificate({
    ...common,
    subject: issuer,
    key: authority.publicKey,
    extensions: authorityExtensions(authority.publicKey),
  });
  const cert = certificate({
    ...common,
    subject: distinguishedName(names[0]),
    key: server.publicKey,
    extensions: leafExtensions(server.publicKey, authority.publicKey, names, use),
  });
  const key = server.privateKey.export({ format: 'pem', type: 'pkcs8' }).toString();
  return { ca: pem(ca), cert: pem(cert), key };
}

/**
 * A certificate that a key signs for itself, as Notary's own programs make them: for code signing, valid for ten years.
 *
 * @param key - a private key: ECDSA or RSA
 * @param commonName - the repository
 * @returns PEM
 * @throws WritError KEY_TYPE for other keys
 */
export function issueRootCertificate(key: KeyObject, commonName: string, notBefore: Date): string {
  const subject = distinguishedName(commonName);
  return pem(
    certificate({
      issuer: subject,
      subject,
      notBefore,
      notAfter: new Date(notBefore.getTime() + ROOT_DAYS * DAY_MS),
      key: createPublicKey(key),
      signer: key,
      extensions: derTagged(
        3,
        derSequence(
          extension(OID.keyUsage, true, derBits(Buffer.of(0b1010_0000), 5)), // digitalSignature, keyEncipherment
          extension(OID.extendedKeyUsage, false, derSequence(derOid(OID.codeSigning))),
          extension(OID.basicConstraints, true, derSequence()),
        ),
      ),
    }),
  );
}

interface Body {
  readonly issuer: Uint8Array;
  readonly subject: Uint8Array;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly key: KeyObject;
  readonly extensions: Uint8Array;
  readonly signer: KeyObject;
}

/** Certificate and TBSCertificate, RFC 5280 §4.1. */
function certificate({ issuer, subject, notBefore, notAfter, key, extensions, signer }: Body): Uint8Array {
  const algorithm = signatureAlgorithm(signer);
  const version3 = derTagged(0, derInteger(2n));
  const validity = derSequence(derTime(notBefore), derTime(notAfter));
  const tbs = derSequence(
    version3,
    serialNumber(),
    algorithm,
    issuer,
    validity,
    subject,
    spki(key),
    extensions,
  );
  return derSequence(tbs, algorithm, derBits(sign('sha256', tbs, signer)));
}

/** RFC 5758 §3.2 has no parameters; RFC 4055 §5 has NULL. */
function signatureAlgorithm({ asymmetricKeyType: type }: KeyObject): Uint8Array {
  if (type === 'ec') return derSequence(derOid(OID.ecdsaWithSha256));
  if (type === 'rsa') return derSequence(derOid(OID.sha256WithRsa), derNull());
  throw new WritError('KEY_TYPE', `no certificate is made with a key of type ${type ?? 'unknown'}`);
}

/** 127 random bits and one that makes it positive and not zero. RFC 5280 §4.1.2.2. */
const serialNumber = (): Uint8Array =>
  derInteger(BigInt(`0x${randomBytes(16).toString('hex')}`) | (1n << 127n));

const distinguishedName = (commonName: string): Uint8Array =>
  derSequence(derSet(derSequence(derOid(OID.commonName), derUtf8(commonName))));

const spki = (key: KeyObject): Uint8Array => key.export({ format: 'der', type: 'spki' });

/** RFC 5280 §4.2.1.2, method 1: SHA-1 of the public key's bit string, a name and no proof. */
const keyIdentifier = (key: KeyObject): Uint8Array =>
  createHash('sha1').update(spki(key).subarray(-65)).digest();

function extension(oid: string, critical: boolean, value: Uint8Array): Uint8Array {
  return derSequence(derOid(oid), ...(critical ? [derBoolean(true)] : []), derOctets(value));
}

function authorityExtensions(key: KeyObject): Uint8Array {
  const authorityOfLeaves = derSequence(derBoolean(true), derInteger(0n));
  return derTagged(
    3,
    derSequence(
      extension(OID.basicConstraints, true, authorityOfLeaves),
      extension(OID.keyUsage, true, derBits(Buffer.of(0b0000_0100), 2)), // keyCertSign
      extension(OID.subjectKeyIdentifier, false, derOctets(keyIdentifier(key))),
    ),
  );
}

function leafExtensions(
  key: KeyObject,
  authority: KeyObject,
  names: readonly string[],
  use: 'server' | 'client',
): Uint8Array {
  return derTagged(
    3,
    derSequence(
      extension(OID.basicConstraints, true, derSequence()),
      extension(OID.keyUsage, true, derBits(Buffer.of(0b1000_0000), 7)), // digitalSignature
      extension(
        OID.extendedKeyUsage,
        false,
        derSequence(derOid(use === 'server' ? OID.serverAuth : OID.clientAuth)),
      ),
      extension(OID.subjectAltName, false, derSequence(...names.map(generalName))),
      extension(OID.subjectKeyIdentifier, false, derOctets(keyIdentifier(key))),
      extension(OID.authorityKeyIdentifier, false, derSequence(derImplicit(0, keyIdentifier(authority)))),
    ),
  );
}

/** GeneralName, RFC 5280 §4.2.1.6: dNSName [2] or iPAddress [7]. */
function generalName(name: string): Uint8Array {
  if (isIPv4(name)) return derImplicit(7, Buffer.from(name.split('.').map(Number)));
  if (isIPv6(name)) return derImplicit(7, ipv6Bytes(name));
  return derImplicit(2, Buffer.from(name, 'latin1'));
}

/** The 16 bytes of an IPv6 address; the URL parser has its normal form, at most one `::` and no dots. */
function ipv6Bytes(address: string): Uint8Array {
  const normal = new URL(`http://[${address}]`).hostname.slice(1, -1);
  const [head = '', tail] = normal.split('::');
  const left = head.split(':').filter(group => group !== '');
  const right = (tail ?? '').split(':').filter(group => group !== '');
  const groups = [...left, ...Array<string>(8 - left.length - right.length).fill('0'), ...right];
  return Buffer.from(groups.map(group => group.padStart(4, '0')).join(''), 'hex');
}

const pem = (bytes: Uint8Array): string => writePem({ type: 'CERTIFICATE', headers: new Map(), bytes });
