/** What every adapter of {@link IndexStore} must do. */
import fc from '../support/property.js';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { IndexStore, IndexTransaction } from '../../src/storage/ports.js';
import { failureOf } from './support.js';

export interface IndexFixture {
  /** A new, empty store; the work of its transactions may take so many milliseconds. */
  open(transactionMs: number): Promise<IndexStore>;
}

/** Longer than any work on a machine that is slow and busy. */
const PATIENCE_MS = 200_000;

export function indexContract(name: string, fixture: IndexFixture): void {
  describe(`the contract of an index: ${name}`, () => {
    let index: IndexStore;
    beforeEach(async () => {
      index = await fixture.open(PATIENCE_MS);
    });
    afterEach(() => index.close());
    const put = (key: string, value: number): Promise<void> => index.transaction(tx => tx.put(key, value));

    describe('records', () => {
      it('gives back what was put, and undefined for what was not', async () => {
        await index.transaction(tx => tx.put('a', { n: [1, 'x', null, true, 1.5] }));
        expect(await index.get('a')).toStrictEqual({ n: [1, 'x', null, true, 1.5] });
        expect(await index.get('b')).toBeUndefined();
      });

      it('replaces and deletes', async () => {
        await put('a', 1);
        await put('a', 2);
        expect(await index.get('a')).toBe(2);
        await index.transaction(tx => tx.delete('a'));
        expect(await index.get('a')).toBeUndefined();
        await index.transaction(tx => tx.delete('never there'));
        expect(await index.list('')).toStrictEqual([]);
      });

      it('names the folders of keys, each once, as the list of all keys does', async () => {
        const name = fc.stringMatching(/^[ab./0é]{0,4}$/);
        await fc.assert(
          fc.asyncProperty(
            fc.array(name),
            fc.array(name),
            fc.stringMatching(/^[ab./]{0,2}$/),
            async (kept, gone, prefix) => {
              await index.transaction(async tx => {
                for (const [key] of await tx.list('')) tx.delete(key);
                for (const key of [...kept, ...gone]) tx.put(`k${key}`, 1);
              });
              await index.transaction(tx => {
                for (const key of gone) tx.delete(`k${key}`);
              });
              const begin = `k${prefix}`;
              const rest = (await index.list(begin)).map(([key]) => key.slice(begin.length));
              const folders = rest.flatMap(key =>
                key.includes('/') ? [key.slice(0, key.indexOf('/'))] : [],
              );
              expect(await index.folders(begin)).toStrictEqual([...new Set(folders)]);
            },
          ),
        );
      });

      it('keeps names of JavaScript as names of records and members', async () => {
        const value = JSON.parse('{"__proto__":{"a":1},"constructor":2}') as { a: 1 };
        await index.transaction(tx => {
          tx.put('__proto__', value);
          tx.put('constructor', 1);
        });
        expect(JSON.stringify(await index.get('__proto__'))).toBe('{"__proto__":{"a":1},"constructor":2}');
        expect(await index.get('hasOwnProperty')).toBeUndefined();
        expect((await index.list('')).map(([key]) => key)).toStrictEqual(['__proto__', 'constructor']);
      });

      it('cannot be changed through a value that went in or came out', async () => {
        const value = { list: [1] };
        await index.transaction(tx => {
          tx.put('a', value);
          value.list.push(2);
        });
        const out = (await index.get('a')) as { list: number[] };
        expect(() => out.list.push(3)).toThrow(TypeError);
        expect(await index.get('a')).toStrictEqual({ list: [1] });
      });
    });

    describe('list', () => {
      it('gives the records of a prefix, sorted by UTF-16 unit', async () => {
        await index.transaction(tx => {
          for (const key of ['b', 'a/2', 'a/10', 'a', 'a0', 'a/\uffff', 'a/\u{1f600}']) tx.put(key, 0);
        });
        const keys = async (prefix: string) => (await index.list(prefix)).map(([key]) => key);
        expect(await keys('a/')).toStrictEqual(['a/10', 'a/2', 'a/\u{1f600}', 'a/\uffff']);
        expect(await keys('')).toHaveLength(7);
        expect(await keys('c')).toStrictEqual([]);
      });

      it('agrees with a sorted map after any sequence of changes', async () => {
        const key = fc.string({ minLength: 1, maxLength: 3, unit: fc.constantFrom('a', 'b', '/', 'é') });
        const change = fc.tuple(key, fc.option(fc.integer()));
        await fc.assert(
          fc.asyncProperty(
            fc.array(fc.array(change, { maxLength: 4 }), { maxLength: 8 }),
            key,
            async (all, prefix) => {
              const store = await fixture.open(PATIENCE_MS);
              const model = new Map<string, number>();
              for (const changes of all) {
                await store.transaction(tx => applyTo(tx, changes));
                for (const [k, v] of changes) {
                  if (v === null) model.delete(k);
                  else model.set(k, v);
                }
              }
              const wanted = [...model]
                .filter(([k]) => k.startsWith(prefix))
                .sort(([a], [b]) => (a < b ? -1 : 1));
              expect(await store.list(prefix)).toStrictEqual(wanted);
              expect(await store.transaction(tx => tx.list(prefix))).toStrictEqual(wanted);
              await store.close();
            },
          ),
          { numRuns: 25 },
        );
      });
    });

    describe('transactions', () => {
      it('see what they wrote, and nobody else does before the end', async () => {
        await put('a', 1);
        await index.transaction(async tx => {
          tx.put('a', 2);
          tx.put('b', 3);
          expect(await tx.get('a')).toBe(2);
          expect(await tx.list('')).toStrictEqual([
            ['a', 2],
            ['b', 3],
          ]);
          expect(await index.get('a')).toBe(1);
          tx.delete('a');
          expect(await tx.get('a')).toBeUndefined();
          expect(await tx.list('')).toStrictEqual([['b', 3]]);
        });
        expect(await index.list('')).toStrictEqual([['b', 3]]);
      });

      it('store nothing when the work throws, and pass the error on', async () => {
        await put('a', 1);
        const work = async (tx: IndexTransaction): Promise<void> => {
          tx.put('a', 2);
          tx.delete('a');
          await Promise.resolve();
          throw new Error('no');
        };
        await expect(index.transaction(work)).rejects.toThrow('no');
        expect(await index.get('a')).toBe(1);
        await put('a', 3);
        expect(await index.get('a')).toBe(3);
      });

      it('return what the work returns', async () => {
        expect(await index.transaction(() => 7)).toBe(7);
        expect(await index.transaction(async tx => tx.get('a'))).toBeUndefined();
      });

      it('are serialisable: concurrent increments are all counted', async () => {
        const increment = (): Promise<void> =>
          index.transaction(async tx => {
            const n = ((await tx.get('n')) as number | undefined) ?? 0;
            await new Promise(resolve => setImmediate(resolve));
            tx.put('n', n + 1);
          });
        await Promise.all(Array.from({ length: 100 }, increment));
        expect(await index.get('n')).toBe(100);
      });

      it('are serialisable: of two that each need what the other takes away, one sees it', async () => {
        await index.transaction(tx => {
          tx.put('on/a', 1);
          tx.put('on/b', 1);
        });
        const leave = (key: string): Promise<boolean> =>
          index.transaction(async tx => {
            if ((await tx.list('on/')).length < 2) return false;
            tx.delete(key);
            return true;
          });
        expect((await Promise.all([leave('on/a'), leave('on/b')])).sort()).toStrictEqual([false, true]);
        expect(await index.list('on/')).toHaveLength(1);
      });

      it('end: a handle that escapes is dead', async () => {
        let escaped: IndexTransaction | undefined;
        await index.transaction(tx => {
          escaped = tx;
        });
        expect(() => escaped!.put('a', 1)).toThrow('a transaction was used after its end');
        expect(() => escaped!.delete('a')).toThrow('a transaction was used after its end');
        await failureOf(escaped!.get('a'), 'STORE_CLOSED');
        await failureOf(escaped!.list('a'), 'STORE_CLOSED');
      });

      it('give up when the work hangs, and go on with the next', async () => {
        const hasty = await fixture.open(50);
        const hang = hasty.transaction(async tx => {
          tx.put('a', 1);
          await new Promise(() => undefined);
        });
        const next = hasty.transaction(tx => tx.put('b', 2));
        await failureOf(hang, 'STORE_TIMEOUT');
        await next;
        expect(await hasty.list('')).toStrictEqual([['b', 2]]);
        await hasty.close();
      });
    });

    describe('bounds', () => {
      it('refuses keys that are empty, too long or no text', async () => {
        for (const key of ['', 'x'.repeat(1025), '\ud800']) {
          await failureOf(put(key, 1), 'STORE_KEY');
          await failureOf(
            index.transaction(tx => tx.delete(key)),
            'STORE_KEY',
          );
        }
        await put('x'.repeat(1024), 1);
      });

      it('refuses values beyond 4 MiB and transactions beyond 32 MiB', async () => {
        const fits = 'x'.repeat(4 * 1024 * 1024 - 2);
        await index.transaction(tx => tx.put('a', fits));
        await failureOf(
          index.transaction(tx => tx.put('a', `${fits}x`)),
          'STORE_SIZE',
        );
        await failureOf(
          index.transaction(tx => {
            for (let i = 0; i < 8; i++) tx.put(`k${i}`, fits);
          }),
          'STORE_SIZE',
        );
        expect((await index.list('')).map(([key]) => key)).toStrictEqual(['a']);
      });
    });

    it('waits for what runs when it closes, then refuses everything', async () => {
      const last = index.transaction(async tx => {
        await new Promise(resolve => setTimeout(resolve, 20));
        tx.put('a', 1);
      });
      await index.close();
      await last;
      await failureOf(index.get('a'), 'STORE_CLOSED');
      await failureOf(index.list(''), 'STORE_CLOSED');
      await failureOf(put('a', 1), 'STORE_CLOSED');
      await index.close();
    });
  });
}

function applyTo(tx: IndexTransaction, changes: readonly (readonly [string, number | null])[]): void {
  for (const [key, value] of changes) {
    if (value === null) tx.delete(key);
    else tx.put(key, value);
  }
}
