import { WritError } from '../errors.js';

const UNITS: ReadonlyMap<string, number> = new Map([
  ['s', 1],
  ['m', 60],
  ['h', 3600],
  ['d', 86_400],
]);

/**
 * `90m`, `12h`, `30d` in seconds.
 *
 * @param option - names it in the message: `--lifetime`
 * @throws WritError USAGE
 */
export function parseDuration(text: string, option: string): number {
  const [, count = '', unit = ''] = /^([1-9]\d{0,8})([smhd])$/.exec(text) ?? [];
  const seconds = Number(count) * (UNITS.get(unit) ?? 0);
  if (seconds > 0) return seconds;
  throw new WritError('USAGE', `${option} must be a number with a unit, such as 90m, 12h or 30d`);
}
