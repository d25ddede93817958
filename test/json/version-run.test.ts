/** Long runs of names and versions that stay in the text: what is read is what the whole reader reads, or nothing. */
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { parseStrictMember, type RunIn } from '../../src/json/strict.js';
import { isJsonObject, type JsonObject, type JsonValue } from '../../src/json/types.js';
import { VERSION_RUNS } from '../../src/json/version-run.js';

const encode = (text: string): Uint8Array => new TextEncoder().encode(text);
const nameOf = (i: number): string => `bins-${i.toString(16).padStart(4, '0')}.json`;
const entries = (from: number, to: number): string[] =>
  Array.from({ length: to - from }, (_, i) => `"${nameOf(from + i)}":{"version":${1 + ((from + i) % 999)}}`);
const RUN = entries(0, 300).join(',');
const around = (meta: string, before = '', after = ''): string =>
  `{"signatures":[${before}],"signed":{"_type":"snapshot","meta":{${meta}},"version":1${after}}}`;
const runIn = (key: string | undefined): RunIn | undefined =>
  key === undefined ? undefined : { key, runs: VERSION_RUNS };
const cutOf = (text: string) => VERSION_RUNS.cut(encode(text));
const read = (text: string, key: string | undefined = 'meta') =>
  parseStrictMember(encode(text), 'signed', { runIn: runIn(key) });

/** The object of the run, and the run with it. */
function metaOf(value: JsonValue): JsonObject {
  const signed = isJsonObject(value) ? value['signed'] : undefined;
  const meta = isJsonObject(signed) ? signed['meta'] : undefined;
  if (!isJsonObject(meta)) throw new Error('no meta');
  return meta;
}

/** As if nothing had stayed in the text. */
function whole(value: JsonValue): JsonObject {
  const meta = metaOf(value);
  const run = VERSION_RUNS.of(meta);
  const left = Array.from({ length: run?.length ?? 0 }, (_, i) => [
    run?.name(i) ?? '',
    { version: run?.value(i) ?? 0 },
  ]);
  return { ...meta, ...(Object.fromEntries(left) as JsonObject) };
}

/** What the reader says of a text, or its code. */
function outcome(text: string, key?: string): unknown {
  try {
    const { value, canonical } = parseStrictMember(encode(text), 'signed', { runIn: runIn(key) });
    const signed = (value as JsonObject)['signed'];
    const hasMeta = isJsonObject(signed) && isJsonObject(signed['meta']);
    return [
      hasMeta ? { ...(value as object), signed: { ...signed, meta: whole(value) } } : value,
      canonical && new TextDecoder().decode(canonical),
    ];
  } catch (error) {
    return (error as { code: string }).code;
  }
}

