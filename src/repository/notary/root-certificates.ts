/**
 * Who may sign a root: certificates that are made out to the repository. theupdateframework/notary,
 * trustpinning/trustpin.go and tuf/utils/x509.go.
 */
import type { X509Certificate } from 'node:crypto';
import type { KeyId } from '../../crypto/key-id.js';
import type { NotaryKey } from '../../crypto/notary-key.js';
import type { PublicKey } from '../../crypto/public-key.js';
import type { Keys, Root, UnusableKey } from '../../tuf/model.js';
import type { Gun } from './names.js';

const isNotaryKey = (key: PublicKey | UnusableKey): key is NotaryKey =>
  key.material !== undefined && 'certificates' in key;

/**
 * The keys of the root role whose leaf certificate is made out to `gun`, is no authority, and holds no weak signature.
 *
 * @param now - a certificate that is not valid at this moment does not count; undefined for a root that is trusted
 *   already, whose certificates may have expired
 */
export function rootKeysFor({ keys, roles }: Root, gun: Gun, now: Date | undefined): Keys {
  const good = new Map<KeyId, PublicKey | UnusableKey>();
  for (const keyId of roles.root.keyIds) {
    const key = keys.get(keyId);
    if (key === undefined || !isNotaryKey(key)) continue;
    const [leaf] = key.certificates;
    if (leaf !== undefined && isMadeOutTo(leaf, gun) && isSound(leaf) && isValidAt(leaf, now))
      good.set(keyId, key);
  }
  return good;
}

/** By its common name: the repository, or a prefix of it that ends in `*`. */
function isMadeOutTo({ subject }: X509Certificate, gun: Gun): boolean {
  const names = subject.split('\n').filter(line => line.startsWith('CN='));
  const name = names.at(-1)?.slice(3) ?? '';
  if (name === '') return false;
  return name.endsWith('*') ? gun.startsWith(name.slice(0, -1)) : name === gun;
}

/** Go takes a leaf for sound that is no authority and is not signed over SHA-1; weak keys are refused when read. */
const isSound = (leaf: X509Certificate): boolean => !leaf.ca && !isSha1(leaf);

/** `sha1WithRSAEncryption`, `ecdsa-with-SHA1`: their object identifiers in DER. */
const SHA1_OIDS = ['06092a864886f70d010105', '06072a8648ce3d0401'].map(hex => Buffer.from(hex, 'hex'));

/** The algorithm stands twice: in what is signed, and after it. */
const isSha1 = ({ raw }: X509Certificate): boolean => SHA1_OIDS.some(oid => raw.includes(oid));

function isValidAt(leaf: X509Certificate, now: Date | undefined): boolean {
  const [from, to] = [new Date(leaf.validFrom), new Date(leaf.validTo)];
  if (now === undefined) return from < to;
  return from <= now && now < to;
}
