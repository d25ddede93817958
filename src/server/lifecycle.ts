/** Opening the listeners of a service, and its orderly end. */
import type { FastifyInstance } from 'fastify';
import type { Address } from '../config/types.js';
import { listen } from './listen.js';
import { requestsUnderWay } from './servers.js';

/** Undoes what was opened, the last first. */
export type Closers = (() => void | Promise<void>)[];

/** What is still under way after this time is cut off. */
const DRAIN_MS = 10_000;
const DRAIN_LOOK_MS = 25;

/**
 * Listens, and gives the base URL; the end of the application is one of `closers`.
 *
 * @throws WritError SERVER_PORT_IN_USE, SERVER_LISTEN
 */
export async function open(
  app: FastifyInstance,
  address: Address,
  scheme: 'http' | 'https',
  closers: Closers,
): Promise<string> {
  closers.push(() => drain(app));
  return (await listen(app, address, scheme)).url;
}

/** Answers what was asked; connections on which nothing is asked are cut, and after a time all of them. */
async function drain(app: FastifyInstance): Promise<void> {
  const { server } = app;
  const deadline = performance.now() + DRAIN_MS;
  const cut = setInterval(() => {
    if (server.listening) return;
    if (requestsUnderWay(server) === 0 || performance.now() > deadline) server.closeAllConnections();
  }, DRAIN_LOOK_MS);
  await app.close();
  clearInterval(cut);
}

/** The last opened is closed first; what fails does not keep the others open. */
export async function closeAll(closers: Closers): Promise<void> {
  const failures: unknown[] = [];
  for (const closer of closers.splice(0).reverse()) {
    try {
      await closer();
    } catch (error) {
      failures.push(error);
    }
  }
  if (failures.length > 0) throw failures[0];
}

/** `work`, run at the first call; every call gets its outcome. */
export function once(work: () => Promise<void>): () => Promise<void> {
  let running: Promise<void> | undefined;
  return () => (running ??= work());
}
