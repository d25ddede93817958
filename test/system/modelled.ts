/** Filters as the algebra models them for a runtime, and as they are read back. */
import { programDiagram } from '../../src/entitlements/algebra/bpf.js';
import { checkProgram } from '../../src/entitlements/algebra/bpf-program.js';
import type { Diagrams, Node } from '../../src/entitlements/algebra/diagram.js';
import { makeLoader } from '../../src/entitlements/algebra/loaders.js';
import { objectDiagram, type Loader } from '../../src/entitlements/algebra/oci.js';
import { readSeccompObject } from '../../src/entitlements/algebra/seccomp-object.js';
import type { JsonObject } from '../../src/json/types.js';
import { baselines, catalogue } from '../entitlements/catalogue.js';
import { parseProgram } from './bpf.js';
import type { Runtime } from './runtimes.js';

/** What `runtime` makes of a profile. */
export function loaderOf({ name, target }: Runtime): Loader {
  const { arch, libseccomp } = target;
  const highest = baselines.libseccomp.get(libseccomp) ?? Infinity;
  return makeLoader(catalogue, { runtime: name, arch, highest, libseccomp });
}

export const modelOf = (diagrams: Diagrams, seccomp: JsonObject, runtime: Runtime): Node =>
  objectDiagram(diagrams, readSeccompObject(seccomp), loaderOf(runtime));

/** @param text - what `filterOf` gives */
export const loadedOf = (diagrams: Diagrams, text: string): Node =>
  programDiagram(diagrams, checkProgram(parseProgram(text)));
