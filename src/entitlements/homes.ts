/**
 * Nothing is homeless. The home of a capability or a call is the one domain that opens it and does not list it under
 * `also`, and in that domain the lowest level, or the first member, that opens any of it. A call that several levels
 * of one domain open further and further has one home; a domain that opens a part of what lives elsewhere, or all of
 * it on some architectures, says so with `also`. Calls that nobody needs live in `none`.
 */
import type { Catalogue, Domain, Level } from './model.js';
import { partsOf } from './parts.js';

export interface Home {
  /** `none` for calls that nothing opens. */
  readonly domain: string;
  /** The level or member; undefined in `none`. */
  readonly part: string | undefined;
}

/** Calls that no grant opens, as a home. */
export const NOWHERE = 'none';

/**
 * Every home of every capability and call that the catalogue mentions: a catalogue that is right has one for each.
 * Only guests, `also` everywhere, have an empty list.
 */
export function homesOf(catalogue: Catalogue): Map<string, readonly Home[]> {
  const homes = new Map<string, readonly Home[]>();
  const add = (name: string, found: readonly Home[]): void => {
    homes.set(name, [...(homes.get(name) ?? []), ...found]);
  };
  for (const { capabilities, syscalls } of catalogue.reserved) {
    for (const name of [...capabilities, ...syscalls]) add(name, [{ domain: NOWHERE, part: undefined }]);
  }
  for (const domain of catalogue.domains.values()) {
    for (const name of namesIn(domain)) add(name, homesIn(domain, name));
  }
  return homes;
}

/** The home of one name, or undefined when the catalogue does not mention it. */
export function homeOf(catalogue: Catalogue, name: string): Home | undefined {
  return homesOf(catalogue).get(name)?.[0];
}

function namesIn(domain: Domain): ReadonlySet<string> {
  return new Set(partsOf(domain).flatMap(openedBy));
}

function homesIn(domain: Domain, name: string): readonly Home[] {
  const opening = partsOf(domain).filter(part => openedBy(part).includes(name));
  const [first] = opening;
  const isGuest = opening.some(({ also }) => also.includes(name));
  return first === undefined || isGuest ? [] : [{ domain: domain.name, part: first.name }];
}

const openedBy = ({ effects }: Level): readonly string[] => [
  ...effects.capabilities,
  ...effects.syscalls.flatMap(({ names }) => names),
];
