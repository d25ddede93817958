/** The node that a profile is for, and whether the baselines cover it. */
import { WritError } from '../errors.js';
import { architectureOf } from './architectures.js';
import type { Architecture, Baseline, Baselines } from './model.js';
import { quoted } from './text.js';

/** What `--arch --runtime --libseccomp --kernel` say. */
export interface Target {
  /** `amd64`, or what Go, Debian and `uname -m` call it. */
  readonly arch: string;
  /** Program and version: `runc-1.1`, `runc-1.1.5`, `crun-1.8`. */
  readonly runtime: string;
  /** `2.5.4`; without it nothing is assumed to be lost. */
  readonly libseccomp?: string;
  /** `6.1` or `6.1.0-18-amd64`. */
  readonly kernel?: string;
}

/** A target that is covered. */
export interface ResolvedTarget {
  readonly arch: Architecture;
  readonly baseline: Baseline;
  /** The highest call number that the node's libseccomp has a name for. */
  readonly highest: number;
  /** Its version; undefined is one that knows all calls. */
  readonly libseccomp: string | undefined;
}

const RUNTIME = /^([a-z]+-\d{1,4}\.\d{1,4})(?:\.\d{1,4})?$/;
const KERNEL = /^(\d{1,4})\.(\d{1,4})(?:[.+-][0-9A-Za-z.+_-]{0,64})?$/;

/**
 * The baseline for `target`; a version or an architecture that none covers is refused, never guessed.
 *
 * @throws WritError PROFILE_RUNTIME, PROFILE_ARCHITECTURE, PROFILE_LIBSECCOMP, PROFILE_KERNEL
 */
export function resolveTarget(baselines: Baselines, target: Target): ResolvedTarget {
  const baseline = baselineOf(baselines, target.runtime);
  const wanted = architectureOf(target.arch);
  const arch = baseline.arches.find(name => name === wanted);
  if (arch === undefined) {
    throw new WritError(
      'PROFILE_ARCHITECTURE',
      `no baseline of ${baseline.id} covers the architecture ${quoted(target.arch)}`,
      { hint: `covered are ${baseline.arches.join(', ')}` },
    );
  }
  checkKernel(baselines, target.kernel);
  const { libseccomp } = target;
  return { arch, baseline, highest: highestNumber(baselines, libseccomp), libseccomp };
}

function baselineOf(baselines: Baselines, runtime: string): Baseline {
  const baseline = baselines.runtimes.get(RUNTIME.exec(runtime)?.[1] ?? '');
  if (baseline) return baseline;
  throw new WritError('PROFILE_RUNTIME', `no baseline covers the runtime ${quoted(runtime)}`, {
    hint: `covered are ${[...baselines.runtimes.keys()].join(', ')}`,
  });
}

function highestNumber(baselines: Baselines, version: string | undefined): number {
  if (version === undefined) return Number.MAX_SAFE_INTEGER;
  const highest = baselines.libseccomp.get(version);
  if (highest !== undefined) return highest;
  throw new WritError('PROFILE_LIBSECCOMP', `no baseline covers libseccomp ${quoted(version)}`, {
    hint: `covered are ${[...baselines.libseccomp.keys()].join(', ')}`,
  });
}

function checkKernel(baselines: Baselines, version: string | undefined): void {
  if (version === undefined || isAtLeast(version, baselines.oldestKernel)) return;
  throw new WritError(
    'PROFILE_KERNEL',
    `no baseline covers the kernel ${quoted(version)}: the oldest is ${baselines.oldestKernel}`,
  );
}

function isAtLeast(version: string, oldest: string): boolean {
  const [, major, minor] = KERNEL.exec(version) ?? [];
  const [, oldestMajor, oldestMinor] = KERNEL.exec(oldest) ?? [];
  if (major === undefined) return false;
  const ahead = Number(major) - Number(oldestMajor);
  return ahead > 0 || (ahead === 0 && Number(minor) >= Number(oldestMinor));
}
