/** What the parts of domains open of one right: the ground of every answer about it. */
import { ARCHITECTURES } from './architectures.js';
import { intersects, subtract, UNIVERSE } from './cubes.js';
import type { Architecture, Catalogue, Cube, Domain, Effects, Level } from './model.js';
import { partsOf } from './parts.js';
import type { Question } from './question.js';

/** How much of what is asked about is permitted. */
export type Extent = 'all' | 'some' | 'none';

/** A part of a domain that opens some of what is asked about on one architecture at least. */
export interface Opening {
  readonly domain: Domain;
  /** Of the part in its domain: the rank of a level, the place of a member. */
  readonly place: number;
  readonly part: Level;
  /** What it opens, on each architecture where it opens any of it. */
  readonly cubes: ReadonlyMap<Architecture, readonly Cube[]>;
}

/** The architectures that have what is asked about: of a capability all. */
export function archesOf({ tables }: Catalogue, { kind, name }: Question): Architecture[] {
  return ARCHITECTURES.filter(arch => kind === 'capability' || tables.get(arch)?.numbers.has(name) === true);
}

/**
 * The parts that open some of it, in the order of the catalogue; only what a level itself adds counts.
 *
 * @param early - calls that come with giving up no_new_privs, on the runtime that is asked for
 */
export function openingsOf(
  catalogue: Catalogue,
  question: Question,
  arches: readonly Architecture[],
  early: readonly string[] = [],
): Opening[] {
  return [...catalogue.domains.values()].flatMap(domain =>
    partsOf(domain).flatMap((part, place) => {
      const cubes = new Map(
        arches
          .map(arch => [arch, cubesOf(part.effects, question, arch, early)] as const)
          .filter(([, found]) => found.length > 0),
      );
      return cubes.size === 0 ? [] : [{ domain, place, part, cubes }];
    }),
  );
}

function cubesOf(
  { capabilities, syscalls, lifts }: Effects,
  { kind, name, args }: Question,
  arch: Architecture,
  early: readonly string[],
): readonly Cube[] {
  if (kind === 'capability') return capabilities.includes(name) ? [UNIVERSE] : [];
  const isEarly = lifts.includes('gain-privileges') && early.includes(name);
  const rules = syscalls.filter(
    ({ names, arches }) => names.includes(name) && (arches === undefined || arches.includes(arch)),
  );
  const cubes = [...(isEarly ? [UNIVERSE] : []), ...rules.flatMap(({ when }) => when ?? [UNIVERSE])];
  return cubes.filter(cube => intersects(cube, args));
}

/** How much of the question the cubes hold together. */
export function extentOf({ args }: Question, cubes: readonly Cube[]): Extent {
  if (!cubes.some(cube => intersects(cube, args))) return 'none';
  return subtract([args], cubes).length === 0 ? 'all' : 'some';
}
