/** The walk through delegations: pre-order, depth first. TUF specification §5.6.7. */
import { WritError } from '../../errors.js';
import type { Delegate } from '../delegation.js';
import type { Delegations, Targets } from '../model.js';
import type { Verified } from '../verified.js';
import type { RepositoryView } from './view.js';

type Follow = (delegations: Delegations) => readonly Delegate[];

interface Visit {
  readonly delegator: Verified<Targets>;
  readonly role: Delegate;
}

/**
 * Visits the top-level targets and then delegated roles until `find` gives something. A role is visited once
 * (cycles end), and at most `limits.delegations` are.
 *
 * @param follow - the roles to visit, of those to which a document delegates, in order of precedence
 * @param find - looks into one document
 * @throws WritError TUF_LIMIT when the bound is reached before the end; as RepositoryView.delegated for a
 *   document that cannot be trusted: what stands behind it is then unknown, not absent
 */
export async function searchRoles<R>(
  view: RepositoryView,
  follow: Follow,
  find: (targets: Verified<Targets>) => R | undefined,
): Promise<R | undefined> {
  const found = find(view.targets);
  if (found !== undefined) return found;
  const visited = new Set<string>();
  const stack: Visit[] = [];
  push(stack, view.targets, follow);
  for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
    const { delegator, role } = visit;
    if (visited.has(role.name)) continue;
    if (visited.size >= view.limits.delegations) {
      throw new WritError('TUF_LIMIT', `the search visited ${visited.size} delegated roles and did not end`);
    }
    visited.add(role.name);
    const targets = await view.delegated(delegator, role.name);
    const result = find(targets);
    if (result !== undefined) return result;
    push(stack, targets, follow);
  }
  return undefined;
}

/** Puts the roles to follow on the stack, first on top. A terminating one ends the search of all that wait. */
function push(stack: Visit[], delegator: Verified<Targets>, follow: Follow): void {
  const { delegations } = delegator.value;
  const children: Visit[] = [];
  for (const role of delegations === undefined ? [] : follow(delegations)) {
    children.push({ delegator, role });
    if (!role.terminating) continue;
    stack.length = 0;
    break;
  }
  for (const child of children.reverse()) stack.push(child);
}
