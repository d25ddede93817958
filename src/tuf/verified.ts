/**
 * The one place that turns a document into a {@link Verified} one: a threshold of distinct keys, listed by a
 * delegator that was itself verified, has signed it. The class is not exported: outside of this file nobody can
 * make one. Versions, hashes and expiry are the workflow's; see `client/`.
 */
import { sha256Hex } from '../crypto/digest.js';
import type { KeyId } from '../crypto/key-id.js';
import type { PublicKey } from '../crypto/public-key.js';
import { WritError } from '../errors.js';
import { keysOfDelegate } from './delegation.js';
import type { SignedDocument } from './document.js';
import type { Signature } from './format/format.js';
import type { Keys, RoleKeys, Root, Targets } from './model.js';
import { ROOT, typeOfRole, type RoleName, type RoleType } from './role-name.js';

class VerifiedDocument<T> {
  /** SHA-256 of the bytes. */
  #digest: string | undefined;
  readonly role: RoleName;
  /** The keys whose signatures counted, each key once. */
  readonly signedBy: readonly PublicKey[];
  readonly #document: SignedDocument<T>;

  constructor(role: RoleName, document: SignedDocument<T>, signedBy: readonly PublicKey[]) {
    this.role = role;
    this.#document = document;
    this.signedBy = signedBy;
  }

  get value(): T {
    return this.#document.signed;
  }

  /** The exact bytes that were received. */
  get bytes(): Uint8Array {
    return this.#document.bytes;
  }

  /** What the signatures are over. */
  get payload(): Uint8Array {
    return this.#document.payload;
  }

  get digest(): string {
    return (this.#digest ??= sha256Hex(this.bytes));
  }
}

/** Made by this file only. Says that the signatures were good, not that the document is current. */
export type Verified<T> = VerifiedDocument<T>;

/** One document that was verified: by the keys of which delegating document, which keys counted. */
interface Verification {
  readonly delegator: string;
  readonly document: string;
  readonly signedBy: readonly PublicKey[];
}

let memoryOf: (known: Verifications) => Map<RoleName, Verification>;

/**
 * What this process has verified, one document of each role, by hash. Whether signatures are good follows from the
 * bytes of the document and of its delegator: where both are the same, they need not be checked again. Only this file
 * can write into it.
 */
export class Verifications {
  readonly #memory = new Map<RoleName, Verification>();

