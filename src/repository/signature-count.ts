/** Which of the signatures that a proposal collected count now: keys may be rotated between two visits. */
import { bytesFromHex } from '../crypto/hex.js';
import type { KeyId } from '../crypto/key-id.js';
import { WritError } from '../errors.js';
import type { Keys, RoleKeys, Root, Targets } from '../tuf/model.js';
import type { RoleName } from '../tuf/role-name.js';
import { keysFor, type Verified } from '../tuf/verified.js';
import type { ProposedDocument } from './proposal-check.js';
import type { CollectedSignature } from './proposal-record.js';
import type { OfferedSignature } from './proposal-request.js';

/** The keys of which a threshold must sign. */
export interface Quorum {
  readonly keys: Keys;
  readonly roleKeys: RoleKeys;
}

/** How far one quorum is. */
export interface QuorumCount {
  /** Ids of the distinct keys that have signed. */
  readonly signatures: readonly KeyId[];
  readonly needed: number;
}

/**
 * Who must sign a proposed document: the keys that its delegator lists now, and for root also those that the proposed
 * root lists itself.
 *
 * @param proposed - the proposed root, undefined for other roles
 * @returns that of the current keys first
 * @throws WritError TUF_NOT_DELEGATED
 */
export function quorumsOf(
  delegator: Verified<Root> | Verified<Targets>,
  role: RoleName,
  proposed: Root | undefined,
): readonly Quorum[] {
  const current = keysFor(delegator, role);
  if (proposed === undefined) return [current];
  return [current, { keys: proposed.keys, roleKeys: proposed.roles.root }];
}

/** How many distinct keys of `quorum` are among those that signed. */
export function countQuorum(
  { keys, roleKeys }: Quorum,
  collected: readonly CollectedSignature[],
): QuorumCount {
  const allowed: ReadonlySet<string> = new Set(roleKeys.keyIds);
  const counted = new Map<string, KeyId>();
  for (const { keyId, material } of collected) {
    if (!allowed.has(keyId) || keys.get(keyId)?.material !== material || counted.has(material)) continue;
    counted.set(material, keyId);
  }
  return { signatures: [...counted.values()], needed: roleKeys.threshold };
}

/** True iff every quorum is complete. */
export function isComplete(counts: readonly QuorumCount[]): boolean {
  return counts.every(({ signatures, needed }) => signatures.length >= needed);
}

/** The signatures that some quorum still takes: not those of keys that were rotated out since. */
export function stillCounting(
  quorums: readonly Quorum[],
  collected: readonly CollectedSignature[],
): readonly CollectedSignature[] {
  return collected.filter(signature =>
    quorums.some(quorum => countQuorum(quorum, [signature]).signatures.length > 0),
  );
}

/**
 * Verifies one signature.
 *
 * @throws WritError REPOSITORY_PROPOSAL_SIGNATURE when no key of a quorum made it
 */
export function verifyOffered(
  offered: OfferedSignature,
  quorums: readonly Quorum[],
  document: ProposedDocument,
  role: RoleName,
): CollectedSignature {
  const { keyId, sig } = offered;
  const bytes = bytesFromHex(sig) ?? new Uint8Array(0);
  let why = `is by no key of ${role}`;
  for (const { keys, roleKeys } of quorums) {
    const key = roleKeys.keyIds.includes(keyId) ? keys.get(keyId) : undefined;
    if (key === undefined) continue;
    if (key.material === undefined) why = `is by a key that cannot count: ${key.reason}`;
    else if (key.verify(document.payload, bytes)) return { keyId, sig, material: key.material };
    else why = 'does not verify';
  }
  throw new WritError('REPOSITORY_PROPOSAL_SIGNATURE', `the signature of ${keyId} ${why}`, {
    details: { role, keyid: keyId },
  });
}
