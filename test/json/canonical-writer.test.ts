/** The writer's own memory: it must have room for every string at every place before its end. */
import { describe, expect, it } from 'vitest';
import { writeCanonical } from '../../src/json/canonical-writer.js';
import { canonicalText } from '../../src/json/canonical.js';

/** The bytes that the writer reserves first. */
const FIRST_SIZE = 16 * 1024;

describe('the writer of canonical JSON', () => {
  it.each(['', '"', '\\"', '"\\"', 'aaaaaaaa', 'é', '\uffff\uffff', '😀', '"é'.repeat(8), '"'.repeat(40)])(
    'has room for %j wherever its memory ends',
    text => {
      const written = `"${text.replaceAll('\\', '\\\\').replaceAll('"', '\\"')}"`;
      const length = Buffer.byteLength(written);
      for (let room = 0; room <= 3 * length + 4; room++) {
        // `[`, then digits and commas: one byte each.
        const digits = (FIRST_SIZE - room - 1) >> 1;
        const expected = `[${'7,'.repeat(digits)}${room % 2 === 0 ? '' : '-7,'}${written}]`;
        const items = [...Array<number>(digits).fill(7), ...(room % 2 === 0 ? [] : [-7]), text];
        expect(Buffer.from(writeCanonical(items)).toString() === expected, `with ${room} bytes left`).toBe(
          true,
        );
      }
    },
  );

  it('writes what the quick way writes', () => {
    const value = { b: [true, null, -0, 'x'], a: { d: '"', c: 'é' } };
    expect(Buffer.from(writeCanonical(value)).toString()).toBe(canonicalText(value));
  });
});
