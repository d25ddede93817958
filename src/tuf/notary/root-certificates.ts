/**
 * Who may sign a root: certificates that are made out to the repository. theupdateframework/notary,
 * trustpinning/trustpin.go and tuf/utils/x509.go.
 */
import type { X509Certificate } from 'node:crypto';
import type { KeyId } from '../../crypto/key-id.js';
import type { NotaryKey } from '../../crypto/notary-key.js';
import type { PublicKey } from '../../crypto/public-key.js';
import type { SignedDocument } from '../document.js';
import type { Keys, Root, UnusableKey } from '../model.js';
import { ROOT } from '../role-name.js';
import { countSignatures } from '../verified.js';
import type { Gun } from './names.js';

const isNotaryKey = (key: PublicKey | UnusableKey): key is NotaryKey => 'certificates' in key;

/** Why a root is not to be trusted: `rotation` where the root before did not sign it. */
export interface RootProblem {
  readonly kind: 'path' | 'rotation';
  /** As Notary's own programs say it. */
  readonly message: string;
}

export interface RootCheck {
  readonly gun: Gun;
  /** The root that is trusted, whose certificates may have expired. */
  readonly before: Root | undefined;
  /** Its certificates must be valid at this moment; undefined for a root of the past. */
  readonly now: Date | undefined;
  /** Which of the keys that are made out to the repository may count; all when absent. */
  readonly pinned?: ((key: NotaryKey) => boolean) | undefined;
}

/**
 * Checks a root by certificates for this repository: enough keys of the root before must have signed it, and enough
 * of its own. trustpinning/certs.go, ValidateRoot.
 *
 * @returns undefined for a root that may be trusted
 */
export function rootProblem(
  document: SignedDocument<Root>,
  { gun, before, now, pinned }: RootCheck,
): RootProblem | undefined {
  const own = rootKeysFor(document.signed, gun, now);
  if (own.size === 0) return untrusted('unable to retrieve valid leaf certificates');
  if (before !== undefined && !isSigned(document, rootKeysFor(before, gun, undefined), before)) {
    return {
      kind: 'rotation',
      message:
        'could not rotate trust to a new trusted root: failed to validate data with current trusted certificates',
    };
  }
  const counting = pinned === undefined ? own : new Map([...own].filter(([, key]) => pinned(key)));
  if (counting.size === 0) return untrusted('unable to match any certificates to trust_pinning config');
  if (isSigned(document, counting, document.signed)) return undefined;
  return untrusted('failed to validate integrity of roots');
}

const untrusted = (why: string): RootProblem => ({
  kind: 'path',
  message: `could not validate the path to a trusted root: ${why}`,
});

function isSigned(document: SignedDocument<Root>, keys: Keys, { roles }: Root): boolean {
  return countSignatures(document, ROOT, keys, roles.root).counted.length >= roles.root.threshold;
}

/**
 * The keys of the root role whose leaf certificate is made out to `gun`, is no authority, and holds no weak signature.
 *
 * @param now - a certificate that is not valid at this moment does not count; undefined for a root that is trusted
 *   already, whose certificates may have expired
 */
function rootKeysFor({ keys, roles }: Root, gun: Gun, now: Date | undefined): ReadonlyMap<KeyId, NotaryKey> {
  const good = new Map<KeyId, NotaryKey>();
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
function isMadeOutTo(leaf: X509Certificate, gun: Gun): boolean {
  const name = commonNameOf(leaf);
  if (name === undefined) return false;
  return name.endsWith('*') ? gun.startsWith(name.slice(0, -1)) : name === gun;
}

/** The last one, as Go has it; in the text of `subject` characters are escaped, here they are as they are. */
function commonNameOf(leaf: X509Certificate): string | undefined {
  const subject: { readonly CN?: string | readonly string[] } | undefined = leaf.toLegacyObject().subject;
  const name = subject?.CN;
  return typeof name === 'string' ? name : name?.at(-1);
}

/**
 * Why the key of a certificate must not be delegated to; undefined where it may be. tuf/utils/x509.go,
 * ValidateCertificate.
 *
 * @param certificates - of a key, the leaf first; none for a bare key, which may be delegated to
 */
export function certificateProblem([leaf]: readonly X509Certificate[], now: Date): string | undefined {
  if (leaf === undefined) return undefined;
  const which = `invalid certificate: certificate with CN ${commonNameOf(leaf) ?? ''}`;
  if (isSha1(leaf)) return `${which} uses invalid SHA1 signature algorithm`;
  return isValidAt(leaf, now) ? undefined : `${which} is expired`;
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
