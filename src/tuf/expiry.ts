/** Expiry: a document is expired from the second on that it names. TUF specification §5.3.10, §5.4.4, §5.5.6, §5.6.5. */
import { WritError } from '../errors.js';
import type { Verified } from './verified.js';

interface Expiring {
  readonly version: number;
  readonly expires: Date;
}

/** True iff `part` is expired at `now`; at the exact second it is. */
export function isExpired(part: Expiring, now: Date): boolean {
  return part.expires.getTime() <= now.getTime();
}

/**
 * @param now - the start of the update, not the moment of the call
 * @throws WritError TUF_EXPIRED
 */
export function refuseExpired(document: Verified<Expiring>, now: Date): void {
  const { value, role } = document;
  if (!isExpired(value, now)) return;
  throw new WritError(
    'TUF_EXPIRED',
    `${role} version ${value.version} expired at ${value.expires.toISOString()}, it is now ${now.toISOString()}`,
    { details: { role, version: value.version, expires: value.expires.toISOString() } },
  );
}
