/** Error codes of who may do what on the Notary wire: keys, issuers, users and the tokens they ask for. */
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
  ACCESS_USERS: no(
    500,
    'the users that may have tokens cannot be read',
    'write each with `htpasswd -B -C 10`, one in a line, no name twice',
  ),
  ACCESS_REQUEST: no(
    400,
    'a request for a token is malformed',
    'ask as docker and notary do: service, and scope=repository:NAME:pull,push',
  ),
  ACCESS_RATE: no(
    429,
    'too many logins failed, or too many come at once',
    'wait some minutes, then try again',
  ),
} as const satisfies Record<string, ErrorEntry>;
