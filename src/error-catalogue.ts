/**
 * Every error code of writ, once: what it means, the HTTP status, the exit code, and what to do next.
 * `docs/reference/errors.md` is generated from this table; a test holds table, code and docs together.
 */
export interface ErrorEntry {
  readonly meaning: string;
  readonly status: number;
  readonly exit: 1 | 2;
  readonly hint: string;
}

const no = (status: number, meaning: string, hint: string): ErrorEntry => ({
  meaning,
  status,
  exit: 1,
  hint,
});
const usage = (meaning: string, hint: string): ErrorEntry => ({ meaning, status: 400, exit: 2, hint });

export const ERROR_CATALOGUE = {
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

  // any room
  USAGE: usage('the command line is wrong', 'see `writ COMMAND --help`'),
  INTERNAL: no(
    500,
    'a defect of writ, or a failure it did not expect',
    'report it with the output of the same command and -v',
  ),
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;