  static {
    memoryOf = known => known.#memory;
  }
}

/** Makes a verified document, and remembers it. */
function verified<T>(
  role: RoleName,
  document: SignedDocument<T>,
  signedBy: readonly PublicKey[],
  { known, delegator }: { known: Verifications | undefined; delegator: string | undefined },
): Verified<T> {
  const made = new VerifiedDocument(role, document, signedBy);
  if (known === undefined) return made;
  memoryOf(known).set(role, { delegator: delegator ?? made.digest, document: made.digest, signedBy });
  return made;
}

/** The keys that counted when exactly these bytes were verified by exactly this delegator. */
function recall(
  known: Verifications,
  role: RoleName,
  delegator: string,
  document: string,
): readonly PublicKey[] | undefined {
  const before = memoryOf(known).get(role);
  return before?.delegator === delegator && before.document === document ? before.signedBy : undefined;
}

/**
 * Trusts a pinned root: the caller vouches for these bytes, they must still meet their own threshold.
 *
 * @param known - remembers it
 * @throws WritError TUF_THRESHOLD
 */
export function trustRoot(document: SignedDocument<Root>, known?: Verifications): Verified<Root> {
  const { keys, roles } = document.signed;
  const signedBy = checkThreshold(document, ROOT, keys, roles.root);
  return verified(ROOT, document, signedBy, { known, delegator: undefined });
}

/** As {@link trustRoot}; signatures of a root that is `known` are not checked again. */
export function recallRoot(document: SignedDocument<Root>, known: Verifications): Verified<Root> {
  const digest = sha256Hex(document.bytes);
  const signedBy = recall(known, ROOT, digest, digest);
  return signedBy === undefined ? trustRoot(document, known) : new VerifiedDocument(ROOT, document, signedBy);
}

/**
 * Accepts the next root: signed by a threshold of the current root's keys and of its own, version exactly one
 * higher. TUF specification §5.3.4 and §5.3.5.
 *
 * @throws WritError TUF_THRESHOLD, TUF_VERSION, TUF_KEY_REBOUND when an id names another key than before
 */
export function succeedRoot(
  current: Verified<Root>,
  document: SignedDocument<Root>,
  known?: Verifications,
): Verified<Root> {
  const { value } = current;
  checkThreshold(document, ROOT, value.keys, value.roles.root);
  const next = trustRoot(document, known);
  if (next.value.version !== value.version + 1) {
    throw new WritError(
      'TUF_VERSION',
      `the next root has version ${next.value.version}, it must have ${value.version + 1}`,
    );
  }
  refuseRebinding(value.keys, next.value.keys);
  return next;
}

function refuseRebinding(before: Keys, after: Keys): void {
  for (const [id, key] of after) {
    const known = before.get(id);
    if (known?.material !== undefined && known.material !== key.material) {
      throw new WritError('TUF_KEY_REBOUND', `the key id ${id} names another key than in the root before`);
    }
  }
}

/**
 * Verifies the document of `role` by the keys that `delegator` lists for it. TUF specification §5.4.2, §5.5.3
 * and §5.6.3; one code path for top-level and delegated roles.
 *
 * @param known - remembers it
 * @throws WritError TUF_THRESHOLD, TUF_NOT_DELEGATED when the delegator does not delegate to `role`,
 *   TUF_FORMAT when the document is not of the role's type
 */
export function verifyRole<T extends TypedDocument>(
  delegator: Verified<Root> | Verified<Targets>,
  role: RoleName,
  document: SignedDocument<T>,
  known?: Verifications,
): Verified<T> {
  const type = typeOfRole(role);
  if (document.signed.type !== type) {
    throw new WritError('TUF_FORMAT', `the document of ${role} is of type "${document.signed.type}"`);
  }
  const { keys, roleKeys } = keysFor(delegator, role);
  const signedBy = checkThreshold(document, role, keys, roleKeys);
  return verified(role, document, signedBy, { known, delegator: known && delegator.digest });
}

/** As {@link verifyRole}; signatures of a document that is `known` are not checked again. */
export function recallRole<T extends TypedDocument>(
  delegator: Verified<Root> | Verified<Targets>,
  role: RoleName,
  document: SignedDocument<T>,
  known: Verifications,
): Verified<T> {
  const signedBy = recall(known, role, delegator.digest, sha256Hex(document.bytes));
  return signedBy === undefined
    ? verifyRole(delegator, role, document, known)
    : new VerifiedDocument(role, document, signedBy);
}

/**
 * The keys that `delegator` lists for `role`, and how many of them must sign.
 *
 * @throws WritError TUF_NOT_DELEGATED
 */
export function keysFor(
  delegator: Verified<Root> | Verified<Targets>,
  role: RoleName,
): { keys: Keys; roleKeys: RoleKeys } {
  const { value } = delegator;
  if (value.type === 'root') {
    const type = typeOfRole(role);
    if (type === role) return { keys: value.keys, roleKeys: value.roles[type] };
  } else {
    const roleKeys = value.delegations && keysOfDelegate(value.delegations, role);
    if (value.delegations && roleKeys) return { keys: value.delegations.keys, roleKeys };
  }
  throw new WritError('TUF_NOT_DELEGATED', `${delegator.role} does not delegate to ${role}`);
}

/** The distinct keys of the role that signed, at least the threshold of them. TUF specification §4.2.1, §5. */
function checkThreshold<T extends Versioned>(
  document: SignedDocument<T>,
  role: RoleName,
  keys: Keys,
  roleKeys: RoleKeys,
): PublicKey[] {
  const { threshold } = roleKeys;
  const { counted, refused } = countSignatures(document, role, keys, roleKeys);
  if (counted.length >= threshold) return counted.map(({ key }) => key);
  throw new WritError(
    'TUF_THRESHOLD',
    `${role} version ${document.signed.version} is signed by ${counted.length} of the ${threshold} keys that it needs`,
    { details: { role, needed: threshold, counted: counted.length, refused } },
  );
}

interface Versioned {
  readonly version: number;
}

interface TypedDocument extends Versioned {
  readonly type: RoleType;
}

/** A signature that counts: the key, and the id that the document gives it. */
export interface CountedSignature {
  readonly keyId: KeyId;
  readonly key: PublicKey;
}

/** Which signatures of a document count, and why the others do not. */
export interface SignatureCount {
  /** Each key once. */
  readonly counted: readonly CountedSignature[];
  readonly refused: readonly { readonly keyid: KeyId; readonly why: string }[];
}

/**
 * The signatures by distinct keys of `role`: what makes a document verified once there are enough of them.
 *
 * @param role - names the role in the reasons
 */
export function countSignatures<T>(
  document: SignedDocument<T>,
  role: RoleName,
  keys: Keys,
  { keyIds }: RoleKeys,
): SignatureCount {
  const allowed: ReadonlySet<string> = new Set(keyIds);
  const counted = new Map<string, CountedSignature>();
  const refused: { keyid: KeyId; why: string }[] = [];
  for (const signature of document.signatures) {
    const { keyId } = signature;
    const key = allowed.has(keyId) ? keys.get(keyId) : undefined;
    if (key?.material === undefined) {
      refused.push({ keyid: keyId, why: key?.reason ?? `not a key of ${role}` });
    } else if (counted.has(key.material)) {
      refused.push({ keyid: keyId, why: 'the same key signed already under another id' });
    } else if (!isGood(signature, key, document.payload)) {
      refused.push({ keyid: keyId, why: 'the signature does not verify' });
    } else {
      counted.set(key.material, { keyId, key });
    }
  }
  return { counted: [...counted.values()], refused };
}

function isGood({ bytes, method }: Signature, key: PublicKey, payload: Uint8Array): boolean {
  return bytes !== undefined && key.verify(payload, bytes, method);
}
