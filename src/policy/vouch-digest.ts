/** The decision about a digest whose name nobody knows: a runtime sees what it starts, not what it was called. */
import { meet, type Grants } from '../entitlements/grants.js';
import { toWritError, WritError, type ErrorCode } from '../errors.js';
import type { Digest } from '../image/digest.js';
import type { DigestFinder } from './finder.js';
import { vouchImage } from './vouch.js';
import type { Refused, Vouch, Vouched, VouchSources } from './vouch-types.js';

export interface DigestVouched {
  readonly kind: 'vouched';
  /** As asked: of an index, of a manifest, or of a configuration. */
  readonly digest: Digest;
  /** One for each name under which a trusted role has signed it, at least one. */
  readonly vouches: readonly [Vouched, ...Vouched[]];
  /** The meet of what each name may do. */
  readonly effective: Grants;
  readonly validUntil: Date;
}

export interface DigestRefused {
  readonly kind: 'refused';
  readonly digest: Digest;
  readonly code: ErrorCode;
  readonly reason: string;
  readonly hint: string;
  /** The names that were considered. */
  readonly refusals: readonly Refused[];
}

/** Names under which nobody that counts here has signed it: they neither help nor harm. */
const NOT_TRUSTED_HERE: ReadonlySet<ErrorCode> = new Set([
  'POLICY_NO_MATCH',
  'POLICY_UNSIGNED',
  'POLICY_THRESHOLD',
]);

/**
 * Decide about a digest by every name it is signed under. A name whose policy trusts the signer and still refuses (too
 * much, expired, unreadable) refuses all: which name the container was started by is not known.
 *
 * @returns never throws; a refusal has POLICY_UNSIGNED when no name counts, INTERNAL, or the code of a name's refusal
 */
export function vouchDigest(
  digest: Digest,
  namespace: string,
  sources: VouchSources & { readonly finder: DigestFinder },
): DigestVouched | DigestRefused {
  try {
    const all = sources.finder
      .byDigest(digest)
      .map(reference => vouchImage({ reference, namespace }, sources));
    return combine(digest, all);
  } catch (error) {
    return refused(digest, error, []);
  }
}

function combine(digest: Digest, all: readonly Vouch[]): DigestVouched | DigestRefused {
  const refusals = all.filter(vouch => vouch.kind === 'refused');
  const harm = refusals.find(({ code }) => !NOT_TRUSTED_HERE.has(code));
  if (harm !== undefined) {
    return { kind: 'refused', digest, code: harm.code, reason: harm.reason, hint: harm.hint, refusals };
  }
  const [first, ...rest] = all.filter(vouch => vouch.kind === 'vouched');
  if (first === undefined) {
    const error = new WritError(
      'POLICY_UNSIGNED',
      `${digest} is not signed by a role that is trusted for it here`,
    );
    return refused(digest, error, refusals);
  }
  return {
    kind: 'vouched',
    digest,
    vouches: [first, ...rest],
    effective: rest.reduce((low, { effective }) => meet(low, effective), first.effective),
    validUntil: rest.reduce(
      (soon, { validUntil }) => (validUntil < soon ? validUntil : soon),
      first.validUntil,
    ),
  };
}

function refused(digest: Digest, error: unknown, refusals: readonly Refused[]): DigestRefused {
  const { code, message, hint } = toWritError(error);
  return { kind: 'refused', digest, code, reason: message, hint, refusals };
}
