/** Tokens that carry the certificate of their key (`x5c`, RFC 7515 §4.1.6): it must lead to an authority that is trusted. */
import { X509Certificate, type KeyObject } from 'node:crypto';
import { WritError } from '../errors.js';

/** Leaf, intermediates, authority: nobody has longer chains. */
const MAX_CHAIN = 5;
const MAX_CERTIFICATE = 16 * 1024;
const BASE64 = /^[A-Za-z0-9+/]+={0,2}$/;

/**
 * The key of the first certificate of `x5c`, when that one is trusted itself or leads to one that is, all of them valid
 * at `now`. How long a path an authority allows below itself (`pathLenConstraint`) does not count: whoever may issue
 * authorities could issue the leaf.
 *
 * @param x5c - the header of the token, as it came
 * @param roots - what is trusted: authorities, or the certificates of token servers themselves
 * @throws WritError TOKEN_INVALID
 */
export function keyOfChain(x5c: unknown, roots: readonly X509Certificate[], now: Date): KeyObject {
  const [leaf, ...others] = readChain(x5c);
  if (leaf === undefined) throw refused('holds no certificate');
  if (!isTrusted(leaf, others, roots, now)) throw refused('holds a certificate that leads to no trusted one');
  return leaf.publicKey;
}

function readChain(x5c: unknown): X509Certificate[] {
  if (!Array.isArray(x5c) || x5c.length > MAX_CHAIN) throw refused('holds no chain of certificates');
  return x5c.map(readCertificate);
}

function readCertificate(text: unknown): X509Certificate {
  if (typeof text !== 'string' || text.length > MAX_CERTIFICATE || !BASE64.test(text))
    throw refused('holds something that is no certificate');
  try {
    return new X509Certificate(Buffer.from(text, 'base64'));
  } catch (cause) {
    throw refused('holds something that is no certificate', cause);
  }
}

/** Whether `certificate` is trusted, or issued by one that is; each of the others is used once. */
function isTrusted(
  certificate: X509Certificate,
  others: readonly X509Certificate[],
  roots: readonly X509Certificate[],
  now: Date,
): boolean {
  if (!isValidAt(certificate, now)) return false;
  if (roots.some(root => root.raw.equals(certificate.raw))) return true;
  if (roots.some(root => isValidAt(root, now) && isIssuedBy(certificate, root))) return true;
  return others.some(
    (issuer, i) => isIssuedBy(certificate, issuer) && isTrusted(issuer, others.toSpliced(i, 1), roots, now),
  );
}

/** `checkIssued` compares names and key identifiers, and the use of the issuer's key where it says one. */
const isIssuedBy = (certificate: X509Certificate, issuer: X509Certificate): boolean =>
  issuer.ca && certificate.checkIssued(issuer) && certificate.verify(issuer.publicKey);

const isValidAt = ({ validFrom, validTo }: X509Certificate, now: Date): boolean =>
  new Date(validFrom) <= now && now <= new Date(validTo);

const refused = (how: string, cause?: unknown): WritError =>
  new WritError('TOKEN_INVALID', `the token ${how}`, { cause });
