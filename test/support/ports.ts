/** Ports for programs that cannot be told to choose one themselves. */
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer } from 'node:net';

const LOWEST = 10_000;
/** The first port that Linux gives to who asks for any, and to connections: what is there may be taken the next moment. */
const FIRST_OF_THE_SYSTEM = 32_768;
const ATTEMPTS = 100;
/** As many workers of a run choose each from a part of its own: what one chose and does not use yet no other chooses. */
const PARTS = 16;
const given = new Set<number>();

/** A port of 127.0.0.1 that nobody listens on, and that neither the system nor this function gives to another. */
export async function freePort(): Promise<number> {
  const size = Math.floor((firstOfTheSystem() - LOWEST) / PARTS);
  const from = LOWEST + size * (Number(process.env['VITEST_POOL_ID'] ?? 0) % PARTS);
  for (let attempt = 0; attempt < ATTEMPTS; attempt++) {
    const port = from + Math.floor(Math.random() * size);
    if (given.has(port)) continue;
    given.add(port);
    if (await isFree(port)) return port;
  }
  throw new Error(`there is no free port from ${from} to ${from + size - 1}`);
}

function firstOfTheSystem(): number {
  try {
    const [first = ''] = readFileSync('/proc/sys/net/ipv4/ip_local_port_range', 'utf8').split('\t');
    return Math.max(2 * LOWEST, Number(first));
  } catch {
    return FIRST_OF_THE_SYSTEM;
  }
}

async function isFree(port: number): Promise<boolean> {
  const probe = createServer().listen(port, '127.0.0.1');
  try {
    await once(probe, 'listening');
  } catch {
    return false;
  }
  probe.close();
  await once(probe, 'close');
  return true;
}
