/** Canonical JSON against the encoder of python-securesystemslib, which python-tuf signs with: 100,000 random documents. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { expect, it } from 'vitest';
import { canonicalBytes } from '../../src/json/canonical.js';
import { writeCanonical } from '../../src/json/canonical-writer.js';
import { parseStrict } from '../../src/json/strict.js';
import type { JsonObject, JsonValue } from '../../src/json/types.js';
import { describeWith, SYSTEM_PYTHON } from '../support/system.js';

const DOCUMENTS = 100_000;
const MAX_OUTPUT = 64 * 1024 * 1024;

/** One line in, the SHA-256 of its canonical form out. */
const PROGRAM = `
import hashlib, json, sys
from securesystemslib.formats import encode_canonical
for line in sys.stdin.buffer:
    print(hashlib.sha256(encode_canonical(json.loads(line)).encode("utf-8")).hexdigest())
`;

/** What is next to a border somewhere: of ASCII, of JSON's escapes, of UTF-8's lengths, of surrogates, of planes. */
const CHARACTERS = [
  ...'aAzZ09_-./:"\\\u0000\u0001\n\r\t\u001f\u007f\u0080\u00e9\u07ff\u0800\u2028\ud7ff\ue000\ufeff\uffff',
  ...'\u{10000}\u{1f600}\u{1ffff}\u{20000}\u{10ffff}',
];
const NUMBERS = [0, -0, 1, -1, 9, 10, 2 ** 31, -(2 ** 31), 2 ** 53 - 1, -(2 ** 53) + 1];
const PLAIN: readonly JsonValue[] = [true, false, null, '', [], {}];

/** mulberry32: the same documents in every run, so that a difference can be looked at. */
function random(seed: number): (below: number) => number {
  let state = seed;
  return below => {
    state = (state + 0x6d2b79f5) | 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed;
    return Math.floor((((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32) * below);
  };
}

function generator(pick: (below: number) => number) {
  const oneOf = <T>(items: readonly T[]): T => items[pick(items.length)]!;
  const text = (): string => Array.from({ length: pick(5) }, () => oneOf(CHARACTERS)).join('');
  const object = (depth: number): JsonObject =>
    Object.fromEntries(Array.from({ length: pick(6) }, () => [text(), value(depth - 1)]));
  const value = (depth: number): JsonValue => {
    const kind = pick(depth > 0 ? 7 : 4);
    if (kind === 0) return oneOf(PLAIN);
    if (kind === 1) return pick(2) === 0 ? oneOf(NUMBERS) : pick(2 ** 31) - 2 ** 30;
    if (kind < 4) return text();
    if (kind === 4) return Array.from({ length: pick(4) }, () => value(depth - 1));
    return object(depth);
  };
  return () => object(3);
}

const sha256 = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

describeWith(['python:securesystemslib'], 'canonical JSON', () => {
  it(`is that of securesystemslib for ${DOCUMENTS} documents, by both of our encoders`, () => {
    const next = generator(random(1));
    const lines = Array.from({ length: DOCUMENTS }, () => JSON.stringify(next()));
    const { stdout, stderr, status } = spawnSync(SYSTEM_PYTHON, ['-c', PROGRAM], {
      input: `${lines.join('\n')}\n`,
      encoding: 'utf8',
      maxBuffer: MAX_OUTPUT,
    });
    expect([status, stderr]).toEqual([0, '']);
    const theirs = stdout.trimEnd().split('\n');
    expect(theirs).toHaveLength(DOCUMENTS);
    const different = lines.filter((line, i) => {
      const document = parseStrict(Buffer.from(line));
      return sha256(canonicalBytes(document)) !== theirs[i] || sha256(writeCanonical(document)) !== theirs[i];
    });
    expect(different.slice(0, 3)).toEqual([]);
    // They are what they are meant to be: different from each other, and full of keys of which UTF-16 has another order.
    expect(new Set(theirs).size).toBeGreaterThan(DOCUMENTS * 0.8);
    expect(lines.filter(line => /"[^"]*[\u{10000}-\u{10ffff}][^"]*":/u.test(line)).length).toBeGreaterThan(
      DOCUMENTS / 2,
    );
  });
});
