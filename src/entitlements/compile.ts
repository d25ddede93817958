/** The compiler: grants and a kind of node → profile. Deterministic; nothing but its arguments matters. */
import { testable } from './arguments.js';
import { normalise, subtract, UNIVERSE } from './cubes.js';
import { ociOf } from './emit/oci.js';
import type { Grants } from './grants.js';
import { argumentPlace, FACTS, isMultiplexer, LEGACY32, multiplexed } from './architectures.js';
import { ITEM_ORDERS, reduce } from './items.js';
import {
  NO_EFFECTS,
  type Architecture,
  type Baselines,
  type Catalogue,
  type Cube,
  type Domain,
  type Effects,
  type Freedom,
  type ItemKind,
  type Quantity,
  type Refusal,
  type SyscallTable,
} from './model.js';
import { isNamed } from './named.js';
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
  const freedoms = all(effects => effects.lifts);
  const opened = openedCalls(contributions, target.arch);
  const tables = tablesOf(grants.catalogue, target.arch, freedoms);
  const named = (name: string): boolean => tables.some(table => isNamed(table, name, target));
  const calls = callPolicies(grants.catalogue, target.arch, opened).filter(({ name }) => named(name));
  return {
    grants,
    target,
    foundation,
    tables: tables.map(({ arch }) => arch),
    calls: withMultiplexers(calls, tables),
    capabilities: [...all(effects => effects.capabilities)].sort(),
    namespaces: foundation.namespaces.filter(type => !shares.has(type)),
    maskedPaths: foundation.maskedPaths.filter(path => !unmasks.has(path)),
    readonlyPaths: foundation.readonlyPaths.filter(path => !writes.has(path)),
    devices: contributions.flatMap(({ effects }) => effects.devices),
    freedoms,
    items: itemsOf(contributions),
    limits: new Map(
      contributions.flatMap(({ effects }) => effects.limits.map(({ of, amount }) => [of, amount])),
    ),
    lost: [...opened.keys()]
      .filter(name => tables.some(({ numbers }) => numbers.has(name)) && !named(name))
      .sort(),
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

/** The machine's own table first; at `legacy32=none` no other is in the filter, which then ends who calls by it. */
function tablesOf({ tables }: Catalogue, arch: Architecture, freedoms: ReadonlySet<Freedom>): SyscallTable[] {
  const legacy = freedoms.has('legacy-tables') ? (LEGACY32[arch] ?? []) : [];
  return [arch, ...legacy].flatMap(name => tables.get(name) ?? []);
}

/** What the contributions open of each call on `arch`. */
function openedCalls(contributions: readonly Contribution[], arch: Architecture): Map<string, Opened> {
  const opened = new Map<string, Opened>();
  for (const { effects } of contributions) {
    for (const { names, when, arches } of effects.syscalls) {
      if (arches && !arches.includes(arch)) continue;
      for (const name of names) opened.set(name, widen(opened.get(name), placed(when, arch, name)));
    }
  }
  return opened;
}

/** The conditions where the architecture has the arguments. */
function placed(
  when: readonly Cube[] | undefined,
  arch: Architecture,
  name: string,
): readonly Cube[] | undefined {
  if (arch !== 's390x') return when;
  return when?.map(cube =>
    cube
      .map(match => ({ ...match, index: argumentPlace(arch, name, match.index) }))
      .sort((a, b) => a.index - b.index),
  );
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

function callPolicy(name: string, permits: Opened | undefined, refusal: CallPolicy['refusal']): CallPolicy {
  if (permits === undefined) return { name, permits: 'never', refuses: [UNIVERSE], refusal };
  if (permits === 'always') return { name, permits, refuses: [], refusal };
  const refuses = subtract([testable(name)?.answered ?? UNIVERSE], permits);
  return { name, permits, refuses: refusal === 'EPERM' ? refuses : [], refusal };
}

/**
 * libseccomp writes a rule for `socket` for `socketcall` too, and puts the kind of call in the place of the first
 * argument: what the rule said of the family is lost, and `socketcall` opens all of them. Its arguments are in memory,
 * so that no rule could say it. Where one of its calls is tested the whole multiplexer is refused, by an answer that
 * is no engine's default: a rule that answers the default would be left out, and would stop nothing. Where none is, its
 * calls are those of their own names, which libseccomp sees to.
 */
function withMultiplexers(calls: readonly CallPolicy[], tables: readonly SyscallTable[]): CallPolicy[] {
  const others = calls.filter(({ name }) => !isMultiplexer(name));
  if (!tables.some(({ arch }) => FACTS[arch].multiplexes)) return others;
  const tested = others.filter(({ permits }) => permits !== 'always' && permits !== 'never');
  const refused = new Set(tested.flatMap(({ name }) => multiplexed(name)?.by ?? []));
  const policies = [...refused].map(name => callPolicy(name, undefined, 'EACCES'));
  return [...others, ...policies].sort((a, b) => (a.name < b.name ? -1 : 1));
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
