/** Error codes of who may do what on the Notary wire: keys, issuers and users. */
import { no, type ErrorEntry } from './entry.js';

export const ACCESS_ERRORS = {
  ACCESS_KEYS: no(
    500,
    'the keys or certificates that tokens are checked with cannot be used',
    'check the files under notary.auth: certificates and public keys in PEM, sets of keys in JSON',
  ),
  ACCESS_ISSUER: no(
    503,
    'the keys of an issuer of tokens cannot be fetched',
    'check that the service reaches the issuer, and its URL under notary.auth',
  ),
} as const satisfies Record<string, ErrorEntry>;
