/** One piece of work for several repositories: all are tried, and those that failed are named at the end. */
import { toWritError, WritError } from '../../errors.js';
import type { Context } from '../command.js';

/** @param verb - what failed, for the message: `adding signer to` */
export async function eachRepository(
  { out }: Context,
  names: readonly string[],
  verb: string,
  work: (name: string) => Promise<void>,
): Promise<void> {
  const failed: { name: string; error: WritError }[] = [];
  for (const name of names) {
    try {
      await work(name);
    } catch (thrown) {
      const error = toWritError(thrown);
      failed.push({ name, error });
      out.warn(error.message);
    }
  }
  const [first] = failed;
  if (first === undefined) return;
  const { code, hint, details } = first.error;
  throw new WritError(code, `error ${verb}: ${failed.map(({ name }) => name).join(', ')}`, {
    hint,
    details,
    cause: first.error,
  });
}
