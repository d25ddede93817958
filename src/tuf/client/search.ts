/** The walk through delegations: pre-order, depth first. TUF specification §5.6.7, TAP 3. */
import { WritError } from '../../errors.js';
import type { Delegate } from '../delegation.js';
import type { Delegations, Targets } from '../model.js';
import type { RoleName } from '../role-name.js';
import type { Verified } from '../verified.js';
import type { RepositoryView } from './view.js';

/** The documents on the way to one, from the top-level targets; the last is the one. */
export type Trail = readonly [...Verified<Targets>[], Verified<Targets>];

export interface Search<R> {
  /** The roles to visit, of those to which a document delegates, in order of precedence. */
  follow(delegations: Delegations): readonly Delegate[];
  /** Looks into the last document of a trail. */
  find(trail: Trail): R | undefined;
  /**
   * What enough roles of one delegation agree on.
   *
   * @param found - what each of them gave, in their order
   */
  agree(delegate: Delegate, found: readonly R[]): R | undefined;
}

interface Visit {
  readonly trail: Trail;
  readonly delegate: Delegate;
}

/**
 * Visits the top-level targets and then delegated roles until something is found. A role is visited once (cycles end),
 * and at most `limits.delegations` visits are made.
 *
 * @throws WritError TUF_LIMIT when the bound is reached before the end; as RepositoryView.delegated for a
 *   document that cannot be trusted: what stands behind it is then unknown, not absent
 */
export function searchRoles<R>(view: RepositoryView, search: Search<R>): Promise<R | undefined> {
  return new Walk(view, search).from([view.targets], new Set());
}

class Walk<R> {
  readonly #view: RepositoryView;
  readonly #search: Search<R>;
  #visits = 0;

  constructor(view: RepositoryView, search: Search<R>) {
    this.#view = view;
    this.#search = search;
  }

  async from(start: Trail, visited: Set<RoleName>): Promise<R | undefined> {
    const found = this.#search.find(start);
    if (found !== undefined) return found;
    const stack: Visit[] = [];
    this.#push(stack, start);
    for (let visit = stack.pop(); visit !== undefined; visit = stack.pop()) {
      const result = await this.#visit(visit, stack, visited);
      if (result !== undefined) return result;
    }
    return undefined;
  }

  async #visit({ trail, delegate }: Visit, stack: Visit[], visited: Set<RoleName>): Promise<R | undefined> {
    const [role, ...others] = delegate.roles;
    if (role === undefined) return undefined;
    if (others.length > 0) return this.#visitGroup(trail, delegate);
    if (visited.has(role)) return undefined;
    visited.add(role);
    const next = await this.#load(trail, role);
    const found = this.#search.find(next);
    if (found === undefined) this.#push(stack, next);
    return found;
  }

  /**
   * Each role speaks for itself and for those below it, also where it was visited on another way before. It may still
   * speak alone where it is delegated to alone.
   */
  async #visitGroup(trail: Trail, delegate: Delegate): Promise<R | undefined> {
    const found: R[] = [];
    for (const role of delegate.roles) {
      if (trail.some(document => document.role === role)) continue; // it is on the way here: a cycle
      const next = await this.#load(trail, role);
      const one = await this.from(next, new Set(next.map(document => document.role)));
      if (one !== undefined) found.push(one);
    }
    return this.#search.agree(delegate, found);
  }

  async #load(trail: Trail, role: RoleName): Promise<Trail> {
    if (this.#visits >= this.#view.limits.delegations) {
      throw new WritError('TUF_LIMIT', `the search visited ${this.#visits} delegated roles and did not end`);
    }
    this.#visits++;
    return [...trail, await this.#view.delegated(last(trail), role)];
  }

  /** Puts the roles to follow on the stack, first on top. A terminating one ends the search of all that wait. */
  #push(stack: Visit[], trail: Trail): void {
    const { delegations } = last(trail).value;
    const children: Visit[] = [];
    for (const delegate of delegations === undefined ? [] : this.#search.follow(delegations)) {
      children.push({ trail, delegate });
      if (!delegate.terminating) continue;
      stack.length = 0;
      break;
    }
    for (const child of children.reverse()) stack.push(child);
  }
}

/** The document to which a trail leads. */
export function last(trail: Trail): Verified<Targets> {
  const [first, ...others] = trail;
  return others.at(-1) ?? first;
}
