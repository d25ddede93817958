/** Error codes of a client of Notary servers: `writ notary` and what builds on it. */
import { no, usage, type ErrorEntry } from './entry.js';

export const NOTARY_CLIENT_ERRORS = {
  NOTARY_URL: usage('the address of a Notary server is none', 'write it as https://HOST:PORT'),
  NOTARY_OFFLINE: no(
    503,
    'the Notary server cannot be reached, and what is asked needs it',
    'check the address of the server and the network',
  ),
  NOTARY_SERVER: no(
    502,
    'a Notary server answers with a failure, or with what no Notary server answers',
    'look into the log of the server',
  ),
  NOTARY_DENIED: no(
    403,
    'a Notary server does not allow it',
    'set NOTARY_AUTH to the base64 of user:password of somebody who may',
  ),
  NOTARY_REJECTED: no(400, 'a Notary server refuses what was published', 'the message says why'),
  NOTARY_NO_TRUST: no(
    404,
    'a Notary server has no trust data for the repository',
    'check the name of the repository and the server; `notary init` makes a repository',
  ),
  NOTARY_ROOT: no(
    400,
    'the root of a Notary repository cannot be trusted',
    'ask its owner; where the repository was made anew, delete its trust data and pin the new root',
  ),
  NOTARY_TARGET: no(404, 'a target is not in the Notary repository', 'list the repository to see which are'),
  NOTARY_KEY: no(
    400,
    'a key that must sign for a role is not in the trust folder, or no pass-phrase opens it',
    'import the key, or set the pass-phrase of its role',
  ),
  NOTARY_EXISTS: no(
    409,
    'the trust folder follows a published repository of that name',
    'to make it anew, `notary delete` it first; its keys stay',
  ),
  NOTARY_ROTATION: no(400, 'a key of that role cannot be rotated so', 'see `notary key rotate --help`'),
  NOTARY_USAGE: no(400, 'a verb of notary is used wrongly', 'see `notary VERB --help`'),
  NOTARY_CONFIG: no(400, 'the configuration of notary cannot be read', 'see docs/notary-cli.md'),
  NOTARY_FILE: no(
    400,
    'a file that notary is given cannot be read or written',
    'check its name and permissions',
  ),
  NOTARY_ARGUMENT: no(400, 'an argument of notary is not what it should be', 'see `notary VERB --help`'),
  NOTARY_PATH: no(
    400,
    'the name of a Notary repository leads out of the trust folder',
    'name the repository as its images are named',
  ),
  NOTARY_CHANGE: no(
    400,
    'a staged change cannot be read or applied',
    'see the list with `notary status`, and take the change back with `notary reset`',
  ),
  NOTARY_CUSTOM: no(
    400,
    'custom data of a target has no form that every server signs alike',
    'use integers, no key twice, and valid Unicode',
  ),
} as const satisfies Record<string, ErrorEntry>;
