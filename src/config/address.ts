import type { Address } from './types.js';

/**
 * `HOST:PORT` taken apart; an IPv6 address stands in brackets.
 *
 * @returns undefined when the text is none
 */
export function parseAddress(text: string): Address | undefined {
  const [, bracketed, bare, digits] =
    /^(?:\[([0-9a-fA-F:.]+)\]|([A-Za-z0-9._-]+)):([0-9]{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? bare;
  const port = Number(digits);
  return host === undefined || port > 65_535 ? undefined : { host, port };
}

/** `address` as {@link parseAddress} reads it. */
export function formatAddress({ host, port }: Address): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
