/** `expires` as TUF writes it: `2030-01-31T23:59:59Z` and no other form. TUF specification §4.2.1. */
import { WritError } from '../../errors.js';

const FORM = /^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}Z$/;

/**
 * The moment that `text` writes.
 *
 * @throws WritError TUF_FORMAT for other forms, other time zones, fractions, and days that no calendar has
 */
export function parseExpires(text: string, path: string): Date {
  const date = new Date(FORM.test(text) ? text : NaN);
  // Date takes 30 February for 1 March; only what it writes back is what was meant.
  if (Number.isNaN(date.getTime()) || writeSeconds(date) !== text) {
    throw new WritError('TUF_FORMAT', `${path} must be a time like "2030-01-31T23:59:59Z"`);
  }
  return date;
}

/**
 * `date` as TUF writes it; fractions of a second are cut.
 *
 * @throws WritError TUF_FORMAT for an invalid date or a year beyond 9999
 */
export function formatExpires(date: Date): string {
  const text = Number.isNaN(date.getTime()) ? '' : writeSeconds(date);
  if (!FORM.test(text)) throw new WritError('TUF_FORMAT', 'expires must be a date before the year 10000');
  return text;
}

const writeSeconds = (date: Date): string => `${date.toISOString().slice(0, -5)}Z`;
