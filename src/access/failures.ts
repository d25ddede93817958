/** Failed logins: after some of them from one place, the next ones are not looked at for a while. Bounded memory. */
import { isIPv6 } from 'node:net';
import { WritError } from '../errors.js';

const WINDOW_MS = 300_000;
/** Of one address for one name, and of one address for all names. */
const [MAX_FOR_NAME, MAX_FOR_ADDRESS] = [10, 200];
const MAX_ENTRIES = 10_000;

interface Count {
  failures: number;
  /** Milliseconds of a clock that only grows. */
  until: number;
}

/**
 * Counts by address, alone and with the name: nobody can shut another out who calls from elsewhere. When the memory is
 * full, the oldest count goes.
 */
export class FailedLogins {
  readonly #counts = new Map<string, Count>();
  readonly #now: () => number;

  /** @param now - milliseconds that only grow */
  constructor(now: () => number = () => performance.now()) {
    this.#now = now;
  }

  /** @throws WritError ACCESS_RATE when `address` failed too often; its details say after how many seconds to come back */
  check(address: string, name: string): void {
    const now = this.#now();
    const [one, all] = keysOf(address, name).map(key => this.#counts.get(key));
    const full = [
      ...(one !== undefined && one.failures >= MAX_FOR_NAME ? [one.until] : []),
      ...(all !== undefined && all.failures >= MAX_FOR_ADDRESS ? [all.until] : []),
    ].filter(until => until > now);
    if (full.length === 0) return;
    const retryAfter = Math.ceil((Math.max(...full) - now) / 1000);
    throw new WritError('ACCESS_RATE', 'too many logins failed', { details: { retryAfter } });
  }

  failed(address: string, name: string): void {
    for (const key of keysOf(address, name)) this.#count(key);
  }

  /** How many counts are kept. */
  get size(): number {
    return this.#counts.size;
  }

  #count(key: string): void {
    const now = this.#now();
    const found = this.#counts.get(key);
    const count = found !== undefined && found.until > now ? found : { failures: 0, until: now + WINDOW_MS };
    count.failures++;
    this.#counts.delete(key); // a map keeps its order: what is written last goes last
    this.#counts.set(key, count);
    const [oldest] = this.#counts.keys();
    if (this.#counts.size > MAX_ENTRIES && oldest !== undefined) this.#counts.delete(oldest);
  }
}

function keysOf(address: string, name: string): [string, string] {
  const place = networkOf(address);
  return [`${place} ${name.slice(0, 128)}`, place];
}

/** One holder of IPv6 has a whole /64. */
function networkOf(address: string): string {
  if (!isIPv6(address) || address.startsWith('::ffff:')) return address;
  const full = new URL(`http://[${address.split('%')[0] ?? ''}]`).hostname.slice(1, -1);
  const [head = '', tail = ''] = full.split('::');
  const left = head.split(':').filter(group => group !== '');
  const right = tail.split(':').filter(group => group !== '');
  const groups = [...left, ...Array<string>(Math.max(0, 8 - left.length - right.length)).fill('0'), ...right];
  return groups.slice(0, 4).join(':');
}
