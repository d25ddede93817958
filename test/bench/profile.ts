/** Profiles compiled and compared, beside a JSON round of the same; and how many calls they permit. */
import { readFileSync } from 'node:fs';
import { loadCatalogue, type LoadedCatalogue } from '../../src/config/catalogue.js';
import { mayPermit } from '../../src/entitlements/algebra/actions.js';
import { bitsOf, AFTER_NUMBER } from '../../src/entitlements/algebra/call.js';
import { compareFilters } from '../../src/entitlements/algebra/compare.js';
import { Diagrams } from '../../src/entitlements/algebra/diagram.js';
import { makeLoader } from '../../src/entitlements/algebra/loaders.js';
import { objectDiagram } from '../../src/entitlements/algebra/oci.js';
import { readSeccompObject } from '../../src/entitlements/algebra/seccomp-object.js';
import { compile } from '../../src/entitlements/compile.js';

import type { Architecture } from '../../src/entitlements/model.js';
import { parseGrants } from '../../src/entitlements/parse-grants.js';
import { asObject, objectAt } from '../../src/json/read.js';
import { parseStrict } from '../../src/json/strict.js';
import type { JsonObject } from '../../src/json/types.js';
import { ProfileKeeper } from '../../src/runtime/profiles.js';
import { DEFAULT_CAPABILITIES, forMachine } from '../support/docker-profile.js';
import { median, type Result } from './report.js';

const TARGET = { arch: 'amd64', runtime: 'runc-1.1' };
const ROUNDS = 200;
/** golang-github-containers-common 0.50.1+ds1-4 of Debian 12: /usr/share/containers/seccomp.json. */
const DEBIAN = 'test/golden/containers-common-seccomp.json';

export default async function profile(): Promise<Result[]> {
  const loaded = await loadCatalogue();
  return [...compiling(loaded), ...comparing(loaded), ...counting(loaded)];
}

/** Milliseconds: the median of {@link ROUNDS} calls. */
function timeOf(run: (round: number) => unknown): number {
  const times: number[] = [];
  for (let round = 0; round < ROUNDS; round++) {
    const start = performance.now();
    run(round);
    times.push(performance.now() - start);
  }
  return median(times);
}

/** A new keeper has seen nothing: each compilation is from scratch, to bytes and their digest. */
function compiling({ catalogue, baselines }: LoadedCatalogue): Result[] {
  const grants = parseGrants(catalogue, ['network=user']);
  const start = performance.now();
  const first = new ProfileKeeper(baselines).profileFor(grants, TARGET);
  const firstTime = performance.now() - start;
  const text = Buffer.from(first.profile.bytes).toString('utf8');
  const json = timeOf(() => JSON.parse(text) as unknown);
  const baseline = { baselineName: `JSON.parse of its ${text.length} bytes`, baseline: json, unit: 'ms' };
  const keeper = new ProfileKeeper(baselines);
  keeper.profileFor(grants, TARGET);
  const cold = timeOf(() => new ProfileKeeper(baselines).profileFor(grants, TARGET));
  const cached = timeOf(() => keeper.profileFor(grants, TARGET));
  return [
    { what: 'the first profile that a process compiles', value: firstTime, unit: 'ms' },
    { what: 'compiling a profile that is not kept', value: cold, unit: 'ms', wanted: 5 },
    { what: 'the same beside JSON', value: cold, ...baseline },
    { what: 'compiling a profile that is kept', value: cached, unit: 'ms', wanted: 0.1 },
    { what: 'the same beside JSON', value: cached, ...baseline },
  ];
}

function debianFor(arch: Architecture, architecture: string, capabilities: readonly string[]): JsonObject {
  const profile = asObject(parseStrict(readFileSync(DEBIAN)), 'profile');
  return forMachine(profile, { arch, architecture, capabilities });
}

const ARCHITECTURES: ReadonlyMap<Architecture, string> = new Map([
  ['amd64', 'SCMP_ARCH_X86_64'],
  ['arm64', 'SCMP_ARCH_AARCH64'],
]);

const LIMIT = 20;

/** Debian's default and the same for a container that may do more, from their bytes to the answer. */
function comparing({ catalogue }: LoadedCatalogue): Result[] {
  const loader = makeLoader(catalogue, { runtime: 'runc', arch: 'amd64', highest: Infinity });
  const more = [...DEFAULT_CAPABILITIES, 'CAP_SYS_ADMIN', 'CAP_SYS_PTRACE'];
  const texts = [DEFAULT_CAPABILITIES, more].map(capabilities =>
    Buffer.from(JSON.stringify(debianFor('amd64', 'SCMP_ARCH_X86_64', capabilities))),
  );
  const compared = timeOf(() => {
    const diagrams = new Diagrams();
    const [a = 0, b = 0] = texts.map(text =>
      objectDiagram(diagrams, readSeccompObject(asObject(parseStrict(text), 'profile')), loader),
    );
    return compareFilters(diagrams, a, b);
  });
  const json = timeOf(() => texts.map(text => JSON.parse(text.toString('utf8')) as unknown));
  const what = 'comparing two default-size profiles, from bytes to the answer';
  return [
    { what, value: compared, unit: 'ms', wanted: LIMIT },
    {
      what: 'the same beside JSON',
      value: compared,
      baseline: json,
      baselineName: 'JSON.parse of both',
      unit: 'ms',
    },
  ];
}

/** How many numbers of each architecture are permitted for some arguments. */
function counting({ catalogue, baselines, presets }: LoadedCatalogue): Result[] {
  const results: Result[] = [];
  for (const [arch, architecture] of ARCHITECTURES) {
    const count = (seccomp: JsonObject): number => {
      const diagrams = new Diagrams();
      const loader = makeLoader(catalogue, { runtime: 'runc', arch, highest: Infinity });
      const node = objectDiagram(diagrams, readSeccompObject(seccomp), loader);
      const { audit, numbers } = loader.architectures.get(architecture) ?? { audit: 0, numbers: new Map() };
      const permits = (number: number): boolean => {
        const bits = bitsOf({ arch: audit, number, args: [] });
        return [...diagrams.answers(diagrams.follow(node, AFTER_NUMBER, bits))].some(mayPermit);
      };
      return [...new Set(numbers.values())].filter(permits).length;
    };
    const debian = count(debianFor(arch, architecture, DEFAULT_CAPABILITIES));
    for (const [name, preset] of presets) {
      const oci = compile(preset.grants, { ...TARGET, arch }, baselines).toOci();
      const own = count(objectAt(objectAt(oci, 'linux', 'oci'), 'seccomp', 'linux'));
      results.push({
        what: `calls that ${name} permits on ${arch}`,
        value: own,
        baseline: debian,
        baselineName: "those of Debian's default",
        unit: 'numbers',
      });
    }
  }
  return results;
}
