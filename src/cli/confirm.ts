/** What a person must have seen before a key signs it. */
import { WritError } from '../errors.js';
import type { Context, OptionSpecs } from './command.js';
import { askYesNo } from './prompt.js';

export const YES_OPTION = {
  yes: { type: 'boolean', short: 'y', help: 'do it without asking' },
} as const satisfies OptionSpecs;

/**
 * Shows what is about to happen on stderr and asks.
 *
 * @param yes - of the flag: shows, and does not ask
 * @throws WritError CLI_ANSWER when the answer is no, or nothing may be asked
 */
export async function confirm(
  { io, out, noInput }: Pick<Context, 'io' | 'out' | 'noInput'>,
  { shown, question, yes }: { readonly shown: string; readonly question: string; readonly yes: boolean },
): Promise<void> {
  if (yes) {
    out.note(shown);
    return;
  }
  out.show(shown);
  if (noInput || io.stdin.isTTY !== true) {
    throw new WritError('CLI_ANSWER', 'nobody can be asked whether this is meant', {
      hint: 'read what is shown above; then run it in a terminal, or with --yes',
    });
  }
  if (await askYesNo(io, question)) return;
  throw new WritError('CLI_ANSWER', 'nothing was done: the answer was no');
}
