/** A token server in tests: keys, certificates, and tokens as anybody might make them. */
import { generateKeyPairSync, randomBytes, sign, X509Certificate, type KeyObject } from 'node:crypto';
import { SignJWT } from 'jose';
import {
  derBits,
  derBoolean,
  derInteger,
  derOctets,
  derOid,
  derSequence,
  derSet,
  derTagged,
  derTime,
  derUtf8,
} from '../../src/crypto/der.js';

export const NOW = new Date('2026-11-21T12:00:00Z');
export const ISSUER = 'test-issuer';
export const SERVICE = 'notary-test';
export const seconds = (offset = 0): number => NOW.getTime() / 1000 + offset;

export interface Pair {
  readonly key: KeyObject;
  readonly publicKey: KeyObject;
}

export function rsaPair(): Pair {
  const { privateKey, publicKey } = generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { key: privateKey, publicKey };
}

export function ecPair(): Pair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  return { key: privateKey, publicKey };
}

export interface Claims {
  readonly [claim: string]: unknown;
}

export const pullOf = (name: string, ...actions: string[]): object[] => [
  { type: 'repository', name, actions: actions.length === 0 ? ['pull'] : actions },
];

/** A token that is good for the service, but for what `claims` and `header` change; undefined removes a claim. */
export function token(
  key: KeyObject | Uint8Array,
  claims: Claims = {},
  header: object = {},
): Promise<string> {
  const all = {
    iss: ISSUER,
    sub: 'alice',
    aud: SERVICE,
    exp: seconds(300),
    nbf: seconds(-10),
    iat: seconds(),
    jti: 'token-1',
    access: pullOf('registry.example/acme/app'),
    ...claims,
  };
  return new SignJWT(JSON.parse(JSON.stringify(all)) as Record<string, unknown>)
    .setProtectedHeader({ alg: algorithmOf(key), typ: 'JWT', ...header })
    .sign(key);
}

const algorithmOf = (key: KeyObject | Uint8Array): string =>
  'asymmetricKeyType' in key && key.asymmetricKeyType === 'ec' ? 'ES256' : 'RS256';

export interface Issued extends Pair {
  readonly certificate: X509Certificate;
}

export interface Authority extends Issued {
  /** Another certificate below this one. */
  issue(name: string, options?: Partial<CertificateOptions>): Authority;
}

interface CertificateOptions {
  readonly ca: boolean;
  /** May sign certificates: what its key is for, beside what it is. */
  readonly certSign: boolean;
  readonly notBefore: Date;
  readonly notAfter: Date;
  readonly pair: Pair;
}

/** A self-signed certificate, an authority unless said otherwise. */
export const authority = (name: string, options: Partial<CertificateOptions> = {}): Authority =>
  make(name, undefined, { ca: true, ...options });

const commonName = (name: string): Uint8Array =>
  derSequence(derSet(derSequence(derOid('2.5.4.3'), derUtf8(name))));
const extension = (oid: string, value: Uint8Array): Uint8Array =>
  derSequence(derOid(oid), derBoolean(true), derOctets(value));

function make(
  name: string,
  issuer: (Issued & { readonly name: string }) | undefined,
  options: Partial<CertificateOptions>,
): Authority {
  const { ca = false, certSign = ca } = options;
  const { notBefore = new Date('2026-01-01'), notAfter = new Date('2045-01-01') } = options;
  const { pair = ecPair() } = options;
  const algorithm = derSequence(derOid('1.2.840.10045.4.3.2'));
  const tbs = derSequence(
    derTagged(0, derInteger(2n)),
    derInteger(BigInt(`0x01${randomBytes(8).toString('hex')}`)),
    algorithm,
    commonName(issuer?.name ?? name),
    derSequence(derTime(notBefore), derTime(notAfter)),
    commonName(name),
    pair.publicKey.export({ type: 'spki', format: 'der' }),
    derTagged(
      3,
      derSequence(
        extension('2.5.29.19', ca ? derSequence(derBoolean(true)) : derSequence()),
        extension('2.5.29.15', certSign ? derBits(Buffer.of(0x84), 2) : derBits(Buffer.of(0x80), 7)),
      ),
    ),
  );
  const signature = derBits(sign('sha256', tbs, issuer?.key ?? pair.key));
  const certificate = new X509Certificate(derSequence(tbs, algorithm, signature));
  return {
    ...pair,
    certificate,
    issue: (below, more = {}) => make(below, { ...pair, certificate, name }, more),
  };
}

export const x5c = (...chain: readonly Issued[]): string[] =>
  chain.map(({ certificate }) => certificate.raw.toString('base64'));
