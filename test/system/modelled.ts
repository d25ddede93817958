/** Filters as the algebra models them for the runtimes of this machine, and as they are read back. */
import { programDiagram } from '../../src/entitlements/algebra/bpf.js';
import { checkProgram } from '../../src/entitlements/algebra/bpf-program.js';
import type { Diagrams, Node } from '../../src/entitlements/algebra/diagram.js';
import { makeLoader } from '../../src/entitlements/algebra/loaders.js';
import { objectDiagram, type Loader } from '../../src/entitlements/algebra/oci.js';
import { readSeccompObject } from '../../src/entitlements/algebra/seccomp-object.js';
import type { JsonObject } from '../../src/json/types.js';
import { baselines, catalogue } from '../entitlements/catalogue.js';
import { parseProgram } from './bpf.js';
import { installedTarget } from './container.js';

/** The installed runtimes that the model knows. */
export type Runtime = Loader['runtime'];

/** What `runtime` of this machine makes of a profile. */
export function installedLoader(runtime: Runtime): Loader {
  const highest = baselines.libseccomp.get(installedTarget(runtime).libseccomp) ?? Infinity;
  return makeLoader(catalogue, { runtime, arch: 'amd64', highest });
}

export const modelOf = (diagrams: Diagrams, seccomp: JsonObject, runtime: Runtime): Node =>
  objectDiagram(diagrams, readSeccompObject(seccomp), installedLoader(runtime));

/** @param text - what `filterOf` gives */
export const loadedOf = (diagrams: Diagrams, text: string): Node =>
  programDiagram(diagrams, checkProgram(parseProgram(text)));
