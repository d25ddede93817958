/** Everything that a repository signs, each path by the role that counts for it. */
import { toWritError, WritError } from '../errors.js';
import { binCount, binNameOf } from '../tuf/bins.js';
import { findTarget, type FoundTarget } from '../tuf/client/find-target.js';
import type { RepositoryView } from '../tuf/client/view.js';
import type { Delegations, Targets } from '../tuf/model.js';
import type { RoleName } from '../tuf/role-name.js';
import type { Verified } from '../tuf/verified.js';

/** A role that cannot be read, such as one that has expired: what it signed is not listed. */
export interface UnreadableRole {
  readonly role: RoleName;
  readonly error: WritError;
}

export interface AllTargets {
  /** Sorted by path. */
  readonly targets: ReadonlyMap<string, FoundTarget>;
  readonly unreadable: readonly UnreadableRole[];
  /** Every document that could be read, the top-level targets first. */
  readonly documents: readonly Verified<Targets>[];
}

/**
 * Walks all delegations, then asks for each path found who speaks for it: a role may list what was never delegated to
 * it, or what another role is asked for first.
 *
 * @throws WritError TUF_LIMIT when there are more roles than one search may visit
 */
export async function allTargets(view: RepositoryView): Promise<AllTargets> {
  const { documents, unreadable } = await allDocuments(view);
  const paths = new Set(documents.flatMap(({ value }) => [...value.targets.keys()]));
  const targets = new Map<string, FoundTarget>();
  for (const path of [...paths].sort()) {
    const found = await findTarget(view, path).catch(() => undefined); // behind an unreadable role
    if (found !== undefined) targets.set(path, found);
  }
  return { targets, unreadable, documents };
}

async function allDocuments(
  view: RepositoryView,
): Promise<{ documents: Verified<Targets>[]; unreadable: UnreadableRole[] }> {
  const documents = [view.targets];
  const unreadable: UnreadableRole[] = [];
  const seen = new Set<RoleName>();
  // The list grows while it is walked; a role is visited once, so that cycles end.
  for (const delegator of documents) {
    const { delegations } = delegator.value;
    if (tooManyBins(delegations)) unreadable.push({ role: delegator.role, error: notListed(delegations) });
    for (const name of delegations === undefined ? [] : namesOf(delegations)) {
      if (seen.has(name)) continue;
      if (seen.size >= view.limits.delegations) {
        throw new WritError(
          'TUF_LIMIT',
          `the repository has more than ${view.limits.delegations} delegated roles`,
        );
      }
      seen.add(name);
      try {
        documents.push(await view.delegated(delegator, name));
      } catch (error) {
        unreadable.push({ role: name, error: toWritError(error) });
      }
    }
  }
  return { documents, unreadable };
}

/** Bins that are as many as a search would never visit are for questions about single images. */
const MAX_BINS = 16;

const tooManyBins = (delegations: Delegations | undefined): delegations is Delegations =>
  delegations?.succinct !== undefined && binCount(delegations.succinct) > MAX_BINS;

function namesOf(delegations: Delegations): RoleName[] {
  const { roles, groups = [], succinct } = delegations;
  if (succinct === undefined)
    return [roles, ...groups.map(group => group.roles)].flat().map(({ name }) => name);
  const count = tooManyBins(delegations) ? 0 : binCount(succinct);
  return Array.from({ length: count }, (_, i) => binNameOf(succinct, i));
}

function notListed({ succinct }: Delegations): WritError {
  const bins = succinct === undefined ? '' : `2^${succinct.bitLength} `;
  return new WritError(
    'TUF_LIMIT',
    `it is divided into ${bins}hash bins; ask for an image with \`writ inspect\``,
  );
}
