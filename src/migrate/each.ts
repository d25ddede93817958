/** Repositories that are taken at once: what waits for the disk waits together. */
const AT_ONCE = 8;

/**
 * Does the same with every name, some at once.
 *
 * @returns what came of it, in the order of the names
 * @throws what `work` throws first; nothing new is begun then, and what was begun is waited for
 */
export async function each<T>(names: readonly string[], work: (name: string) => Promise<T>): Promise<T[]> {
  const done: T[] = [];
  const left = names.entries();
  let failed = false;
  const worker = async (): Promise<void> => {
    for (const [i, name] of left) {
      if (failed) return;
      try {
        done[i] = await work(name);
      } catch (error) {
        failed = true;
        throw error;
      }
    }
  };
  const outcomes = await Promise.allSettled(Array.from({ length: AT_ONCE }, worker));
  for (const outcome of outcomes) if (outcome.status === 'rejected') throw outcome.reason;
  return done;
}
