/** Error codes of the pure rooms: bytes, keys, metadata, image names and grants. */
import { no, type ErrorEntry } from './entry.js';

export const METADATA_ERRORS = {
  // json/
  JSON_SYNTAX: no(400, 'the text is not JSON (RFC 8259)', 'check the file with a JSON linter'),
  JSON_UTF8: no(400, 'the bytes are not UTF-8', 'save the file as UTF-8 without a byte order mark'),
  JSON_DUPLICATE_KEY: no(400, 'an object names one key twice', 'remove one of the two members'),
  JSON_NUMBER: no(
    400,
    'a number is not an integer within ±(2^53 − 1)',
    'write a plain integer in that range',
  ),
  JSON_SURROGATE: no(400, 'a string holds half of a surrogate pair', 'replace the broken \\u escape'),
  JSON_DEPTH: no(400, 'the document is nested too deeply', 'flatten the document'),
  JSON_SIZE: no(413, 'the document is larger than the limit', 'send a smaller document'),
  JSON_TYPE: no(
    400,
    'a JSON value has another type than the format wants',
    'correct the member named in the message',
  ),

  // crypto/
  KEY_FORMAT: no(400, 'a key cannot be read', 'check its encoding: PEM, or hex for Ed25519'),
  KEY_TYPE: no(
    400,
    'the key type or signature scheme is not supported',
    'use ed25519, ecdsa-sha2-nistp256 or rsassa-pss-sha256',
  ),
  KEY_WEAK: no(400, 'the key is too weak to trust', 'make a new key with `writ key generate`'),

  // image/
  IMAGE_REFERENCE: no(
    400,
    'an image reference is malformed',
    'write [host/]path[:tag][@sha256:digest] in lower case, as `docker pull` takes it',
  ),
  IMAGE_DIGEST: no(
    400,
    'a digest is not sha256 and 64 lower-case hex digits',
    'name the image by its sha256 digest',
  ),
  IMAGE_REPOSITORY_NAME: no(
    400,
    'the name of a repository is malformed',
    'use 1 to 128 characters of a-z, 0-9, `.`, `_` and `-`, the first a letter or a digit',
  ),
  IMAGE_PATTERN: no(
    400,
    'a pattern of images is malformed',
    'write host/path with `*` within a component and `**` as a whole one, such as registry.example/team/**',
  ),

  // tuf/
  TUF_FORMAT: no(400, 'the metadata breaks the format of TUF 1.0', 'ask the publisher to make it anew'),
  TUF_SPEC_VERSION: no(
    400,
    'the metadata is of another major version of the TUF specification',
    'use a release of writ that reads it, or ask the publisher for TUF 1.0',
  ),
  TUF_ROLE_NAME: no(400, 'a role name is not allowed', 'choose a name of printable characters'),
  TUF_DUPLICATE_SIGNATURE: no(
    400,
    'a document has two signatures with one key id',
    'sign once with each key',
  ),
  TUF_KEY_REBOUND: no(
    400,
    'a key id that named one key now names another',
    'list the new key under its own id',
  ),
  TUF_THRESHOLD: no(
    403,
    'too few distinct keys of the role have signed the document',
    'have the missing keys sign it; if a server sent it, do not trust that server',
  ),
  TUF_VERSION: no(
    409,
    'a document has another version than the one that must come now',
    'fetch the current versions and make the document again',
  ),
  TUF_ROLLBACK: no(
    409,
    'a repository went back to metadata older than what was trusted before',
    'the server or its mirror is stale or hostile: compare with another mirror',
  ),
  TUF_EXPIRED: no(403, 'the metadata has expired', 'ask the publisher to sign it again; check the clock'),
  TUF_LENGTH: no(
    403,
    'a file has another length than the metadata says',
    'fetch it again from a good mirror',
  ),
  TUF_HASH: no(403, 'a file has another hash than the metadata says', 'fetch it again from a good mirror'),
  TUF_MISSING: no(
    404,
    'the repository lacks a file that it must have',
    'check the repository address, or ask its operator',
  ),
  TUF_NO_ROOT: no(403, 'no trusted root is known for the repository', 'run `writ trust add`'),
  TUF_LIMIT: no(413, 'the repository sends more than the limits allow', 'ask its operator to publish less'),
  TUF_NOT_DELEGATED: no(
    403,
    'a role says something that was not delegated to it',
    'extend the delegation, or sign with the role that may say it',
  ),
  TUF_DISAGREEMENT: no(
    403,
    'roles or repositories that must agree on a target say different things of it, or too few of them list it',
    'do not use it: ask those who sign which of them is right',
  ),

  // entitlements/
  GRANT_SYNTAX: no(400, 'a grant is malformed', 'write DOMAIN=LEVEL, such as network=user'),
  GRANT_DOMAIN: no(400, 'a grant names a domain that the catalogue does not have', 'see `writ profile list`'),
  GRANT_LEVEL: no(400, 'a grant names a level that its domain does not have', 'see `writ profile list`'),
  GRANT_ITEM: no(
    400,
    'a grant names something that cannot be in the set of its domain',
    'see `writ profile list DOMAIN`',
  ),
  GRANT_AMOUNT: no(
    400,
    'a grant gives an amount that its domain cannot have',
    'write an amount such as 256Mi, 500m, 100 or unlimited',
  ),
  GRANT_CONFLICT: no(400, 'one domain is given two levels', 'name each domain once'),
  GRANT_CATALOGUE: no(
    500,
    'grants of two catalogues meet',
    'read the catalogue once and parse all grants with it',
  ),
  GRANT_PRESET: no(400, 'there is no preset of that name', 'see `writ profile list`'),
  CATALOGUE_FORMAT: no(
    500,
    'a catalogue file says something that cannot be',
    'correct the file named in the message, or reinstall writ',
  ),
  CATALOGUE_OWN: no(
    500,
    'an own domain or preset is not as it must be',
    'correct the file named in the message; docs/own-domains.md says how',
  ),
  CATALOGUE_READ: no(
    500,
    'the catalogue files cannot be read',
    'reinstall writ, or check the permissions of its folder',
  ),
  PROFILE_RUNTIME: no(
    400,
    'no baseline covers the container runtime or its version',
    'name a covered runtime with --runtime',
  ),
  PROFILE_ARCHITECTURE: no(
    400,
    'no baseline covers the architecture',
    'name a covered architecture with --arch',
  ),
  PROFILE_LIBSECCOMP: no(
    400,
    'no baseline covers the version of libseccomp',
    'name a covered version with --libseccomp',
  ),
  PROFILE_KERNEL: no(400, 'no baseline covers the kernel', 'name a covered version with --kernel'),
  PROFILE_PROGRAM: no(
    400,
    'a raw filter is no seccomp program that the kernel would load',
    'give the bytes of an array of struct sock_filter, in base64',
  ),
  PROFILE_OBJECT: no(
    400,
    'a seccomp object is not one of the runtime specification',
    'give `linux.seccomp` of a config.json, or what `writ profile compile --format seccomp` prints',
  ),
  PROFILE_AMBIGUOUS: no(
    400,
    'a seccomp object gives one call two answers: which counts depends on who loads it',
    'make the rules of that call exclude each other',
  ),
  PROFILE_INEXPRESSIBLE: no(
    400,
    'no seccomp object says exactly what is asked for',
    'name one runtime with --runtime, or make the profiles answer alike where no rule can tell calls apart',
  ),
  PROFILE_TOO_LARGE: no(400, 'a profile is too large to be worked with', 'test fewer arguments'),
  PROFILE_FORMAT: no(400, 'there is no output format of that name', 'use --format oci'),
  FIT_FILE: no(
    400,
    'a file describes no container that grants can be fitted to',
    'give a pod or workload as YAML or JSON, a config.json, or what `docker inspect` prints',
  ),
  PROFILE_NAME: no(
    404,
    'no system call or capability has that name',
    'write the name as the manual does: mount, CAP_SYS_ADMIN',
  ),
  PROFILE_ARGUMENT: no(
    400,
    'an argument of a system call cannot be read',
    'write a number or names of values, as in socket(AF_INET, SOCK_RAW); _ is any value',
  ),
} as const satisfies Record<string, ErrorEntry>;
