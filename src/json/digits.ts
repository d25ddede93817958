/** Numbers where they stand in bytes of text. */
const ZERO = 0x30;
const NINE = 0x39;
/** A number of so many digits is below 2^53. */
const MAX_DIGITS = 15;

const isDigit = (code = 0): boolean => code >= ZERO && code <= NINE;

/** The end of a number from 1 to 10^15 − 1; −1 where none stands. */
export function endOfDigits(bytes: Uint8Array, start: number): number {
  if (bytes[start] === ZERO) return -1;
  let at = start;
  while (isDigit(bytes[at])) at++;
  return at > start && at - start <= MAX_DIGITS ? at : -1;
}

/** The number whose digits stand there. */
export function numberAt(bytes: Uint8Array, start: number, end: number): number {
  let value = 0;
  for (let at = start; at < end; at++) value = 10 * value + (bytes[at] ?? 0) - ZERO;
  return value;
}
