/** The lookup: which profile holds an image on one kind of node. */
import type { Grants } from '../entitlements/grants.js';
import type { Target } from '../entitlements/target.js';
import { WritError, type ErrorCode } from '../errors.js';
import { isDigest, type Digest } from '../image/digest.js';
import { quote } from '../json/quote.js';
import { parseImageReference, type ImageReference } from '../image/reference.js';
import type { JsonObject } from '../json/types.js';
import type { DigestFinder } from '../policy/finder.js';
import { isNamespace } from '../policy/namespace.js';
import type { PolicySet } from '../policy/policy-set.js';
import { vouchDigest } from '../policy/vouch-digest.js';
import { vouchImage } from '../policy/vouch.js';
import type { Remap, Vouched } from '../policy/vouch-types.js';
import type { Clock } from '../tuf/ports.js';
import type { ProfileKeeper } from './profiles.js';

export interface LookupQuestion {
  readonly image: ImageReference | Digest;
  /** The scope: a digest counts only where a policy of this namespace trusts it. */
  readonly namespace: string;
  readonly target: Target;
}

export interface LookupSources {
  /** The policies in force now. */
  policies(): PolicySet;
  readonly finder: DigestFinder;
  /** Of mirrors. */
  readonly remap?: Remap | undefined;
  readonly profiles: ProfileKeeper;
  readonly clock: Clock;
}

/** The answer of `GET /v1/lookup`. */
export interface LookupAnswer extends JsonObject {
  /** Pinned: `registry.example/team/app@sha256:…`. */
  readonly image: string;
  readonly digest: string;
  readonly repository: string;
  readonly role: string;
  readonly grants: JsonObject;
  /** SHA-256 in hex: the name of the profile on every node. */
  readonly intent: string;
  /** `sha256:…` of the bytes that `GET /v1/profiles/` gives. */
  readonly profile: string;
  /** RFC 3339: from then on, ask again. */
  readonly expires: string;
  readonly evidence: readonly JsonObject[];
}

const PARAMETERS: ReadonlySet<string> = new Set([
  'image',
  'namespace',
  'arch',
  'runtime',
  'libseccomp',
  'kernel',
]);

/**
 * Read the query of `GET /v1/lookup`.
 *
 * @param query - `image`, `namespace`, `arch`, `runtime`; `libseccomp` and `kernel` may be absent
 * @throws WritError LOOKUP_QUESTION when a parameter is missing, unknown, empty or given twice, IMAGE_REFERENCE,
 *   IMAGE_DIGEST
 */
export function parseLookup(query: URLSearchParams): LookupQuestion {
  for (const name of query.keys()) {
    if (!PARAMETERS.has(name)) throw question(`there is no parameter ${quote(name)}`);
    if (query.getAll(name).length > 1) throw question(`the parameter ${name} is given twice`);
  }
  const image = needed(query, 'image');
  const namespace = needed(query, 'namespace');
  if (!isNamespace(namespace)) throw question(`${quote(namespace)} cannot be a namespace`);
  const libseccomp = query.get('libseccomp');
  const kernel = query.get('kernel');
  return {
    image: isDigest(image) ? image : parseImageReference(image),
    namespace,
    target: {
      arch: needed(query, 'arch'),
      runtime: needed(query, 'runtime'),
      ...(libseccomp === null ? {} : { libseccomp }),
      ...(kernel === null ? {} : { kernel }),
    },
  };
}

function needed(query: URLSearchParams, name: string): string {
  const value = query.get(name);
  if (value === null || value === '') throw question(`the parameter ${name} is missing`);
  return value;
}

const question = (what: string): WritError => new WritError('LOOKUP_QUESTION', what);

/**
 * Look an image up.
 *
 * @throws WritError LOOKUP_UNKNOWN (404) when nobody has signed it, LOOKUP_REFUSED (403) when nobody that counts here
 *   has, or the policy refuses it, LOOKUP_STALE (503) when what is known has expired, PROFILE_* (400) when the node is
 *   not covered. `details.reason` is the code of the refusal.
 */
export function lookUp({ image, namespace, target }: LookupQuestion, sources: LookupSources): LookupAnswer {
  const policies = sources.policies();
  const { finder, profiles, clock, remap } = sources;
  const from = { policies, finder, now: clock.now() };
  if (typeof image !== 'string') {
    const vouch = vouchImage({ reference: image, namespace }, { ...from, remap });
    if (vouch.kind === 'refused') throw refusal(vouch, image.digest, finder);
    return answer([vouch], vouch.effective, vouch.validUntil, profiles, target);
  }
  const vouch = vouchDigest(image, namespace, from);
  if (vouch.kind === 'refused') throw refusal(vouch, image, finder);
  return answer(vouch.vouches, vouch.effective, vouch.validUntil, profiles, target);
}

function answer(
  vouches: readonly [Vouched, ...Vouched[]],
  effective: Grants,
  expires: Date,
  profiles: ProfileKeeper,
  target: Target,
): LookupAnswer {
  const [{ pinned, digest, evidence, policy }] = vouches;
  const { profile, digest: profileDigest } = profiles.profileFor(effective, target);
  return {
    image: pinned.toString(),
    digest,
    repository: policy.trust.repository,
    role: evidence[0]?.role ?? '',
    grants: effective.toJson(),
    intent: profile.intent,
    profile: profileDigest,
    expires: expires.toISOString(),
    evidence: vouches.flatMap(vouch => vouch.evidence.map(each => shown(each, vouch))),
  };
}

function shown(
  { repository, role, path, version, signedBy, grants }: Vouched['evidence'][number],
  { policy }: Vouched,
): JsonObject {
  const signed = grants === undefined ? {} : { grants: grants.toJson() };
  return { repository, role, path, version, signedBy: [...signedBy], policy: policy.name, ...signed };
}

interface Refusal {
  readonly code: ErrorCode;
  readonly reason: string;
  readonly hint: string;
}

const STALE: ReadonlySet<string> = new Set(['TRUST_STALE', 'TRUST_ROLE_EXPIRED']);

function refusal(
  { code, reason, hint }: Refusal,
  digest: Digest | undefined,
  finder: DigestFinder,
): WritError {
  if (code === 'INTERNAL') return new WritError('INTERNAL', reason);
  const details = { reason: code };
  if (STALE.has(code)) return new WritError('LOOKUP_STALE', reason, { hint, details });
  if (code !== 'POLICY_UNSIGNED' || isKnown(digest, finder)) {
    return new WritError('LOOKUP_REFUSED', reason, { hint, details });
  }
  return new WritError('LOOKUP_UNKNOWN', reason, { hint, details });
}

/** Signed by somebody, if by nobody that counts here. */
function isKnown(digest: Digest | undefined, finder: DigestFinder): boolean {
  return digest !== undefined && finder.byDigest(digest).length > 0;
}
