/** The compiler: grants and a kind of node → profile. Deterministic; nothing but its arguments matters. */
import { TESTABLE } from './arguments.js';
import { normalise, subtract, UNIVERSE } from './cubes.js';
import { ociOf } from './emit/oci.js';
import type { Grants } from './grants.js';
import { ITEM_ORDERS, reduce } from './items.js';
import {
  NO_EFFECTS,
  type Architecture,
  type Baselines,
  type Catalogue,
  type Cube,
  type Domain,
  type Effects,
  type ItemKind,
  type Quantity,
  type Refusal,
} from './model.js';
import { partsOf as grantable } from './parts.js';
import { Profile, type CallPolicy, type Contribution, type ProfileParts } from './profile.js';
import { writeAmount } from './quantities.js';
import { resolveTarget, type ResolvedTarget, type Target } from './target.js';

/** A call as the contributions open it: the cubes, or `always`. */
type Opened = 'always' | readonly Cube[];

/**
 * The profile that enforces `grants` on one kind of node.
 *
 * Monotone by construction: every level and baseline only adds, and what is refused by name is what nothing added.
 *
 * @throws WritError PROFILE_RUNTIME, PROFILE_ARCHITECTURE, PROFILE_LIBSECCOMP, PROFILE_KERNEL
 */
export function compile(grants: Grants, target: Target, baselines: Baselines): Profile {
  const resolved = resolveTarget(baselines, target);
  const contributions = contributionsOf(grants, resolved);
  const parts = partsOf(grants, resolved, contributions);
  return new Profile(parts, ociOf(parts));
}

function contributionsOf(grants: Grants, { baseline }: ResolvedTarget): Contribution[] {
  const granted = [...grants.catalogue.domains.values()].flatMap(domain => grantedOf(domain, grants));
  const unsealed = granted.find(({ effects }) => effects.lifts.includes('gain-privileges'));
  // With no_new_privs off the runtime must install the filter while it still has work to do.
  const early = unsealed ? [fromCalls(`${unsealed.origin} (${baseline.id} early)`, baseline.early)] : [];
  return [...granted, ...early, fromCalls(`${baseline.id} late`, baseline.late)];
}

function grantedOf(domain: Domain, grants: Grants): Contribution[] {
  const { name } = domain;
  const value = grants.value(name);
  if (domain.kind === 'items' && typeof value !== 'number') {
    return value.map(text => ({
      origin: `${name}=${text}`,
      effects: { ...NO_EFFECTS, items: [{ of: domain.of, text }] },
    }));
  }
  if (domain.kind === 'quantity' && typeof value === 'number') return limitOf(domain, value);
  return grants.reached(name).map(level => ({ origin: `${name}=${level.name}`, effects: level.effects }));
}

/** No limit is no entry: a profile without one leaves it to the node. */
function limitOf({ name, limits, unit }: Quantity, amount: number): Contribution[] {
  if (limits === undefined || amount === Infinity) return [];
  const origin = `${name}=${writeAmount(amount, unit)}`;
  return [{ origin, effects: { ...NO_EFFECTS, limits: [{ of: limits, amount }] } }];
}

function fromCalls(origin: string, names: readonly string[]): Contribution {
  const rule = { names, when: undefined, arches: undefined, refusal: 'ENOSYS' } as const;
  return { origin, effects: { ...NO_EFFECTS, syscalls: [rule] } };
}

