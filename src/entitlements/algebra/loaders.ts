/** Who may load a profile: what differs between runtimes, and the architectures that there are tables for. */
import { FACTS } from '../architectures.js';
import type { Architecture, Catalogue, SyscallTable } from '../model.js';
import { isNamed, type Library } from '../named.js';
import type { FilteredArchitecture } from './named-calls.js';
import type { Loader } from './oci.js';

export interface LoadedBy extends Library {
  readonly runtime: Loader['runtime'];
  readonly arch: Architecture;
}

/** @param by - the runtime, its machine, and what the libseccomp of the machine has names for */
export function makeLoader({ tables }: Catalogue, by: LoadedBy): Loader {
  const architectures = new Map<string, FilteredArchitecture>();
  for (const table of tables.values()) architectures.set(FACTS[table.arch].seccomp, new Named(table, by));
  return { runtime: by.runtime, architectures, native: FACTS[by.arch].seccomp };
}

/** The names are looked for when they are asked for: most profiles are for one architecture. */
class Named implements FilteredArchitecture {
  readonly #table: SyscallTable;
  readonly #library: Library;
  #numbers: ReadonlyMap<string, number> | undefined;

  constructor(table: SyscallTable, library: Library) {
    this.#table = table;
    this.#library = library;
  }

  get audit(): number {
    return FACTS[this.#table.arch].audit;
  }

  get isNarrow(): boolean {
    return FACTS[this.#table.arch].isNarrow;
  }

  get multiplexes(): boolean {
    return FACTS[this.#table.arch].multiplexes;
  }

  get numbers(): ReadonlyMap<string, number> {
    const { numbers } = this.#table;
    return (this.#numbers ??= new Map(
      [...numbers].filter(([name]) => isNamed(this.#table, name, this.#library)),
    ));
  }
}
