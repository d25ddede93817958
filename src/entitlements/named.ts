/** Which calls a version of libseccomp has names for: a rule for another one is dropped when it is loaded. */
import type { SyscallTable } from './model.js';

export interface Library {
  /** The highest number that it surely has a name for. */
  readonly highest: number;
  /** `2.5.4`; undefined is one that knows all calls. */
  readonly libseccomp?: string | undefined;
}

/** Numbers of x32 carry this bit. */
const X32_BIT = 0x40000000;

/** True iff the call `name` is in `table`, and `library` has that name. */
export function isNamed(
  { numbers, highest, namedSince }: SyscallTable,
  name: string,
  library: Library,
): boolean {
  const number = numbers.get(name);
  if (number === undefined) return false;
  const bare = number % X32_BIT;
  if (bare > library.highest && bare <= highest) return false;
  const since = namedSince.get(name);
  return since === undefined || library.libseccomp === undefined || rank(library.libseccomp) >= rank(since);
}

/** Versions in their order: each of the three numbers is below 1000. */
const rank = (version: string): number =>
  version.split('.').reduce((sum, part, i) => sum + Number(part) * 1000 ** (2 - i), 0);
