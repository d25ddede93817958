import type { JsonObject } from '../../json/types.js';
import type { Profile } from '../profile.js';

/** A part of a profile that a format has no words for. */
export interface Unexpressed {
  /** A stable name, which a policy can accept: `network.namespace`. */
  readonly name: string;
  readonly reason: string;
}

export interface Emission {
  readonly output: JsonObject;
  readonly unexpressed: readonly Unexpressed[];
}

export type Emitter = (profile: Profile) => Emission;
