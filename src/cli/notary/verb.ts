/** What a verb of `notary` is. */
import type { Given, Flags } from './flags.js';
import type { NotaryContext } from './context.js';

export interface Verb {
  /** `delegation add`. */
  readonly name: string;
  /** What follows the name. */
  readonly usage: string;
  /** One line. */
  readonly summary: string;
  /** More of what it does. */
  readonly description: string;
  readonly flags: Flags;
  readonly load: () => Promise<{ readonly run: VerbRun }>;
}

/**
 * Does what the verb says; what it throws is the end of the program with the exit code 1.
 *
 * @throws WritError NOTARY_USAGE for arguments that are missing: then the usage is shown
 */
export type VerbRun = (context: NotaryContext, given: Given) => Promise<void>;
