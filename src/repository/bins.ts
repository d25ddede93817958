/**
 * Hash bins in a repository: who delegates to them, and whether their signed documents may be published. Bins are many
 * and their documents are not kept in memory: each is verified when it comes, and read from the store when it is asked
 * for. TAP 15.
 */
import { WritError } from '../errors.js';
import { binCount, binName, binNameOf, isBinName, MAX_WRITTEN_BIT_LENGTH } from '../tuf/bins.js';
import { parseDocument } from '../tuf/document.js';
import { refuseExpired } from '../tuf/expiry.js';
import type { SuccinctRoles, Targets } from '../tuf/model.js';
import type { RoleName } from '../tuf/role-name.js';
import { verifyRole, type Verified } from '../tuf/verified.js';
import type { BlobPart } from './file-record.js';

/** A role that delegates to hash bins. */
export interface BinDelegation {
  readonly delegator: Verified<Targets>;
  readonly succinct: SuccinctRoles;
}

/** A new document of a bin, verified. */
export interface BinFile {
  readonly role: RoleName;
  readonly version: number;
  readonly sha256: string;
  readonly expires: Date;
  /** Where it lies in the store, or its bytes where it must be put there. */
  readonly stored: BlobPart | Uint8Array;
}

/**
 * The hash bins of a repository.
 *
 * @param documents - every targets role other than the bins themselves
 * @throws WritError REPOSITORY_LIMIT for more bins than a snapshot can list; REPOSITORY_DELEGATION when one role would
 *   have two delegators
 */
export function binDelegations(documents: Iterable<Verified<Targets>>): BinDelegation[] {
  const all = [...documents];
  const found = all.flatMap(delegator => {
    const succinct = delegator.value.delegations?.succinct;
    return succinct === undefined ? [] : [{ delegator, succinct }];
  });
  for (const [i, { delegator, succinct }] of found.entries()) {
    if (succinct.bitLength > MAX_WRITTEN_BIT_LENGTH) throw tooMany(delegator.role, succinct);
    const twin = found.slice(0, i).find(other => sameNames(other.succinct, succinct));
    if (twin !== undefined) throw twoDelegators(succinct.namePrefix, twin.delegator.role, delegator.role);
    const taken = all.find(({ role }) => isBinName(succinct, role));
    if (taken !== undefined) throw twoDelegators(taken.role, delegator.role, 'another role');
  }
  return found;
}

/** The delegation that `role` is a bin of, if any is. */
export function delegationOfBin(
  delegations: readonly BinDelegation[],
  role: RoleName,
): BinDelegation | undefined {
  return delegations.find(({ succinct }) => isBinName(succinct, role));
}

const sameNames = (a: SuccinctRoles, b: SuccinctRoles): boolean =>
  a.namePrefix === b.namePrefix && Math.ceil(a.bitLength / 4) === Math.ceil(b.bitLength / 4);

const tooMany = (role: RoleName, { bitLength }: SuccinctRoles): WritError =>
  new WritError(
    'REPOSITORY_LIMIT',
    `${role} delegates to 2^${bitLength} hash bins; clients can read a snapshot of 2^${MAX_WRITTEN_BIT_LENGTH}`,
  );

const twoDelegators = (role: string, first: RoleName, second: string): WritError =>
  new WritError(
    'REPOSITORY_DELEGATION',
    `${role} is delegated by ${first} and by ${second}: a role has one delegator`,
  );

/**
 * Verifies the next version of one bin.
 *
 * @param version - that it must have
 * @throws WritError TUF_THRESHOLD, TUF_VERSION, TUF_EXPIRED, those of parseDocument; TUF_NOT_DELEGATED for a path of
 *   another bin; REPOSITORY_DOCUMENT for a bin that delegates
 */
export function acceptBin(
  { delegator, succinct }: BinDelegation,
  role: RoleName,
  bytes: Uint8Array,
  { version, now }: { readonly version: number; readonly now: Date },
): Verified<Targets> {
  const document = verifyRole(delegator, role, parseDocument(bytes, 'targets'));
  if (document.value.version !== version) {
    throw new WritError(
      'TUF_VERSION',
      `${role} has version ${document.value.version}, it must have ${version}`,
    );
  }
  refuseExpired(document, now);
  if (document.value.delegations !== undefined) {
    throw new WritError('REPOSITORY_DOCUMENT', `the hash bin ${role} must not delegate`);
  }
  refuseForeignBin({ delegator, succinct }, role, document.value);
  return document;
}

/** @throws WritError TUF_NOT_DELEGATED for a path of another bin */
export function refuseForeignBin({ succinct }: BinDelegation, role: RoleName, { targets }: Targets): void {
  for (const path of targets.keys()) {
    if (binName(succinct, path) === role) continue;
    throw new WritError(
      'TUF_NOT_DELEGATED',
      `${role} lists ${JSON.stringify(path)}, which belongs to another bin`,
    );
  }
}

/**
 * Refuses delegations to bins that have no document, or none that the keys of the delegation have signed: clients would
 * find nothing there. The documents of bins that stay are not read again; they are good as long as everybody who could
 * sign them still can.
 *
 * @param accepted - the bins that come with the publication
 * @throws WritError REPOSITORY_DELEGATION
 */
export function refuseMissingBins(
  before: readonly BinDelegation[],
  after: readonly BinDelegation[],
  accepted: ReadonlySet<RoleName>,
): void {
  for (const delegation of after) {
    const { delegator, succinct } = delegation;
    if (before.some(known => keepsBins(known, delegation))) continue;
    for (let i = 0; i < binCount(succinct); i++) {
      const bin = binNameOf(succinct, i);
      if (accepted.has(bin)) continue;
      throw new WritError(
        'REPOSITORY_DELEGATION',
        `${delegator.role} delegates to ${binCount(succinct)} hash bins, of which ${bin} did not come with it`,
      );
    }
  }
}

function keepsBins(before: BinDelegation, after: BinDelegation): boolean {
  if (before.delegator === after.delegator) return true;
  const keys = keysOf(after);
  return (
    before.delegator.role === after.delegator.role &&
    before.succinct.namePrefix === after.succinct.namePrefix &&
    before.succinct.bitLength === after.succinct.bitLength &&
    before.succinct.threshold >= after.succinct.threshold &&
    [...keysOf(before)].every(key => keys.has(key))
  );
}

/** Each key that can sign, with the id that its signatures name. */
function keysOf({ delegator, succinct }: BinDelegation): Set<string> {
  const { keys } = delegator.value.delegations ?? {};
  return new Set(
    succinct.keyIds.flatMap(id => {
      const material = keys?.get(id)?.material;
      return material === undefined ? [] : [`${id} ${material}`];
    }),
  );
}
