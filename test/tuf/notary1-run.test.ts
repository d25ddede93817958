/** Long runs of Notary's targets that stay in the bytes: what is read is what the whole reader reads, or nothing. */
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { isWritError } from '../../src/errors.js';
import type { JsonObject } from '../../src/json/types.js';
import { parseDocumentOf } from '../../src/tuf/document.js';
import type { Format } from '../../src/tuf/format/format.js';
import { MapWithRun } from '../../src/tuf/format/map-with-run.js';
import { TARGET_RUNS } from '../../src/tuf/format/notary1-run.js';
import { NOTARY1, type NotaryModels } from '../../src/tuf/format/notary1.js';

const COUNT = 300;
const WHOLE: Format<NotaryModels> = { ...NOTARY1, runs: {} };
const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const digest = (bytes: number, i: number): string => Buffer.alloc(bytes, i).toString('base64');
const nameOf = (i: number): string => `v${String(i).padStart(4, '0')}`;

/** Some with one digest, some with the other, most with both. */
function target(i: number): JsonObject {
  const sha256 = i % 7 === 0 ? {} : { sha256: digest(32, i) };
  const sha512 = i % 5 === 0 && i % 7 !== 0 ? {} : { sha512: digest(64, i) };
  return { hashes: { ...sha256, ...sha512 }, length: 1 + i };
}

function documentOf(more: JsonObject = {}, count = COUNT): string {
  const listed = Array.from({ length: count }, (_, i) => [nameOf(i), target(i)] as const);
  const targets = Object.fromEntries(
    [...listed, ...Object.entries(more)].sort(([a], [b]) => (a < b ? -1 : 1)),
  );
  const signed = { _type: 'Targets', delegations: { keys: {}, roles: [] }, expires: '2030-01-01T00:00:00Z' };
  return JSON.stringify({ signatures: [], signed: { ...signed, targets, version: 1 } });
}

const read = (text: string, format = NOTARY1) => parseDocumentOf(format, encode(text), 'targets', 1 << 20);

/** What a reader makes of a text: all that it says, or the code and the words of the refusal. */
function outcome(text: string, format: Format<NotaryModels>): unknown {
  try {
    const { signed, payload } = read(text, format);
    const targets = [...signed.targets].sort(([a], [b]) => (a < b ? -1 : 1));
    return { ...signed, targets, payload: new TextDecoder().decode(payload) };
  } catch (error) {
    if (isWritError(error)) return [error.code, error.message];
    throw error;
  }
}

const same = (text: string): void => {
  expect(outcome(text, NOTARY1)).toEqual(outcome(text, WHOLE));
};

describe('targets of which a long run stays in the bytes', () => {
  it('are found by name and listed, the others among them', () => {
    const custom = { custom: { writ: { grants: {} } }, hashes: { sha256: digest(32, 1) }, length: 5 };
    const text = documentOf({ 'a-first': custom, 'z-last': custom });
    const { targets } = read(text).signed;
    expect(targets).toBeInstanceOf(MapWithRun);
    expect(targets.size).toBe(COUNT + 2);
    expect(targets.get(nameOf(7))).toEqual(read(text, WHOLE).signed.targets.get(nameOf(7)));
    expect(targets.get('z-last')?.custom).toEqual(custom.custom);
    expect([targets.has(nameOf(8)), targets.has('a-first'), targets.has('none')]).toEqual([
      true,
      true,
      false,
    ]);
    expect([...targets.keys()].sort()).toEqual([...read(text, WHOLE).signed.targets.keys()].sort());
    expect([...targets.values()]).toEqual([...targets].map(([, file]) => file));
    const seen: unknown[] = [];
    targets.forEach((file, name, map) => seen.push([name, file, map === targets]));
    expect(seen).toEqual([...targets].map(([name, file]) => [name, file, true]));
    same(text);
  });

  it.each<[string, string]>([
    ['"length":282}', '"length":0}'],
    ['"length":282}', '"length":1.5}'],
    ['"length":282}', '"length":282,"x":1}'],
    ['"},"length":282}', '"},"lengths":282}'],
    ['"},"length":282}', '","x":""},"length":282}'],
    ['"sha256":"', '"sha256":"A'],
    ['"sha512":"', '"sha512":"*'],
    ['"sha512":"', '"sha513":"'],
    ['"sha512":"', '"sha512":"A'],
  ])('end before one with %s as %s', (before, after) => {
    const text = documentOf();
    const at = text.indexOf(nameOf(281));
    const changed = text.slice(0, at) + text.slice(at).replace(before, after);
    expect(TARGET_RUNS.cut(encode(changed))?.run.length).toBe(281);
    same(changed);
  });

  it('are read whole where there are few of them', () => {
    expect(read(documentOf({}, 255)).signed.targets).not.toBeInstanceOf(MapWithRun);
    expect(read(documentOf({}, 256)).signed.targets).toBeInstanceOf(MapWithRun);
  });

  const anywhere = fc.integer({ min: 0, max: documentOf().length - 1 });

  it('are refused and read as the whole reader does, whatever byte is another', () => {
    const text = documentOf();
    const byte = fc.oneof(
      fc.integer({ min: 0, max: 0x7f }),
      fc.constantFrom(...'"{}:,0=A\\ -'.split('').map(c => c.charCodeAt(0))),
    );
    fc.assert(
      fc.property(anywhere, byte, (at, code) => {
        same(text.slice(0, at) + String.fromCharCode(code) + text.slice(at + 1));
      }),
      { numRuns: 1000 },
    );
  });

  it('are refused and read as the whole reader does, whatever is left out or said twice', () => {
    const text = documentOf();
    fc.assert(
      fc.property(anywhere, fc.integer({ min: 1, max: 200 }), fc.boolean(), (at, length, twice) => {
        same(
          twice ? text.slice(0, at + length) + text.slice(at) : text.slice(0, at) + text.slice(at + length),
        );
      }),
      { numRuns: 500 },
    );
  });

  it.each([
    ['a digest that is too short', (text: string) => text.replace(digest(32, 9), digest(31, 9))],
    ['a digest with other characters', (text: string) => text.replace(digest(32, 9), `${'*'.repeat(43)}=`)],
    ['a digest without padding', (text: string) => text.replace(digest(32, 9), `${'A'.repeat(44)}`)],
    ['a digest that does not end', (text: string) => text.replace('","sha512"', '\u0000,"sha512"')],
    ['a digest that ends with another', (text: string) => text.replace('","sha512"', 'A,"sha512"')],
    ['a length below 0', (text: string) => text.replace('"length":10}', '"length":-10}')],
    ['a length that is no integer', (text: string) => text.replace('"length":10}', '"length":1.5}')],
    ['a name that stands twice', (text: string) => text.replace(nameOf(10), nameOf(9))],
    ['a target without hashes', (text: string) => text.replace(/\{"sha256":"[^"]*"\}/, '{}')],
  ])('are no targets with %s', (_, change) => {
    const text = change(documentOf());
    expect(text).not.toBe(documentOf());
    expect(outcome(text, NOTARY1)).toEqual([expect.any(String), expect.any(String)]);
    same(text);
  });

  it.each(['"length":0}', '"length":9007199254740991}'])('are read by the whole reader with %s', length => {
    same(documentOf().replace('"length":10}', length));
  });

  it('begin where the first target of the form is, after some of another', () => {
    const cut = TARGET_RUNS.cut(encode(documentOf({ 'a-first': { hashes: {}, length: 1 } })));
    expect([cut?.first, cut?.run.length]).toEqual([nameOf(0), COUNT]);
  });
});