describe('a run that stays in the text', () => {
  it('is found by name, in any order, and gives the payload as it stands', () => {
    const text = around(`"a.json":{"hashes":{"sha256":"00"},"version":3},${RUN},"z.json":{"version":4}`);
    const { value, canonical } = read(text);
    const run = VERSION_RUNS.of(metaOf(value));
    expect(run?.length).toBe(301);
    expect(Object.keys(metaOf(value))).toEqual(['a.json']);
    for (const i of [0, 1, 2, 299, 7, 8, 150, 0, 1, 0, 9, 8, 7, 6])
      expect(run?.get(nameOf(i))).toBe(1 + (i % 999));
    expect(run?.get('z.json')).toBe(4);
    for (const name of ['', 'a.json', 'bins-0000.jso', 'bins-0000.jsonx', 'bins-ffff.json', 'zz', 'é'])
      expect(run?.get(name)).toBeUndefined();
    expect(new TextDecoder().decode(canonical)).toBe(text.slice(text.indexOf('"signed":') + 9, -1));
  });

  it('is as deep as it would be', () => {
    const readWithin = (maxDepth: number) =>
      parseStrictMember(encode(around(RUN)), 'signed', { runIn: runIn('meta'), maxDepth });
    expect(() => readWithin(3)).toThrowError(expect.objectContaining({ code: 'JSON_DEPTH' }));
    expect(VERSION_RUNS.of(metaOf(readWithin(4).value))?.length).toBe(300);
  });

  it('is read whole where the member is not canonical', () => {
    for (const text of [
      around(RUN, '', ', "x":1'),
      around(RUN, '', ',"a":1'),
      ` ${around(RUN)}`.replace('"signed":{', '"signed":{ '),
    ]) {
      const { value, canonical } = read(text);
      expect([VERSION_RUNS.of(metaOf(value)), canonical]).toEqual([undefined, undefined]);
      expect(Object.keys(metaOf(value))).toHaveLength(300);
    }
  });

  it('does not change what is said of the document', () => {
    const said = (text: string, runIn: string | undefined): string => {
      try {
        read(text, runIn);
      } catch (error) {
        return (error as Error).message;
      }
      return '';
    };
    for (const text of [around(RUN, '', ',"x":1.5'), around(RUN, '', ',"x":1,"x":2'), `${around(RUN)}]`]) {
      expect(said(text, 'meta')).toBe(said(text, ''));
      expect(said(text, 'meta')).not.toBe('');
    }
  });

  it('has 256 members or more', () => {
    for (const [count, length] of [
      [255, undefined],
      [256, 256],
    ] as const)
      expect(cutOf(`{${entries(0, count).join(',')}}`)?.run.length).toBe(length);
  });

  it('is none in a text with escapes', () => {
    expect(cutOf(`{"\\"":1,${RUN}}`)).toBeUndefined();
    expect(cutOf(`{"":1,${RUN}}`)?.run.length).toBe(300);
  });

  it.each(['0', '-2', '', '7.5', '7e1', '7,"x":1', '1000000000000000'])(
    'ends before the version %s',
    version => {
      const cut = cutOf(`{${RUN.replace('{"version":281}', `{"version":${version}}`)}}`);
      expect(cut?.run.length).toBe(280);
    },
  );

  it('begins behind a member that looks like one', () => {
    const cut = cutOf(`{"a":{"version":1,"x":2},${RUN}}`);
    expect([cut?.first, cut?.run.length]).toEqual([nameOf(0), 300]);
  });

  it('stays in the text before a greater name', () => {
    for (const next of ['bins-012c.json', 'bins-012b.jsonx', 't', '\u007f']) {
      const { value } = read(around(`${RUN},"${next}":{"hashes":{},"version":9}`));
      expect([VERSION_RUNS.of(metaOf(value))?.length, Object.keys(metaOf(value))]).toEqual([300, [next]]);
    }
  });

  it('may have names that begin like others, and versions of 15 digits', () => {
    const names = Array.from({ length: 100 }, (_, i) => String(i).padStart(3, '0')).flatMap(name =>
      ['', ' ', ' !', '!', '#', 'a'].map(end => name + end),
    );
    const version = (i: number): number => (i === 7 ? 999_999_999_999_999 : i + 1);
    const text = names.map((name, i) => `"${name}":{"version":${version(i)}}`).join(',');
    const run = VERSION_RUNS.of(metaOf(read(around(text)).value));
    expect(run?.length).toBe(600);
    for (const [i, name] of names.entries()) expect([name, run?.get(name)]).toEqual([name, version(i)]);
    for (const [i, name] of [...names.entries()].reverse())
      expect([name, run?.get(name)]).toEqual([name, version(i)]);
    for (const name of ['000  ', '000!!', '000"', '00', '050#a']) expect(run?.get(name)).toBeUndefined();
  });

  it('has no version of 16 digits', () => {
    const cut = cutOf(
      `{${entries(0, 1).join(',').replace('1}', '1000000000000000}')},${entries(1, 300).join(',')}}`,
    );
    expect(cut?.first).toBe(nameOf(1));
  });

  it('is not looked for where nobody asks', () => {
    expect(VERSION_RUNS.of(metaOf(read(around(RUN), '').value))).toBeUndefined();
    const { value } = parseStrictMember(encode(around(RUN)), 'signed');
    expect(Object.keys(metaOf(value))).toHaveLength(300);
  });

  it.each<[string, string]>([
    ['is short', around(entries(0, 255).join(','))],
    ['is of another object', around('', '', `,"x":{"meta":{${RUN}}}`)],
    ['is of an object of that name elsewhere', around('', `{"meta":{${RUN}}}`)],
    ['stands in a document with escapes', around(RUN, '"\\""')],
    ['stands beside its own mark', around(RUN, '', ',"x":-1')],
    [
      'is of another object, and its mark stands where it is looked for',
      around('"bins-0000.json":-1', '', `,"x":{${RUN}}`),
    ],
    ['is not ascending', around(`${entries(10, 300).join(',')},${entries(0, 5).join(',')}`)],
    ['names one twice', around(`${RUN},${entries(299, 300).join(',')}`)],
    ['begins before a smaller name', around(`${RUN},"a":{"version":1,"length":3}`)],
    ['comes after a greater name', around(`"z":{"length":3,"version":1},${RUN}`)],
    ['is followed by a name that it has', around(`${RUN},"bins-0100.json":{"length":1,"version":1}`)],
    ['is followed by one of its middle', around(`${RUN},"bins-0100.jso":{"length":1,"version":1}`)],
    ['is followed by its first name', around(`${RUN},"bins-0000.json":{"length":1,"version":1}`)],
    ['has white space', around(RUN.replace(',', ', '))],
    ['is in a document with white space', ` ${around(RUN)}`],
    ['is in a document that ends early', around(RUN).slice(0, -1)],
    ['is in a document that goes on', `${around(RUN)}x`],
    ['stands twice', around(RUN).replace('"version":1}}', `"version":1,"meta":{${RUN}}}}`)],
    ['has a version with a leading zero', around(RUN.replace(':{"version":7}', ':{"version":07}'))],
    ['has a version 0', around(RUN.replace(':{"version":7}', ':{"version":0}'))],
    ['has no version', around(RUN.replace(':{"version":7}', ':{"version":}'))],
    ['has a fraction', around(RUN.replace(':{"version":7}', ':{"version":7.5}'))],
    ['has an exponent', around(RUN.replace(':{"version":7}', ':{"version":7e3}'))],
    ['has a number beyond 2^53', around(RUN.replace(':{"version":7}', ':{"version":9007199254740993}'))],
    ['has a negative version', around(RUN.replace(':{"version":7}', ':{"version":-7}'))],
    ['has a control character at the end of a name', around(RUN.replace('0007.json"', '0007.json\u0001"'))],
    ['has one at the end of its last', around(RUN.replace(/"(?=:\{"version":300\})/, '\u001f"'))],
    ['goes on with a digit', around(`${RUN}5`)],
    ['goes on with digits before another', around(`${RUN}0,"z":{"length":1,"version":1}`)],
    ['goes on with a number', around(`${RUN.replaceAll('bins', '!')}50,"z":{"length":1,"version":1}`)],
    ['goes on with a fraction', around(`${RUN}.5`)],
    ['goes on with an exponent', around(`${RUN}e0`)],
    ['goes on without a comma', around(`${RUN}"z":1`)],
    ['goes on with a space', around(`${RUN} ,"z":{"length":1,"version":1}`)],
    ['goes on with no name', around(`${RUN},1`)],
    ['goes on with a name that does not end', around(`${RUN},"z`).slice(0, -20)],
    ['has a control character', around(RUN.replace('bins-0007', 'bins-\u00007'))],
    ['has a line feed', around(RUN.replace('"bins-0007', '"bins-000\n'))],
    ['has a letter beyond ASCII', around(RUN.replace('bins-0007', 'bins-000é'))],
    ['lacks a comma', around(RUN.replace('},', '}'))],
    ['has one comma more', around(`${RUN},`)],
    ['has two commas', around(RUN.replace('},', '},,'))],
    ['lacks a brace', around(RUN.replace('}', ''))],
    ['is an array', around(RUN).replace('"meta":{', '"meta":[').replace('},"version":1}', '],"version":1}')],
    ['is named like the prototype', around(`${RUN},"__proto__":{"version":2}`)],
  ])('says the same as reading it all, when it %s', (_, text) => {
    expect(outcome(text, 'meta')).toEqual(outcome(text));
  });

  it('says the same as reading it all, whatever character changes', () => {
    const text = around(`"a.json":{"length":5,"version":3},${RUN},"t":{"hashes":{},"version":9}`);
    const change = fc.record({
      at: fc.nat(text.length - 1),
      by: fc.constantFrom(...'",:{}[]0179-+.eE \\n', '\u0001', 'é', '"x":1,', ''),
      cut: fc.boolean(),
    });
    fc.assert(
      fc.property(fc.array(change, { minLength: 1, maxLength: 3 }), changes => {
        let changed = text;
        for (const { at, by, cut } of changes)
          changed = changed.slice(0, at) + by + changed.slice(cut ? at + 1 : at);
        expect(outcome(changed, 'meta')).toEqual(outcome(changed));
      }),
      { numRuns: 400 },
    );
  });

  it('stays whatever stands before it, up to a bound', () => {
    const few = Array.from({ length: 15 }, (_, i) => `"a${i + 10}":{"version":1},"a${i + 10}x":{"length":1}`);
    expect(cutOf(`{${few.join(',')},${RUN}}`)?.run.length).toBe(300);
    const more = Array.from(
      { length: 16 },
      (_, i) => `"a${i + 10}":{"version":1},"a${i + 10}x":{"length":1}`,
    );
    expect(cutOf(`{${more.join(',')},${RUN}}`)).toBeUndefined();
  });
});
