/** A repository as one update saw it: a consistent set of verified documents. */
import type { Limits } from '../limits.js';
import type { Root, Snapshot, Targets, Timestamp } from '../model.js';
import { TARGETS, type RoleName } from '../role-name.js';
import type { Verified } from '../verified.js';
import { loadTargets } from './load-targets.js';
import type { Session } from './session.js';

export interface RepositoryView {
  readonly root: Verified<Root>;
  readonly timestamp: Verified<Timestamp>;
  readonly snapshot: Verified<Snapshot>;
  /** The top-level targets. */
  readonly targets: Verified<Targets>;
  /** The start time of the update; expiry was judged at it. */
  readonly now: Date;
  readonly limits: Limits;
  /**
   * The document of a role that `delegator` delegates to, verified by this delegator's keys even if another
   * delegator's were good before. Asks for it once per view; a failure is forgotten, so that the next call tries anew.
   *
   * @throws WritError as loadTargets
   */
  delegated(delegator: Verified<Targets>, role: RoleName): Promise<Verified<Targets>>;
}

/** What the steps of an update have found so far. */
export interface TopLevel {
  readonly session: Session;
  readonly root: Verified<Root>;
  readonly timestamp: Verified<Timestamp>;
  readonly snapshot: Verified<Snapshot>;
}

/** The last step of an update: loads the top-level targets and makes the view. */
export async function makeView(top: TopLevel): Promise<RepositoryView> {
  const { session, root, timestamp, snapshot } = top;
  const targets = await loadTargets(top, root, TARGETS);
  const loads = new Map<string, Promise<Verified<Targets>>>();
  return {
    root,
    timestamp,
    snapshot,
    targets,
    now: session.now,
    limits: session.limits,
    delegated(delegator, role) {
      // Names hold no control characters, so that two pairs never make one key.
      const key = `${delegator.role}\n${role}`;
      const load = loads.get(key) ?? loadTargets(top, delegator, role);
      loads.set(key, load);
      load.catch(() => loads.delete(key));
      return load;
    },
  };
}
