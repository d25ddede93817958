/** The kind of node that --arch, --runtime, --libseccomp and --kernel name. */
import { ARCHITECTURES } from '../entitlements/architectures.js';
import type { Baselines } from '../entitlements/model.js';
import type { Target } from '../entitlements/target.js';
import { WritError } from '../errors.js';
import type { OptionSpecs } from './command.js';
import { describeMachine, newestBaseline, type Machine } from './machine.js';

export const NODE_OPTIONS = {
  arch: {
    type: 'string',
    value: 'ARCH',
    help: "amd64, arm64, s390x, …, as Go, Debian or uname name it (default: this machine's)",
    words: ARCHITECTURES,
  },
  runtime: {
    type: 'string',
    value: 'NAME',
    help: "runc-1.1, runc-1.3, crun-1.8, … (default: this machine's, else the newest runc)",
  },
  libseccomp: {
    type: 'string',
    value: 'VERSION',
    help: "of the runtime (default: this machine's, if known)",
  },
  kernel: {
    type: 'string',
    value: 'VERSION',
    help: 'of the node; refused when the profile does not cover it',
  },
} as const satisfies OptionSpecs;

export interface GivenNode {
  readonly arch: string | undefined;
  readonly runtime: string | undefined;
  readonly libseccomp: string | undefined;
  readonly kernel: string | undefined;
}

export interface ChosenNode {
  readonly target: Target;
  /** Why this runtime, when nobody named one: a sentence for stderr. */
  readonly why: string | undefined;
}

/**
 * The node that the options name; what they leave open is this machine's where it is known, else the newest baseline.
 *
 * @param machine - asked only when something is left open
 */
export function chooseNode(
  given: GivenNode,
  baselines: Baselines,
  machine: () => Machine = describeMachine,
): ChosenNode {
  const { arch, runtime, libseccomp, kernel } = given;
  const rest = kernel === undefined ? {} : { kernel };
  if (arch !== undefined && runtime !== undefined) {
    return {
      target: { arch, runtime, ...rest, ...(libseccomp === undefined ? {} : { libseccomp }) },
      why: undefined,
    };
  }
  const here = machine();
  const chosen =
    runtime === undefined ? defaultRuntime(baselines, here) : { runtime, why: undefined, local: false };
  // The library of this machine says nothing about a runtime or processor elsewhere.
  const local =
    chosen.local && (arch ?? here.arch) === here.arch && baselines.libseccomp.has(here.libseccomp ?? '');
  const library = libseccomp ?? (local ? here.libseccomp : undefined);
  return {
    target: {
      arch: arch ?? here.arch,
      runtime: chosen.runtime,
      ...rest,
      ...(library === undefined ? {} : { libseccomp: library }),
    },
    why: chosen.why,
  };
}

function defaultRuntime(
  baselines: Baselines,
  { runtime }: Machine,
): { runtime: string; why: string; local: boolean } {
  if (runtime !== undefined && baselines.runtimes.has(runtime)) {
    return { runtime, why: `for ${runtime}, which this machine has`, local: true };
  }
  const newest = newestBaseline(baselines);
  if (newest === undefined) throw new WritError('CATALOGUE_FORMAT', 'the catalogue has no runtime baseline');
  const reason =
    runtime === undefined ? 'the newest baseline' : `no baseline covers ${runtime} of this machine`;
  return { runtime: newest, why: `for ${newest} (${reason}; --runtime names another)`, local: false };
}
