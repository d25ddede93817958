/**
 * Which root certificates a client trusts when it sees a repository for the first time: pinned ones, those of a pinned
 * authority, or whatever comes first. trustpinning/trustpin.go.
 */
import { X509Certificate } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import type { NotaryKey } from '../crypto/notary-key.js';
import { parsePem, writePem } from '../crypto/pem.js';
import { WritError } from '../errors.js';
import type { Gun } from '../tuf/notary/names.js';

/** The section `trust_pinning` of Notary's configuration. */
export interface TrustPinning {
  /** Repository, or prefix of repositories with `*` at the end → ids of certificates as roots list them. */
  readonly certs: ReadonlyMap<string, readonly string[]>;
  /** Prefix of repositories → file of authorities, PEM. */
  readonly ca: ReadonlyMap<string, string>;
  /** Nothing is trusted that is not pinned. */
  readonly disableTofu: boolean;
}

/** Trusts the first root that comes. */
export const TRUST_ON_FIRST_USE: TrustPinning = { certs: new Map(), ca: new Map(), disableTofu: false };

/** Whether a key of a root may count. */
export type PinCheck = (key: NotaryKey) => boolean;

/**
 * The check for one repository: certificates before authorities before first use, the most specific entry of each.
 *
 * @param first - no root of the repository is trusted yet
 * @throws WritError NOTARY_ROOT when nothing may be trusted, or authorities cannot be read
 */
export async function pinCheck(
  { certs, ca, disableTofu }: TrustPinning,
  gun: Gun,
  now: Date,
  first: boolean,
): Promise<PinCheck> {
  const ids = certs.get(gun) ?? mostSpecific(certs, gun, '*');
  if (ids !== undefined) return key => ids.includes(key.id);
  const file = mostSpecific(ca, gun, '');
  if (file !== undefined) {
    const authorities = await readAuthorities(file, now);
    return key => isIssuedBy(key.certificates, authorities, now);
  }
  if (disableTofu && first) throw untrusted('invalid trust pinning specified');
  return () => true;
}

/** The value of the longest key that `gun` begins with; keys that do not end in `suffix` do not count. */
function mostSpecific<T>(entries: ReadonlyMap<string, T>, gun: Gun, suffix: string): T | undefined {
  const fitting = [...entries.keys()]
    .filter(key => key.endsWith(suffix) && gun.startsWith(key.slice(0, key.length - suffix.length)))
    .sort((a, b) => b.length - a.length);
  return fitting[0] === undefined ? undefined : entries.get(fitting[0]);
}

const untrusted = (why: string): WritError =>
  new WritError('NOTARY_ROOT', `could not validate the path to a trusted root: ${why}`);

async function readAuthorities(file: string, now: Date): Promise<X509Certificate[]> {
  let found: X509Certificate[];
  try {
    const blocks = parsePem(await readFile(file, 'utf8')).filter(({ type }) => type === 'CERTIFICATE');
    found = blocks.map(block => new X509Certificate(writePem({ ...block, headers: new Map() })));
  } catch {
    throw untrusted('could not load root cert from CA path');
  }
  const valid = found.filter(certificate => isValid(certificate, now));
  if (valid.length === 0) throw untrusted('invalid CA certs provided');
  return valid;
}

const isValid = ({ validFrom, validTo }: X509Certificate, now: Date): boolean =>
  new Date(validFrom) <= now && now <= new Date(validTo);

/** Longer than any path of a root. */
const MAX_PATH = 8;

/** Whether a path of valid certificates leads from the leaf, by authorities that came with it, to one that is pinned. */
function isIssuedBy(
  [leaf, ...between]: readonly X509Certificate[],
  authorities: readonly X509Certificate[],
  now: Date,
): boolean {
  let current = leaf;
  for (let length = 0; current !== undefined && length < MAX_PATH; length++) {
    const subject: X509Certificate = current;
    if (!isValid(subject, now)) return false;
    const issued = (issuer: X509Certificate): boolean =>
      subject.checkIssued(issuer) && subject.verify(issuer.publicKey);
    if (authorities.some(issued)) return true;
    current = between.find(
      issuer => issuer.ca && issuer.fingerprint256 !== subject.fingerprint256 && issued(issuer),
    );
  }
  return false;
}
