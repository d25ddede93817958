/** Error codes of the Notary v1 wire. What its clients get instead is in server/notary/. */
import { no, type ErrorEntry } from './entry.js';

export const NOTARY_ERRORS = {
  NOTARY_GUN: no(
    400,
    'the name of a repository cannot be one on this service',
    'use the full name of the image repository, within the prefixes that the service is for',
  ),
  NOTARY_ROLE: no(
    400,
    'no role of that name can be in a Notary repository',
    'name root, targets, snapshot, timestamp, or targets/NAME in lower case',
  ),
  NOTARY_UPLOAD: no(
    400,
    'the body of an upload cannot be read',
    'send multipart/form-data with one file for each role, as notary does',
  ),
  NOTARY_FILENAME: no(400, 'a part of an upload names no role', 'give each part the role as its filename'),
  NOTARY_JSON: no(400, 'a document of an upload is no metadata', 'send the document as notary signed it'),
  NOTARY_UPDATE: no(
    400,
    'an upload does not verify, or would leave the repository unreadable',
    'list the repository again, make the change anew and publish it',
  ),
  NOTARY_VERSION: no(
    400,
    'a newer version of a document is there already',
    'list the repository again, make the change anew and publish it',
  ),
  NOTARY_PARAMETERS: no(
    400,
    'a parameter of the change feed cannot be read',
    'give records=N and change_id=ID',
  ),
  NOTARY_UNKNOWN: no(404, 'there is no such metadata', 'check the name of the repository and of the role'),
  NOTARY_KEYS: no(
    503,
    'too many names without a repository have keys in the signer',
    'publish one of them, or ask again tomorrow; with notary.auth only who may publish can ask',
  ),
  NOTARY_IMPORT: no(
    400,
    'a repository of another server does not verify, or is another than the one that is here',
    'restore the rows that the message names in the other database from a backup, and migrate again',
  ),
  NOTARY_OUTSIDE: no(
    404,
    'the service is not for repositories of that name',
    'use a name that begins as notary.gunPrefixes says',
  ),
  NOTARY_BROKEN: no(
    500,
    'the stored state of a Notary repository cannot be read',
    'restore the data folder from a backup',
  ),
} as const satisfies Record<string, ErrorEntry>;
