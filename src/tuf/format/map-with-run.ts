/** The members of an object of which a long run was left in the text. */
import type { MemberRun } from '../../json/member-run.js';

/** Entries of the run first; no name is in both. What the run says is read when it is asked for. */
export class MapWithRun<R, V> implements ReadonlyMap<string, V> {
  readonly size: number;
  readonly #run: MemberRun<R>;
  readonly #read: (said: R, name: string) => V;
  readonly #others: ReadonlyMap<string, V>;

  constructor(run: MemberRun<R>, read: (said: R, name: string) => V, others: ReadonlyMap<string, V>) {
    this.size = run.length + others.size;
    this.#run = run;
    this.#read = read;
    this.#others = others;
  }

  get(name: string): V | undefined {
    const said = this.#run.get(name);
    return said === undefined ? this.#others.get(name) : this.#read(said, name);
  }

  has(name: string): boolean {
    return this.#run.has(name) || this.#others.has(name);
  }

  *entries(): Generator<[string, V], undefined> {
    const run = this.#run;
    for (let i = 0; i < run.length; i++) {
      const name = run.name(i);
      yield [name, this.#read(run.value(i), name)];
    }
    yield* this.#others;
  }

  *keys(): Generator<string, undefined> {
    for (let i = 0; i < this.#run.length; i++) yield this.#run.name(i);
    yield* this.#others.keys();
  }

  *values(): Generator<V, undefined> {
    for (const [, value] of this.entries()) yield value;
  }

  [Symbol.iterator](): Generator<[string, V], undefined> {
    return this.entries();
  }

  forEach(visit: (value: V, name: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [name, value] of this) visit(value, name, this);
  }
}
