/** How amounts are written: `256Mi` bytes, `500m` CPUs, `unlimited`. All arithmetic is on whole numbers. */
import type { Unit } from './model.js';

/** More than any node has, and safe to multiply by what formats count in. */
const MOST: Readonly<Record<Unit, number>> = {
  bytes: Number.MAX_SAFE_INTEGER,
  cpus: 1_000_000_000,
  count: Number.MAX_SAFE_INTEGER,
};

/** True iff `amount` is one of that unit: whole, not negative, not above what any node has. */
export const isAmount = (amount: number, unit: Unit): boolean =>
  Number.isSafeInteger(amount) && amount >= 0 && amount <= MOST[unit];

/** What people write for ∞. */
export const UNLIMITED = 'unlimited';

const POWER: ReadonlyMap<string, bigint> = new Map([
  ['', 1n],
  ['k', 1_000n],
  ['M', 1_000_000n],
  ['G', 1_000_000_000n],
  ['T', 1_000_000_000_000n],
  ['Ki', 1n << 10n],
  ['Mi', 1n << 20n],
  ['Gi', 1n << 30n],
  ['Ti', 1n << 40n],
]);
const BINARY = ['Ti', 'Gi', 'Mi', 'Ki'] as const;
const MILLI = 1_000;

/**
 * The amount that `text` says, in the whole unit: bytes, thousandths of a CPU, things; ∞ for `unlimited`.
 *
 * @returns undefined for what is no amount of that unit, or more than any node has
 */
export function parseAmount(text: string, unit: Unit): number | undefined {
  if (text === UNLIMITED) return Infinity;
  const amount = Number(READ[unit](text));
  return isAmount(amount, unit) ? amount : undefined;
}

const READ: Readonly<Record<Unit, (text: string) => bigint | undefined>> = {
  bytes: text => {
    const [, digits, suffix = ''] = /^(\d{1,16})(k|[MGT]|[KMGT]i)?$/.exec(text) ?? [];
    const power = POWER.get(suffix);
    return digits === undefined || power === undefined ? undefined : BigInt(digits) * power;
  },
  cpus: text => {
    const [, milli] = /^(\d{1,16})m$/.exec(text) ?? [];
    if (milli !== undefined) return BigInt(milli);
    const [, whole, part = ''] = /^(\d{1,13})(?:\.(\d{1,3}))?$/.exec(text) ?? [];
    return whole === undefined ? undefined : BigInt(whole + part.padEnd(3, '0'));
  },
  count: text => (/^\d{1,16}$/.test(text) ? BigInt(text) : undefined),
};

/** The shortest text that {@link parseAmount} reads as `amount`. */
export function writeAmount(amount: number, unit: Unit): string {
  if (amount === Infinity) return UNLIMITED;
  if (unit === 'cpus') return amount % MILLI === 0 ? String(amount / MILLI) : `${amount}m`;
  if (unit === 'count') return String(amount);
  const suffix =
    amount === 0 ? undefined : BINARY.find(name => BigInt(amount) % (POWER.get(name) ?? 1n) === 0n);
  return suffix === undefined ? String(amount) : `${BigInt(amount) / (POWER.get(suffix) ?? 1n)}${suffix}`;
}

/** What an amount looks like, for messages. */
export const AMOUNT_FORM: Readonly<Record<Unit, string>> = {
  bytes: 'bytes such as 256Mi, or unlimited',
  cpus: 'CPUs such as 500m or 2, or unlimited',
  count: 'a whole number, or unlimited',
};
