/**
 * Succinct hash bins: one entry of a delegating document stands for 2^n roles, each of which speaks for the target
 * paths whose SHA-256 begins with its number. TAP 15.
 */
import { sha256Hex } from '../crypto/digest.js';
import type { SuccinctRoles } from './model.js';
import { parseDelegatedRoleName, type RoleName } from './role-name.js';

/** More cannot be told apart by the first 32 bits, and TAP 15 allows no more. */
export const MAX_BIT_LENGTH = 32;
/** More bins do not fit into the 2,000,000 bytes of snapshot that the reference clients read. */
export const MAX_WRITTEN_BIT_LENGTH = 15;

/** What decides how bins are named; nothing else of a delegation is looked at. */
export type BinNaming = Pick<SuccinctRoles, 'bitLength' | 'namePrefix'> & Partial<SuccinctRoles>;

const HEX_DIGITS = /^[0-9a-f]+$/;
const encoder = new TextEncoder();

/** How many bins there are: 2 to 2^32. */
export function binCount({ bitLength }: BinNaming): number {
  return 2 ** bitLength;
}

/** The number of the bin that `path` belongs to: the first `bitLength` bits of its SHA-256. */
export function binNumber({ bitLength }: BinNaming, path: string): number {
  const first = Number.parseInt(sha256Hex(encoder.encode(path)).slice(0, 8), 16);
  return first >>> (32 - bitLength);
}

/**
 * The name of a bin by its number: the prefix, `-`, and the number in hex, as many digits as the last bin needs.
 *
 * @param number - 0 to binCount − 1
 * @throws WritError TUF_ROLE_NAME for a prefix that no role's name can begin with
 */
export function binNameOf({ bitLength, namePrefix }: BinNaming, number: number): RoleName {
  return parseDelegatedRoleName(`${namePrefix}-${number.toString(16).padStart(digitsOf(bitLength), '0')}`);
}

/** The one bin that may speak for `path`. */
export function binName(succinct: BinNaming, path: string): RoleName {
  return binNameOf(succinct, binNumber(succinct, path));
}

/** True iff `name` is one of the bins, written as {@link binNameOf} writes it and in no other way. */
export function isBinName({ bitLength, namePrefix }: BinNaming, name: string): boolean {
  const digits = name.slice(namePrefix.length + 1);
  return (
    name.startsWith(`${namePrefix}-`) &&
    digits.length === digitsOf(bitLength) &&
    HEX_DIGITS.test(digits) &&
    Number.parseInt(digits, 16) < 2 ** bitLength
  );
}

const digitsOf = (bitLength: number): number => Math.ceil(bitLength / 4);
