/** Error codes of the rooms that touch disk, network and key files. */
import { no, type ErrorEntry } from './entry.js';

export const ADAPTER_ERRORS = {
  // storage/
  STORE_KEY: no(
    400,
    'a key of the index, or the name of a blob, is malformed',
    'use 1 to 1,024 characters for a key, 64 hex digits for a blob',
  ),
  STORE_SIZE: no(413, 'something is larger than the store takes', 'store less at once'),
  STORE_CORRUPT: no(
    500,
    'what is in the store is not what was written',
    'restore the file named in the message from a backup; metadata can be fetched or published again',
  ),
  STORE_LOCKED: no(
    409,
    'another process has the store open',
    'stop the other process; a store has one writer at a time',
  ),
  STORE_FULL: no(
    507,
    'there is no space left for the store',
    'free space on the disk, or raise the quota; nothing that was acknowledged is lost',
  ),
  STORE_IO: no(
    500,
    'the file system refused an operation',
    'see the message for the file and the reason, then try again',
  ),
  STORE_CLOSED: no(503, 'the store is closed', 'start the service again'),
  STORE_TIMEOUT: no(503, 'a transaction took too long', 'try again'),
  STORE_PERMISSIONS: no(
    500,
    'a folder of the store is open to other users',
    'run `chmod 700` on the folder named in the message, and own it',
  ),

  // keystore/
  KEYSTORE_PASSPHRASE: no(
    403,
    'the pass-phrase does not open the key',
    'check the pass-phrase; if it is right, the key file was changed: restore it from a backup',
  ),
  KEYSTORE_PERMISSIONS: no(
    403,
    'a key file or folder is open to other users',
    'run `chmod 600` on the file or `chmod 700` on the folder named in the message, and own it',
  ),
  KEYSTORE_SECRET: no(
    500,
    'a secret of the service cannot be read or written',
    'check the file, or restore it from a backup',
  ),
  KEYSTORE_FORMAT: no(
    400,
    'a key file is malformed, or asks for a derivation out of bounds',
    'see docs/reference/key-file.md; restore the file from a backup',
  ),
  KEYSTORE_EXISTS: no(409, 'the key store has that key already', 'use the key that is there'),
  KEYSTORE_NOT_FOUND: no(404, 'the key store has no such key', 'see `writ key list`'),
  KEYSTORE_IO: no(
    500,
    'the file system refused an operation on the key store',
    'see the message for the file and the reason',
  ),
  KEYSTORE_REFUSED: no(
    403,
    'a signer refused to sign what it was given',
    'see the message; a signer reads what it signs and signs only what its role allows',
  ),
  KEYSTORE_URI: no(
    400,
    'a PKCS #11 URI cannot be used',
    'write it as RFC 7512 does: pkcs11:token=NAME;object=LABEL, with id=%01 where labels are not enough',
  ),
  KEYSTORE_TOKEN: no(502, 'a token, or a key on it, cannot be used', 'plug the token in; see docs/tokens.md'),
  KEYSTORE_PIN: no(
    403,
    'the PIN does not open the token',
    'try again with the right PIN before the token locks itself; its security officer can unlock it',
  ),

  // the signer of another process: server/signer/, transport/remote-signer.ts
  SIGNER_VERSION: no(
    409,
    'the signer has signed that version already, with other contents',
    'sign the version after the last one, which the message names',
  ),
  SIGNER_RATE: no(
    503,
    'the signer was asked too often',
    'try again in a minute; see serveSigner.maxPerMinute',
  ),
  SIGNER_REFUSED: no(
    502,
    'the signer refused what the service asked it to sign',
    'see the message and the log of the signer; nothing was published',
  ),
  SIGNER_UNAVAILABLE: no(
    503,
    'the signer cannot be reached or did not answer in time',
    'start the signer (`writ serve-signer`, or notary-signer), or check the settings signer.* or notary.signer.*; nothing was published',
  ),
  SIGNER_ANSWER: no(
    502,
    'the answer of the signer cannot be used',
    'check that signer.url is that of `writ serve-signer`, or notary.signer that of notary-signer, and that its keys are the ones before',
  ),
  SIGNER_CONFIG: no(
    400,
    'the settings of the signer do not fit',
    'see docs/operate.md on the signer, and the message for the setting',
  ),

  // registry/
  REGISTRY_NOT_FOUND: no(
    404,
    'the registry does not have the image',
    'check the name and tag, and push the image first',
  ),
  REGISTRY_DENIED: no(
    403,
    'the registry does not let the caller read',
    'log in with `docker login` and try again',
  ),
  REGISTRY_ANSWER: no(
    502,
    'the answer of a registry cannot be used',
    'check that the address is that of an OCI registry (`--plain-http` for one without TLS)',
  ),
  REGISTRY_DIGEST: no(
    502,
    'the registry serves other bytes than the digest names',
    'do not use this image: the registry, or something before it, is broken or hostile',
  ),
  REGISTRY_CREDENTIALS: no(
    400,
    'the credentials of Docker cannot be read',
    'check config.json in $DOCKER_CONFIG or ~/.docker',
  ),

  // transport/
  FETCH_URL: no(400, 'a URL cannot be requested', 'give an absolute http or https URL without a password'),
  FETCH_PATH: no(
    400,
    'a name would lead out of the folder that holds it',
    'do not trust this repository: a name in it is an attempt to escape',
  ),
  FETCH_UNREACHABLE: no(
    502,
    'a server or file cannot be reached',
    'check the address, and that the service is running',
  ),
  FETCH_TLS: no(
    502,
    'the TLS connection is not to be trusted',
    'check the certificate of the server, and name its authority in the configuration',
  ),
  FETCH_TIMEOUT: no(504, 'an answer took too long', 'try again; check the network and the server'),
  FETCH_TOO_LARGE: no(
    502,
    'an answer is larger than the limit',
    'check what the server at that address serves',
  ),
  FETCH_ENCODING: no(
    502,
    'the content encoding of an answer is unknown or broken',
    'serve the file with gzip, deflate, br or no encoding',
  ),
  FETCH_REDIRECT: no(502, 'a redirect is not followed', 'give the final address, with https'),
  FETCH_STATUS: no(
    502,
    'a server answered with an unexpected status',
    'check the address and the server log',
  ),
  FETCH_ANSWER: no(
    502,
    'the answer of a service is not what the API promises',
    'check that the address is that of a writ service of this version',
  ),
  FETCH_PLAINTEXT: no(
    400,
    'a token would travel without TLS',
    'use an https address; plain http carries a token to this machine only',
  ),

  // config/
  CONFIG_FILE: no(400, 'a configuration file cannot be read', 'check the path and its permissions'),
  CONFIG_INVALID: no(
    400,
    'a setting is not what was expected',
    'correct the file and line, or the variable, that the message names; `writ config print` shows what is in effect',
  ),
  CONFIG_TOKEN: no(
    400,
    'the token file cannot be used',
    'write the token alone into a file of yours with mode 0600',
  ),

  // migrate/
  MIGRATE_SOURCE: no(
    502,
    'what is to be migrated cannot be read',
    'check the address, the name and the password; nothing that was migrated before is lost',
  ),
  MIGRATE_FEED: no(
    502,
    'the change feed of a Notary server cannot be read, so its repositories are not known',
    'name the repositories: `--repositories FILE`, one name on each line',
  ),
  MIGRATE_DRIVER: no(
    500,
    'the driver of a database is not installed',
    'run `npm install mysql2` beside writ, or dump the database with `mysqldump` and name the file',
  ),
  MIGRATE_KEY: no(
    400,
    'a private key of notary-signer cannot be opened',
    'set the pass-phrases that notary-signer runs with (NOTARY_SIGNER_ALIAS), or name a file of them',
  ),
  MIGRATE_DUMP: no(
    400,
    'a file is not a dump as pg_dump or mysqldump write it',
    'dump the database again: `pg_dump DATABASE > FILE`, or `mysqldump DATABASE > FILE`',
  ),
} as const satisfies Record<string, ErrorEntry>;
