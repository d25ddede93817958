/** The shipped catalogue, read once, and short ways to compile with it. */
import { loadCatalogue } from '../../src/config/catalogue.js';
import { compile } from '../../src/entitlements/compile.js';
import { top as topOf, type Grants } from '../../src/entitlements/grants.js';
import { parseGrants } from '../../src/entitlements/parse-grants.js';
import type { Profile } from '../../src/entitlements/profile.js';
import type { Target } from '../../src/entitlements/target.js';
import type { JsonObject } from '../../src/json/types.js';
import type fc from 'fast-check';
import { anyGrantsOf } from './any-grants.js';

export const { catalogue, baselines, presets } = await loadCatalogue();

export const NODE: Target = { arch: 'amd64', runtime: 'runc-1.1' };

export const grants = (...entries: string[]): Grants => parseGrants(catalogue, entries);

export const profileOf = (entries: readonly string[] = [], target: Partial<Target> = {}): Profile =>
  compile(grants(...entries), { ...NODE, ...target }, baselines);

export const seccompOf = (profile: Profile): JsonObject =>
  (profile.toOci()['linux'] as JsonObject)['seccomp'] as JsonObject;

/** Any grants of the shipped catalogue. */
export const anyGrants: fc.Arbitrary<Grants> = anyGrantsOf(catalogue);

/** The grants with every domain at its top. */
export const top: Grants = topOf(catalogue);
