/** bcrypt on threads of their own: nobody else's request waits while a password is looked at. */
import { once } from 'node:events';
import { createRequire } from 'node:module';
import { Worker } from 'node:worker_threads';
import { WritError } from '../errors.js';

/** What a thread runs, as text: there is no second file that the sources, the tests and the bundle would have to find. */
const PROGRAM = `
  const { parentPort, workerData } = require('node:worker_threads');
  const { compareSync } = require(workerData);
  parentPort.on('message', ([password, hash]) => parentPort.postMessage(compareSync(password, hash)));
`;

/** As many threads as passwords are compared at once, which the caller bounds; made when they are needed, and kept. */
export class BcryptThreads {
  readonly #idle: Worker[] = [];

  /**
   * True iff `hash` is of `password`.
   *
   * @throws WritError INTERNAL when the thread ended under it, for want of memory say
   */
  async compare(password: string, hash: string): Promise<boolean> {
    const thread = this.#idle.pop() ?? start();
    const same = await ask(thread, [password, hash]);
    this.#idle.push(thread); // one that failed is not asked again
    return same;
  }
}

/** Keeps no process alive, and knows nothing of its environment. */
function start(): Worker {
  const bcrypt = createRequire(import.meta.url).resolve('bcryptjs');
  const thread = new Worker(PROGRAM, { eval: true, workerData: bcrypt, env: {}, execArgv: [] });
  thread.unref();
  return thread;
}

async function ask(thread: Worker, question: readonly [password: string, hash: string]): Promise<boolean> {
  thread.ref();
  thread.postMessage(question);
  try {
    const [answer]: unknown[] = await once(thread, 'message');
    return answer === true;
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WritError('INTERNAL', `a password could not be compared: ${reason}`, { cause });
  } finally {
    thread.unref();
  }
}
