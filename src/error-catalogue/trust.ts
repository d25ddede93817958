/** Error codes of the rooms that accept, mirror and judge. */
import { no, type ErrorEntry } from './entry.js';

export const TRUST_ERRORS = {
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
  REPOSITORY_PROPOSAL_UNKNOWN: no(
    404,
    'the role has no open proposal',
    'see `writ proposals`: it may be published, rejected or expired',
  ),
  REPOSITORY_PROPOSAL_OPEN: no(
    409,
    'the role has another proposal that waits for signatures',
    'approve it with `writ approve`, or reject it with `writ reject`',
  ),
  REPOSITORY_PROPOSAL_CHANGED: no(
    409,
    'the open proposal of the role is another one than was signed or rejected',
    'look at it again with `writ approve`',
  ),
  REPOSITORY_PROPOSAL_SIGNATURE: no(
    400,
    'a signature on a proposal does not count',
    'sign with a key that the delegating role lists for the role now',
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
} as const satisfies Record<string, ErrorEntry>;
