/** The formats that are filters permit what the profile permits, decided for every call there is. */
import { describe, expect, it } from 'vitest';
import { compareFilters, type Comparison } from '../../src/entitlements/algebra/compare.js';
import { Diagrams } from '../../src/entitlements/algebra/diagram.js';
import { makeLoader } from '../../src/entitlements/algebra/loaders.js';
import { objectDiagram } from '../../src/entitlements/algebra/oci.js';
import { readSeccompObject } from '../../src/entitlements/algebra/seccomp-object.js';
import { emit } from '../../src/entitlements/emit/index.js';
import { MAX_LAYER_BYTES, MAX_RULES_PER_CALL } from '../../src/entitlements/emit/seccomp-artifact.js';
import type { Profile } from '../../src/entitlements/profile.js';
import { canonicalBytes } from '../../src/json/canonical.js';
import type { JsonObject } from '../../src/json/types.js';
import { catalogue, profileOf, seccompOf } from './catalogue.js';
import { PROFILES, profileWith } from './emit-profiles.js';

const loader = makeLoader(catalogue, { runtime: 'runc', arch: 'amd64', highest: Infinity });

const compared = (profile: Profile, filter: JsonObject): Comparison => {
  const diagrams = new Diagrams();
  const of = (object: JsonObject) => objectDiagram(diagrams, readSeccompObject(object), loader);
  return compareFilters(diagrams, of(filter), of(seccompOf(profile)));
};
const output = (format: string, profile: Profile): Record<string, JsonObject> =>
  emit(format, profile).output as Record<string, JsonObject>;
const SAME = { relation: 'equal', looser: undefined, stricter: undefined };

const all = {
  ...PROFILES,
  'other rights': profileOf(['network=proxy', 'security=view', 'kernel.userns=allow', 'debug=perf']),
};

describe.each(Object.entries(all))('%s', (_, profile) => {
  it('docker-seccomp answers alike', () => {
    const { archMap, ...filter } = output('docker-seccomp', profile);
    const [{ architecture, subArchitectures }] = archMap as unknown as [
      { architecture: string; subArchitectures: string[] },
    ];
    const found = compared(profile, { ...filter, architectures: [architecture, ...subArchitectures] });
    expect(found).toEqual({ ...SAME, answersDiffer: undefined });
  });

  it('a SeccompProfile permits the same, and answers EPERM to what it does not name', () => {
    const found = compared(profile, output('security-profiles-operator', profile)['spec'] as JsonObject);
    expect(found).toMatchObject(SAME);
    expect(found.answersDiffer).toMatchObject({ a: 0x00050001, b: 0x00050026 });
  });

  it('an artifact permits the same within its limits, and no call has rules of two answers', () => {
    const { layer } = output('seccomp-artifact', profile) as { layer: JsonObject };
    expect(compared(profile, layer)).toMatchObject(SAME);
    expect(canonicalBytes(layer).length).toBeLessThan(MAX_LAYER_BYTES);
    const answers = new Map<string, string[]>();
    for (const { names, action } of layer['syscalls'] as unknown as { names: string[]; action: string }[]) {
      expect(names.length).toBeGreaterThan(0);
      for (const name of names) answers.set(name, [...(answers.get(name) ?? []), action]);
    }
    for (const actions of answers.values()) {
      expect(new Set(actions).size).toBe(1);
      expect(actions.length).toBeLessThanOrEqual(MAX_RULES_PER_CALL);
    }
  });
});

it('refuses an artifact in which more than 128 rules name one call', () => {
  const base = profileOf();
  const withRules = (count: number): Profile => {
    const permits = Array.from({ length: count }, (_, value) => [{ index: 0, mask: 0xffff, value }]);
    const call = { name: 'getpid', permits, refuses: [], refusal: 'EPERM' } as const;
    return profileWith(base, { calls: [call] });
  };
  expect(() => emit('seccomp-artifact', withRules(MAX_RULES_PER_CALL))).not.toThrow();
  expect(() => emit('seccomp-artifact', withRules(MAX_RULES_PER_CALL + 1))).toThrow(
    expect.objectContaining({
      code: 'PROFILE_TOO_LARGE',
      message:
        'the profile is too large for a seccomp artifact: getpid has 129 rules, at most 128 may name one call',
    }),
  );
});
