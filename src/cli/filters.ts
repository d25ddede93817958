/** The filters that a command is given, as every runtime that it is asked about would load them. */
import { ALLOW } from '../entitlements/algebra/actions.js';
import { programDiagram } from '../entitlements/algebra/bpf.js';
import type { Diagrams, Node } from '../entitlements/algebra/diagram.js';
import { doubtsOf, type Doubt } from '../entitlements/algebra/doubts.js';
import { makeLoader } from '../entitlements/algebra/loaders.js';
import { objectDiagram, type Loader } from '../entitlements/algebra/oci.js';
import type { Baselines, Catalogue } from '../entitlements/model.js';
import { resolveTarget, type ResolvedTarget } from '../entitlements/target.js';
import type { Context } from './command.js';
import type { Filter } from './filter-file.js';
import { describeMachine } from './machine.js';

/** The options that name the loaders. */
export const LOADER_OPTIONS = {
  runtime: { type: 'string', value: 'NAME', help: 'who loads them: runc-1.1, crun-1.8, … (default: all)' },
  arch: { type: 'string', value: 'ARCH', help: 'the machine: amd64, arm64, s390x, … (default: this one)' },
  libseccomp: {
    type: 'string',
    value: 'VERSION',
    help: "the machine's libseccomp (default: one that knows all calls)",
  },
} as const;

export interface LoaderValues {
  readonly runtime?: string | undefined;
  readonly arch?: string | undefined;
  readonly libseccomp?: string | undefined;
}

/** @throws WritError PROFILE_RUNTIME, PROFILE_ARCHITECTURE, PROFILE_LIBSECCOMP */
export function targetsGiven(
  baselines: Baselines,
  { runtime, arch = describeMachine().arch, libseccomp }: LoaderValues,
): ResolvedTarget[] {
  const names = runtime === undefined ? [...baselines.runtimes.keys()] : [runtime];
  return names.map(name =>
    resolveTarget(baselines, { runtime: name, arch, ...(libseccomp !== undefined && { libseccomp }) }),
  );
}

export function loaderOf(
  catalogue: Catalogue,
  { arch, baseline, highest, libseccomp }: ResolvedTarget,
): Loader {
  const runtime = baseline.id.startsWith('crun') ? 'crun' : 'runc';
  return makeLoader(catalogue, { runtime, arch, highest, libseccomp });
}

/** @throws WritError PROFILE_PROGRAM, PROFILE_ARCHITECTURE, PROFILE_AMBIGUOUS, PROFILE_TOO_LARGE */
export function filterNode(diagrams: Diagrams, filter: Filter, loader: Loader): Node {
  if (filter.kind === 'none') return diagrams.answer(ALLOW);
  return filter.kind === 'program'
    ? programDiagram(diagrams, filter.program)
    : objectDiagram(diagrams, filter.object, loader);
}

/** The calls of which a filter may say something else than libseccomp loads; a program is what is loaded. */
export function doubtfulCalls(filter: Filter, loaders: readonly Loader[]): Doubt[] {
  if (filter.kind !== 'object') return [];
  const doubts = loaders.flatMap(loader => doubtsOf(filter.object, loader));
  return [...new Map(doubts.map(one => [`${one.architecture} ${one.syscall}`, one])).values()];
}

/** @param path - of the file with the filter */
export function warnOfDoubts({ out }: Context, path: string, doubts: readonly Doubt[]): void {
  if (doubts.length === 0) return;
  const calls = [...new Set(doubts.map(({ syscall }) => syscall))].join(', ');
  out.warn(
    `${path}: libseccomp 2.5.4 may load something else than the rules for ${calls} say: several rules for one call, with ` +
      'LT, LE, GT or GE, or with NE beside tests of several arguments. Compare the program that was loaded',
  );
}
