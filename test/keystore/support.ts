/** What the key store tests share. */
import type { OnlineSignerOptions } from '../../src/keystore/online-signer.js';
import { canonicalBytes } from '../../src/json/canonical.js';
import type { JsonObject } from '../../src/json/types.js';

/** The least cost that is read: fast enough for tests. */
export const CHEAP = { n: 2 ** 14, r: 8, p: 1 };
export const NOW = new Date('2030-01-01T00:00:00Z');
export const clock: OnlineSignerOptions['clock'] = { now: () => NOW };

const COMMON = { spec_version: '1.0.34', version: 1, expires: '2030-01-02T00:00:00Z' };
const PARTS: Record<string, JsonObject> = {
  timestamp: { meta: { 'snapshot.json': { version: 1 } } },
  snapshot: { meta: { 'targets.json': { version: 1 } } },
  targets: { targets: {} },
};

/** The canonical bytes of a small `signed` part of `type`. */
export function payloadOf(type: 'timestamp' | 'snapshot' | 'targets', changes: JsonObject = {}): Uint8Array {
  return canonicalBytes({ _type: type, ...COMMON, ...PARTS[type], ...changes });
}
