import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { isWritError } from '../../src/errors.js';
import { parseStrict } from '../../src/json/strict.js';
import { describeVectors } from '../support/vectors.js';

/** Valid JSON that a strict reader must refuse, because readers differ on what it says. */
const DUPLICATES = new Set(['y_object_duplicated_key.json', 'y_object_duplicated_key_and_value.json']);
/** `i_`: an implementation may do either. We take finite numbers that need no more than rounding, and nothing else. */
const TAKEN = new Set([
  'i_number_double_huge_neg_exp.json',
  'i_number_real_underflow.json',
  'i_number_too_big_neg_int.json',
  'i_number_too_big_pos_int.json',
  'i_number_very_big_negative_int.json',
]);

function outcome(bytes: Uint8Array, numbers: 'integer' | 'any'): string {
  try {
    parseStrict(bytes, { numbers });
    return 'taken';
  } catch (error) {
    if (isWritError(error)) return error.code;
    throw error;
  }
}

describeVectors('jsontestsuite', 'JSONTestSuite', folder => {
  const files = readdirSync(folder).filter(name => name.endsWith('.json'));

  it('has the 318 files that we know', () => {
    expect(files.length).toBe(318);
  });

  it.each(files)('%s', name => {
    const bytes = readFileSync(join(folder, name));
    const any = outcome(bytes, 'any');
    const integer = outcome(bytes, 'integer');
    if (DUPLICATES.has(name)) expect(any).toBe('JSON_DUPLICATE_KEY');
    else if (name.startsWith('y_') || TAKEN.has(name)) expect(any).toBe('taken');
    else expect(any).toMatch(/^JSON_(SYNTAX|UTF8|NUMBER|SURROGATE|DEPTH)$/);
    // Integers only: stricter, never laxer; and numbers are all that it is stricter about.
    if (integer !== any) expect([any, integer]).toEqual([expect.any(String), 'JSON_NUMBER']);
  });
});
