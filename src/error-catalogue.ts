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

  // entitlements/
  GRANT_SYNTAX: no(400, 'a grant is malformed', 'write DOMAIN=LEVEL, such as network=user'),
  GRANT_DOMAIN: no(400, 'a grant names a domain that the catalogue does not have', 'see `writ profile list`'),
  GRANT_LEVEL: no(400, 'a grant names a level that its domain does not have', 'see `writ profile list`'),
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
  PROFILE_FORMAT: no(400, 'there is no output format of that name', 'use --format oci'),
  PROFILE_NAME: no(
    404,
    'no system call or capability has that name',
    'write the name as the manual does: mount, CAP_SYS_ADMIN',
  ),

  // repository/
  REPOSITORY_UNKNOWN: no(
    404,
    'the service hosts no repository of that name',
    'make it with `writ init`, or see `writ list`',
  ),
  REPOSITORY_EXISTS: no(
    409,
    'a repository of that name exists already',
    'publish to it, or choose another name',
  ),
  REPOSITORY_REQUEST: no(
    400,
    'a request of the write API is malformed',
    'see docs/reference/openapi.json for what the call takes',
  ),
  REPOSITORY_DOCUMENT: no(
    400,
    'a document cannot be published as it is',
    'make it anew from the current versions and sign it again',
  ),
  REPOSITORY_LIMIT: no(
    413,
    'the publication is larger than clients read or the service takes',
    'publish less at once, or divide the role by delegation',
  ),
  REPOSITORY_ONLINE_KEYS: no(
    400,
    'root does not let the service sign snapshot and timestamp',
    'list the keys of GET /v1/repositories/NAME/keys with threshold 1',
  ),
  REPOSITORY_DELEGATION: no(
    400,
    'a delegation would leave the repository unreadable',
    'publish the delegating and the delegated role together',
  ),
  REPOSITORY_TARGET_MISSING: no(
    400,
    'the bytes of a signed target were neither sent nor stored',
    'send the manifest with the publication',
  ),
  REPOSITORY_BLOB: no(
    400,
    'a target file that was sent cannot be taken',
    'send exactly the bytes that the new targets name',
  ),
  REPOSITORY_BROKEN: no(
    500,
    'the stored state of a repository cannot be read',
    'restore the data folder from a backup',
  ),
  TOKEN_MISSING: no(
    401,
    'the call needs a bearer token',
    'set tokenFile, or make one with `writ token issue`',
  ),
  TOKEN_INVALID: no(401, 'the token is not one of this service', 'make one with `writ token issue`'),
  TOKEN_EXPIRED: no(401, 'the token has expired', 'make a new one with `writ token issue`'),
  TOKEN_SCOPE: no(403, 'the token does not allow the call', 'make one that does with `writ token issue`'),
  TOKEN_REQUEST: no(
    400,
    'a token cannot be issued as asked',
    'see `writ token issue --help` for subject, patterns and lifetime',
  ),
  REPOSITORY_CONFLICT: no(
    409,
    'somebody else published first',
    'fetch the current versions, make the change again and sign it',
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

  // admission/
  ADMISSION_REVIEW: no(
    400,
    'an AdmissionReview is malformed',
    'send what a Kubernetes API server sends: admission.k8s.io/v1',
  ),
  ADMISSION_KIND: no(
    403,
    'a review is about something that is not decided here',
    'register the webhook for pods and pods/ephemeralcontainers only',
  ),
  ADMISSION_POD: no(400, 'a pod is malformed', 'correct the field that the message names'),
  ADMISSION_FIELD: no(
    403,
    'a pod has a field that this version of writ does not know',
    'remove the field, or use a release of writ that knows the Kubernetes version of the cluster',
  ),
  ADMISSION_DENIED_FIELD: no(
    403,
    'a field of a pod has a value that is never allowed',
    'remove the field that the message names',
  ),
  ADMISSION_EXCESS: no(
    403,
    'a pod asks for more than its image was granted',
    'remove the field, or have the image signed with the grant: `writ sign --grant DOMAIN=LEVEL IMAGE`',
  ),
  ADMISSION_PRIVILEGED: no(
    403,
    'a container is privileged',
    'remove `privileged`, and sign the image with the grants that it needs',
  ),
  ADMISSION_CAPABILITY: no(
    403,
    'a capability is not spelled as Kubernetes spells it',
    'write it in upper case without CAP_, such as NET_BIND_SERVICE',
  ),
  ADMISSION_SECCOMP: no(
    403,
    'a pod names another seccomp profile than the one that was signed',
    'remove `seccompProfile`: writ sets it; make a running pod anew to change it',
  ),
  ADMISSION_SHARED_PROCESSES: no(
    403,
    'a container would reach the processes of one that was granted something else',
    'share processes only between containers with equal grants',
  ),
  ADMISSION_RUNTIME_CLASS: no(
    403,
    'a pod names a runtime class',
    'remove `runtimeClassName`: no profile is known to hold there',
  ),
  ADMISSION_WINDOWS: no(
    403,
    'a pod is for Windows',
    'keep Windows pods out of the namespaces of the webhook',
  ),
  ADMISSION_ANNOTATION: no(
    403,
    'an annotation tells a runtime to loosen what the pod says',
    'remove the annotation that the message names',
  ),
  ADMISSION_MIRROR: no(
    403,
    'somebody other than the kubelet of its node made a mirror pod',
    'remove the annotation kubernetes.io/config.mirror',
  ),
  ADMISSION_UNEXPRESSED: no(
    403,
    'the pod API has no words for a part of the grants',
    'list the name under `accept` of the policy, or change the grants',
  ),
  ADMISSION_UNPINNED: no(
    403,
    'the image of a pod is not pinned to the digest that was signed',
    'check that the mutating webhook of writ runs, or name the image by digest',
  ),
  ADMISSION_UNPROTECTED: no(
    403,
    'a pod lacks a protection that its grants demand',
    'check that the mutating webhook of writ runs; a running pod must be made anew',
  ),

  // runtime/
  LOOKUP_QUESTION: no(
    400,
    'a lookup lacks a parameter, or has one that makes no sense',
    'give image, namespace, arch and runtime; libseccomp and kernel are optional',
  ),
  LOOKUP_UNKNOWN: no(404, 'nobody has signed the image', 'sign it with `writ sign`'),
  LOOKUP_REFUSED: no(
    403,
    'the image is not trusted in its namespace',
    'see the reason, and the admission policy of the namespace',
  ),
  LOOKUP_STALE: no(
    503,
    'what is known of the image has expired',
    'check that the service reaches the repository, and the clock',
  ),
  LOOKUP_PROFILE: no(
    404,
    'no profile of that digest is kept',
    'look the image up again: that compiles it anew',
  ),

  // cli/
  CLI_NO_KEY: no(
    403,
    'the key store lacks keys that a role needs',
    'name the folder that holds them in the setting keys, or in WRIT_KEYS',
  ),
  CLI_NOT_SIGNED: no(
    404,
    'the image is not signed in the repository',
    'sign it with `writ sign`, or name another repository',
  ),
  CLI_FILE: no(
    400,
    'a file named on the command line cannot be read or written',
    'check its path, its size and its permissions',
  ),
  CLI_PASSPHRASE: no(
    400,
    'no pass-phrase is given for a private key',
    'set WRIT_PASSPHRASE or WRIT_PASSPHRASE_FILE, or run it in a terminal',
  ),
  CLI_PASSPHRASE_MISMATCH: no(400, 'the second writing of a pass-phrase differs from the first', 'try again'),

  // server/
  SERVER_PORT_IN_USE: no(500, 'another program listens on the address', 'stop it, or choose another address'),
  SERVER_LISTEN: no(500, 'the address cannot be listened on', 'choose an address of this machine'),
  SERVER_PLAIN_HTTP: no(
    500,
    'the repository would be served beyond this machine without TLS',
    'set tls.cert and tls.key, or listen on 127.0.0.1',
  ),
  SERVER_DATA: no(500, 'the data folder cannot be used', 'check --data and its permissions'),
  SERVER_TLS: no(500, 'a certificate or its key cannot be used', 'check the PEM files under tls'),
  SERVER_PATH: no(400, 'the path of a request is malformed', 'send the path without dot segments'),
  SERVER_ROUTE: no(404, 'there is nothing at this path', 'see /openapi.json for what is'),
  SERVER_BODY_TOO_LARGE: no(413, 'the body of a request is larger than the limit', 'send less at once'),
  SERVER_MEDIA_TYPE: no(415, 'the body is of a type that is not taken', 'send application/json'),
  SERVER_REQUEST: no(400, 'a request is not HTTP as it should be', 'check the client'),

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

  // policy/
  POLICY_INVALID: no(
    400,
    'an admission policy is not valid',
    'correct the file and line that the message names; see policies/schemas/admission-policy.schema.json',
  ),
  POLICY_READ: no(400, 'a policy file cannot be read', 'check the path and its permissions'),
  POLICY_AMBIGUOUS: no(
    403,
    'two admission policies match one image in one namespace equally well',
    'make the images or the namespaces of one of them more specific',
  ),
  POLICY_NO_MATCH: no(
    403,
    'no admission policy speaks for the image in its namespace',
    'ask the operator for a policy that matches it: without one nothing is allowed',
  ),
  POLICY_UNSIGNED: no(
    403,
    'no role that the policy trusts has signed the image',
    'sign it with `writ sign`, in the repository and role that the policy names',
  ),
  POLICY_THRESHOLD: no(
    403,
    'fewer roles have signed the image than the policy asks for',
    'have the missing roles sign it with `writ sign`',
  ),
  POLICY_DIGESTS: no(
    403,
    'the trusted roles sign different digests under one tag',
    'sign one digest in all roles with `writ sign`, or pin the image to a digest',
  ),
  POLICY_DIGEST_MISMATCH: no(
    403,
    'a target named after one digest describes another',
    'do not run it: the publisher signed a contradiction; ask them to sign again with `writ sign`',
  ),
  POLICY_GRANTS: no(
    403,
    'the grants that ride with a signed image cannot be read',
    'sign the image again with this release, or use a release that reads them',
  ),
  POLICY_EXCESS: no(
    403,
    'an image is signed with more than its policy allows',
    'sign it again with lower grants, or ask the operator for a wider authority or `onExcess: clamp`',
  ),
  GRANTS_ABSENT: no(
    403,
    'an image is signed without grants',
    'sign it again with `writ sign --grant DOMAIN=LEVEL`, or let the policy say what it gets in unsignedGrants',
  ),

  // trust/
  TRUST_UNKNOWN: no(
    403,
    'no root of a repository is pinned',
    'pin it with `writ trust add NAME --root FILE`, from a source that you trust',
  ),
  TRUST_PINNED: no(
    409,
    'a repository is pinned to another root, or is served from another place',
    'remove the pin first with `writ trust remove`, once you know why the root differs',
  ),
  TRUST_PIN: no(
    500,
    'a pinned root was damaged or exchanged on disk',
    'find out who changed it; then remove the pin and add the root again',
  ),
  TRUST_ROOT: no(
    500,
    'a trusted root of the configuration cannot be used',
    'check root, sha256 and url of the entry under trust',
  ),
  TRUST_STALE: no(
    503,
    'the metadata of a repository has expired, or was never verified',
    'check the connection to the repository and the clock; see the readiness of the service for the reason',
  ),
  TRUST_ROLE_EXPIRED: no(
    503,
    'a role that speaks for the image has expired',
    'ask the owner of the role to sign its metadata again; check the clock',
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
