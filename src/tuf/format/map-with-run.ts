/** The entries of a snapshot of which many say a version and nothing else. */
import type { VersionRun } from '../../json/version-run.js';
import type { MetaFile } from '../model.js';

/** Entries of the run first; no name is in both. */
export class MapWithRun implements ReadonlyMap<string, MetaFile> {
  readonly size: number;
  readonly #run: VersionRun;
  readonly #others: ReadonlyMap<string, MetaFile>;

  constructor(run: VersionRun, others: ReadonlyMap<string, MetaFile>) {
    this.size = run.length + others.size;
    this.#run = run;
    this.#others = others;
  }

  get(name: string): MetaFile | undefined {
    const version = this.#run.get(name);
    return version === undefined ? this.#others.get(name) : { version };
  }

  has(name: string): boolean {
    return this.get(name) !== undefined;
  }

  *entries(): Generator<[string, MetaFile], undefined> {
    const run = this.#run;
    for (let i = 0; i < run.length; i++) yield [run.name(i), { version: run.version(i) }];
    yield* this.#others;
  }

  *keys(): Generator<string, undefined> {
    for (const [name] of this.entries()) yield name;
  }

  *values(): Generator<MetaFile, undefined> {
    for (const [, meta] of this.entries()) yield meta;
  }

  [Symbol.iterator](): Generator<[string, MetaFile], undefined> {
    return this.entries();
  }

  forEach(visit: (meta: MetaFile, name: string, map: ReadonlyMap<string, MetaFile>) => void): void {
    for (const [name, meta] of this) visit(meta, name, this);
  }
}
