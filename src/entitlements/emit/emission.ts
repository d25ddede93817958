import type { JsonObject } from '../../json/types.js';
import type { Profile, ProfileParts } from '../profile.js';
import type { UnexpressedName } from './unexpressed.js';

/** A part of a profile that a format has no words for: what the format does instead is never wider than it must be. */
export interface Unexpressed {
  /** A stable name, which a policy can accept: `network.namespace`. */
  readonly name: UnexpressedName;
  readonly reason: string;
}

export interface Emission<T extends JsonObject | string = JsonObject | string> {
  /** A document, or the text of a file where the format is a language of its own. */
  readonly output: T;
  readonly unexpressed: readonly Unexpressed[];
}

export type Emitter = (profile: Profile) => Emission;

/** The parts that decide what a container may do; the others say where they came from. `tables` go with the calls. */
export type EmittedPart = Exclude<
  keyof ProfileParts,
  'grants' | 'target' | 'tables' | 'contributions' | 'lost'
>;

/** What a format cannot say of one part. */
export type Gap = (profile: Profile) => readonly Unexpressed[];

/** For every part of a profile, what a format cannot say of it: a part that is added must be answered by every format. */
export type Gaps = Readonly<Record<EmittedPart, Gap>>;

/** The format has words for all of it. */
export const SAID: Gap = () => [];

/** `name` is unexpressed where `when` holds. */
export function gap(
  name: UnexpressedName,
  when: (parts: ProfileParts) => boolean,
  reason: string | ((parts: ProfileParts) => string),
): Gap {
  return ({ parts }) =>
    when(parts) ? [{ name, reason: typeof reason === 'string' ? reason : reason(parts) }] : [];
}

/** Several gaps of one part. */
export const gapsOf =
  (...gaps: readonly Gap[]): Gap =>
  profile =>
    gaps.flatMap(each => each(profile));

/** All that a format cannot say of `profile`, one entry for each name, in the order of the parts. */
export function unexpressedOf(gaps: Partial<Gaps>, profile: Profile): Unexpressed[] {
  const found = new Map<UnexpressedName, Unexpressed>();
  for (const each of Object.values(gaps).flatMap(one => one(profile))) {
    if (!found.has(each.name)) found.set(each.name, each);
  }
  return [...found.values()];
}