function partsOf(
  grants: Grants,
  target: ResolvedTarget,
  contributions: readonly Contribution[],
): ProfileParts {
  const { foundation } = grants.catalogue;
  const all = <T>(pick: (effects: Effects) => readonly T[]): Set<T> =>
    new Set(contributions.flatMap(({ effects }) => pick(effects)));
  const shares = all(effects => effects.shares);
  const unmasks = all(effects => effects.unmasks);
  const writes = all(effects => effects.writes);
  const opened = openedCalls(contributions, target.arch);
  const numbers = grants.catalogue.tables.get(target.arch)?.numbers ?? new Map<string, number>();
  const known = (name: string): boolean => (numbers.get(name) ?? Infinity) <= target.highest;
  return {
    grants,
    target,
    foundation,
    calls: callPolicies(grants.catalogue, target.arch, opened).filter(({ name }) => known(name)),
    capabilities: [...all(effects => effects.capabilities)].sort(),
    namespaces: foundation.namespaces.filter(type => !shares.has(type)),
    maskedPaths: foundation.maskedPaths.filter(path => !unmasks.has(path)),
    readonlyPaths: foundation.readonlyPaths.filter(path => !writes.has(path)),
    devices: contributions.flatMap(({ effects }) => effects.devices),
    freedoms: all(effects => effects.lifts),
    items: itemsOf(contributions),
    limits: new Map(
      contributions.flatMap(({ effects }) => effects.limits.map(({ of, amount }) => [of, amount])),
    ),
    lost: [...opened.keys()].filter(name => numbers.has(name) && !known(name)).sort(),
    contributions,
  };
}

/** Of each kind what any domain grants, without what another item covers. */
function itemsOf(contributions: readonly Contribution[]): ReadonlyMap<ItemKind, readonly string[]> {
  const all = new Map<ItemKind, string[]>();
  for (const { of, text } of contributions.flatMap(({ effects }) => effects.items)) {
    all.set(of, [...(all.get(of) ?? []), text]);
  }
  return new Map([...all].map(([of, texts]) => [of, reduce(texts, ITEM_ORDERS[of])]));
}

/** What the contributions open of each call on `arch`. */
function openedCalls(contributions: readonly Contribution[], arch: Architecture): Map<string, Opened> {
  const opened = new Map<string, Opened>();
  for (const { effects } of contributions) {
    for (const { names, when, arches } of effects.syscalls) {
      if (arches && !arches.includes(arch)) continue;
      for (const name of names) opened.set(name, widen(opened.get(name), when));
    }
  }
  return opened;
}

/** Never a condition beside an unconditional rule for one call: the loader would keep only one of them. */
function widen(before: Opened | undefined, when: readonly Cube[] | undefined): Opened {
  if (when === undefined || before === 'always') return 'always';
  return before === undefined ? when : normalise([...before, ...when]);
}

function callPolicies(
  catalogue: Catalogue,
  arch: Architecture,
  opened: ReadonlyMap<string, Opened>,
): CallPolicy[] {
  const refusals = refusalsOf(catalogue, arch);
  const names = [...new Set([...refusals.keys(), ...opened.keys()])].sort();
  return names.map(name => callPolicy(name, opened.get(name), refusals.get(name) ?? 'ENOSYS'));
}

function callPolicy(name: string, permits: Opened | undefined, refusal: Refusal): CallPolicy {
  if (permits === undefined) return { name, permits: 'never', refuses: [UNIVERSE], refusal };
  if (permits === 'always') return { name, permits, refuses: [], refusal };
  const refuses = subtract([TESTABLE.get(name)?.answered ?? UNIVERSE], permits);
  return { name, permits, refuses: refusal === 'EPERM' ? refuses : [], refusal };
}

/** How each call of the catalogue is refused where it is not granted: EPERM when any mention says so. */
function refusalsOf(catalogue: Catalogue, arch: Architecture): Map<string, Refusal> {
  const refusals = new Map<string, Refusal>();
  const note = (name: string, refusal: Refusal): void => {
    if (refusals.get(name) !== 'EPERM') refusals.set(name, refusal);
  };
  for (const { syscalls, refusal } of catalogue.reserved) for (const name of syscalls) note(name, refusal);
  for (const domain of catalogue.domains.values()) {
    for (const rule of grantable(domain).flatMap(part => part.effects.syscalls)) {
      if (rule.arches && !rule.arches.includes(arch)) continue;
      for (const name of rule.names) note(name, rule.refusal);
    }
  }
  return refusals;
}
