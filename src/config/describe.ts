import type { JsonValue } from '../json/types.js';
import { formatAddress } from './address.js';
import { own } from './own.js';
import type { LoadedConfig, Origin } from './types.js';

export interface ConfigRow {
  /** Dotted. */
  readonly name: string;
  /** As a file would say it; null when unset; a secret is `(set)`. */
  readonly value: JsonValue;
  readonly origin: Origin;
}

/** Every setting with its effective value and origin, sorted by name: what `writ config print` shows. */
export function describeConfig({ config, origins }: LoadedConfig): ConfigRow[] {
  return [...origins]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([name, origin]) => ({
      name,
      value: shown(name, name.split('.').reduce<unknown>(own, config)),
      origin,
    }));
}

function shown(name: string, value: unknown): JsonValue {
  if (value === undefined) return null;
  if (name === 'token') return '(set)';
  if (isAddress(value)) return formatAddress(value);
  // Plain data only: members that are unset vanish.
  return JSON.parse(JSON.stringify(value, plain)) as JsonValue;
}

const plain = (name: string, value: unknown): unknown => {
  if (!(value instanceof Map)) return value;
  const members: unknown = Object.fromEntries(value);
  // Of users the names: their hashes are half a password.
  return name === 'users' ? [...value.keys()] : members;
};

const isAddress = (value: unknown): value is { host: string; port: number } =>
  typeof value === 'object' && value !== null && 'host' in value && 'port' in value;
