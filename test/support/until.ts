import { setTimeout as sleep } from 'node:timers/promises';

/** Longer than any program takes that will ever be ready, on a machine that is slow and busy. */
const PATIENCE_MS = 200_000;
const PAUSE_MS = 50;

/**
 * Asks again and again until `ready` gives something else than false or an error.
 *
 * @param what - is named, with the last error, when it has taken too long
 * @param hopeless - tells that it will never be: a process that has ended
 */
export async function until<T>(
  ready: () => T | false | Promise<T | false>,
  what: string | (() => string),
  hopeless: () => boolean = () => false,
): Promise<T> {
  const deadline = performance.now() + PATIENCE_MS;
  for (;;) {
    let cause: unknown;
    try {
      const answer = await ready();
      if (answer !== false) return answer;
    } catch (error) {
      cause = error;
    }
    if (hopeless() || performance.now() > deadline) {
      throw new Error(`${typeof what === 'string' ? what : what()} does not get ready`, { cause });
    }
    await sleep(PAUSE_MS);
  }
}
