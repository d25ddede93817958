import { isWritError, WritError } from '../errors.js';

/** What people need not look up. */
const REASONS: ReadonlyMap<string, string> = new Map([
  ['ECONNREFUSED', 'nothing listens there'],
  ['ECONNRESET', 'the other side ended it'],
  ['ENOTFOUND', 'there is no machine of that name'],
  ['EAI_AGAIN', 'names of machines cannot be looked up now'],
  ['EHOSTUNREACH', 'the machine cannot be reached'],
  ['ENETUNREACH', 'the network cannot be reached'],
  ['ETIMEDOUT', 'nothing answered in time'],
]);

const TLS_CODE =
  /^(?:CERT_|ERR_TLS_|ERR_SSL_|UNABLE_TO_|DEPTH_ZERO_|SELF_SIGNED_|HOSTNAME_|EPROTO|INVALID_CA|PATH_LENGTH_|CRL_)/;

/**
 * A failure of a socket as a WritError: TLS failures have their own code, since what to do next differs.
 *
 * @param shown - the URL without its query
 */
export function toFetchError(error: unknown, shown: string): WritError {
  if (isWritError(error)) return error;
  const code = codeOf(error);
  const because = code === '' ? '' : ` (${code})`;
  if (TLS_CODE.test(code))
    return new WritError('FETCH_TLS', `no trusted TLS connection for ${shown}${because}`, { cause: error });
  const reason = REASONS.has(code) ? `: ${String(REASONS.get(code))}` : '';
  return new WritError('FETCH_UNREACHABLE', `the connection for ${shown} failed${reason}${because}`, {
    cause: error,
  });
}

function codeOf(error: unknown): string {
  if (!(error instanceof Error)) return '';
  return 'code' in error && typeof error.code === 'string' ? error.code : '';
}

export function tooLarge(shown: string, maxBytes: number): WritError {
  return new WritError('FETCH_TOO_LARGE', `the answer of ${shown} has more than ${maxBytes} bytes`, {
    details: { maxBytes },
  });
}

export function timedOut(shown: string, limit: string): WritError {
  return new WritError('FETCH_TIMEOUT', `the request for ${shown} took longer than ${limit}`);
}
