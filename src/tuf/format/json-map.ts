/** The members of a JSON object as a map whose values are made when they are asked for. */
import { member, type JsonObject, type JsonValue } from '../../json/types.js';

/**
 * A document may list ten thousand targets and be asked for one: objects for all of them would cost more than
 * reading the document does.
 */
export class JsonMap<V> implements ReadonlyMap<string, V> {
  readonly #json: JsonObject;
  readonly #read: (value: JsonValue, key: string) => V;
  readonly size: number;

  /**
   * @param json - checked already, and never changed
   * @param read - makes the value of a member; it does not throw for members of `json`
   * @param size - how many members there are, where the caller has counted them: listing many keys costs milliseconds
   */
  constructor(json: JsonObject, read: (value: JsonValue, key: string) => V, size = Object.keys(json).length) {
    this.#json = json;
    this.#read = read;
    this.size = size;
  }

  get(key: string): V | undefined {
    const value = member(this.#json, key);
    return value === undefined ? undefined : this.#read(value, key);
  }

  has(key: string): boolean {
    return Object.hasOwn(this.#json, key);
  }

  *keys(): Generator<string, undefined> {
    yield* Object.keys(this.#json);
  }

  *values(): Generator<V, undefined> {
    for (const [, value] of this.entries()) yield value;
  }

  *entries(): Generator<[string, V], undefined> {
    for (const key of Object.keys(this.#json)) yield [key, this.#read(this.#json[key] ?? null, key)];
  }

  [Symbol.iterator](): Generator<[string, V], undefined> {
    return this.entries();
  }

  forEach(visit: (value: V, key: string, map: ReadonlyMap<string, V>) => void): void {
    for (const [key, value] of this) visit(value, key, this);
  }
}
