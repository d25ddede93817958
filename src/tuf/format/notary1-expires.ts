/** `expires` as Notary v1 writes it: RFC 3339 in UTC, up to nine digits of a second, no trailing zeros. */
import { WritError } from '../../errors.js';

const FORM = /^(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2})(?:\.(\d{1,9}))?Z$/;

/**
 * The moment that `text` writes, to the millisecond before it.
 *
 * @throws WritError TUF_FORMAT for other forms, other time zones, and days that no calendar has
 */
export function parseNotaryExpires(text: string, path: string): Date {
  const [, seconds = 'no time', fraction = ''] = FORM.exec(text) ?? [];
  const date = new Date(`${seconds}.${fraction.slice(0, 3).padEnd(3, '0')}Z`);
  // Date takes 30 February for 1 March; only what it writes back is what was meant.
  if (Number.isNaN(date.getTime()) || !date.toISOString().startsWith(seconds)) {
    throw new WritError('TUF_FORMAT', `${path} must be a time in UTC like "2030-01-31T23:59:59.123456789Z"`);
  }
  return date;
}

/**
 * `date` as Go would write it: notary-server hashes what it writes itself, not what it received, so a zero at the end
 * would make it lose the document.
 *
 * @throws WritError TUF_FORMAT for an invalid date or a year beyond 9999
 */
export function formatNotaryExpires(date: Date): string {
  const text = Number.isNaN(date.getTime()) ? '' : date.toISOString().replace(/\.?0*Z/, 'Z');
  if (!FORM.test(text)) throw new WritError('TUF_FORMAT', 'expires must be a date before the year 10000');
  return text;
}
