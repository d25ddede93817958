/**
 * The one decision about an image: who may vouch for it here, what they signed, and what it may do.
 * Every failure on the way, also one that nobody expected, is a refusal that says what failed.
 */
import { excess, meet, type Excess, type Grants } from '../entitlements/grants.js';
import { toWritError, WritError } from '../errors.js';
import type { Digest } from '../image/digest.js';
import type { ImageReference } from '../image/reference.js';
import type { FoundTargets, SignedTarget } from './finder.js';
import type { AdmissionPolicy } from './model.js';
import { readSignedGrants } from './signed-grants.js';
import type { Evidence, Refused, Vouch, Vouched, VouchQuestion, VouchSources } from './vouch-types.js';

/**
 * Decide about one image. A tag is resolved by its signed target to a digest, and the digest must be a signed target
 * itself: that one carries the grants. So a pod by tag and the same pod pinned to the digest get the same answer.
 *
 * @returns never throws; a refusal has one of the codes POLICY_NO_MATCH, POLICY_AMBIGUOUS, POLICY_UNSIGNED,
 *   POLICY_THRESHOLD, POLICY_DIGESTS, POLICY_DIGEST_MISMATCH, POLICY_GRANTS, POLICY_EXCESS, GRANTS_ABSENT,
 *   TRUST_UNKNOWN, TRUST_STALE, TRUST_ROLE_EXPIRED, INTERNAL
 */
export function vouchImage(question: VouchQuestion, sources: VouchSources): Vouch {
  const decision: Decision = { policy: undefined, validUntil: undefined };
  try {
    const signedName = sources.remap?.(question.reference) ?? question.reference;
    decision.policy = sources.policies.select(question.namespace, signedName);
    return decide({ ...question, signedName }, sources, decision.policy, decision);
  } catch (error) {
    return refusal(question, decision, error);
  }
}

interface SignedQuestion extends VouchQuestion {
  /** The reference under the name that was signed: policies and targets speak of that one. */
  readonly signedName: ImageReference;
}

/** What is known so far, for the refusal if it comes to one. */
interface Decision {
  policy: AdmissionPolicy | undefined;
  validUntil: Date | undefined;
}

function decide(
  { reference, signedName, namespace }: SignedQuestion,
  { finder, now }: VouchSources,
  policy: AdmissionPolicy,
  decision: Decision,
): Vouched {
  const find = (image: ImageReference): Evidence[] => {
    const found = finder.find(policy.trust.repository, policy.trust.roles, image, now);
    decision.validUntil = earlier(decision.validUntil, found.validUntil);
    return counted(found, image, policy);
  };
  const digest = reference.digest ?? agreedDigest(find(signedName), signedName, policy);
  const signedAs = signedName.withDigest(digest);
  const evidence = find(signedAs);
  refuseOtherDigest(evidence, digest, signedAs);
  const granted = grantedBy(evidence, policy, signedAs);
  const clamped = excess(granted, policy.authority);
  if (clamped.length > 0 && policy.onExcess === 'deny') throw tooMuch(clamped, signedAs, policy);
  return {
    kind: 'vouched',
    reference,
    pinned: reference.withDigest(digest),
    signedAs,
    digest,
    namespace,
    policy,
    evidence,
    signed: meetOf(evidence.flatMap(({ grants }) => grants ?? [])),
    authority: policy.authority,
    effective: meet(granted, policy.authority),
    clamped,
    warnings: clamped.map(over => `${signedAs.toString()}: ${describe(over)} (policy ${policy.name})`),
    validUntil: earlier(decision.validUntil, undefined) ?? now,
  };
}

/** The targets of one image, once enough of the trusted roles have signed it; with the grants that they carry. */
function counted(
  { targets, expired }: FoundTargets,
  image: ImageReference,
  policy: AdmissionPolicy,
): Evidence[] {
  const { repository, roles, threshold } = policy.trust;
  const [gone] = expired;
  if (gone !== undefined) {
    throw new WritError(
      'TRUST_ROLE_EXPIRED',
      `the role ${gone.role} of ${repository}, which speaks for ${image.toString()}, expired on ${gone.since.toISOString()}`,
      { details: { repository, role: gone.role, expired: gone.since.toISOString() } },
    );
  }
  if (targets.length === 0) {
    throw new WritError(
      'POLICY_UNSIGNED',
      `${image.toString()} is not signed by ${roles.join(' or ')} of ${repository} (policy ${policy.name})`,
    );
  }
  refuseFewer(new Set(targets.map(({ role }) => role)).size, threshold, image, policy);
  return targets.map(target => ({
    ...target,
    grants: readSignedGrants(policy.authority.catalogue, target.custom),
  }));
}

function refuseFewer(
  signed: number,
  threshold: number,
  image: ImageReference,
  policy: AdmissionPolicy,
): void {
  if (signed >= threshold) return;
  throw new WritError(
    'POLICY_THRESHOLD',
    `${image.toString()} is signed by ${signed} of the ${threshold} roles that the policy ${policy.name} asks for`,
    { details: { needed: threshold, counted: signed, roles: policy.trust.roles } },
  );
}

/** The digest that the threshold of roles agrees on; two such digests are none. */
function agreedDigest(
  targets: readonly SignedTarget[],
  image: ImageReference,
  policy: AdmissionPolicy,
): Digest {
  const votes = new Map<Digest, number>();
  for (const { digest } of targets) votes.set(digest, (votes.get(digest) ?? 0) + 1);
  const [agreed, rival] = [...votes].filter(([, count]) => count >= policy.trust.threshold);
  if (agreed !== undefined && rival === undefined) return agreed[0];
  throw new WritError(
    'POLICY_DIGESTS',
    `the roles ${targets.map(({ role }) => role).join(' and ')} sign different digests of ${image.toString()}`,
    { details: { signed: targets.map(({ role, digest }) => ({ role, digest })) } },
  );
}

/** A target that is named after one digest and describes another. */
function refuseOtherDigest(targets: readonly SignedTarget[], digest: Digest, image: ImageReference): void {
  const other = targets.find(target => target.digest !== digest);
  if (other === undefined) return;
  throw new WritError(
    'POLICY_DIGEST_MISMATCH',
    `the role ${other.role} of ${other.repository} signs ${other.digest} under the name ${image.toString()}`,
    { details: { role: other.role, signed: other.digest } },
  );
}

/** What the evidence and the policy give together, before the authority limits it. */
function grantedBy(evidence: readonly Evidence[], policy: AdmissionPolicy, image: ImageReference): Grants {
  if (policy.ignoreSigned) return policy.authority;
  const granted = meetOf(evidence.map(({ grants }) => grants ?? withoutGrants(policy, image)));
  if (granted !== undefined) return granted;
  throw new WritError('INTERNAL', `no target vouches for ${image.toString()}`);
}

function withoutGrants(policy: AdmissionPolicy, image: ImageReference): Grants {
  switch (policy.unsignedGrants.kind) {
    case 'authority':
      return policy.authority;
    case 'preset':
      return policy.unsignedGrants.grants;
    case 'deny':
      throw new WritError(
        'GRANTS_ABSENT',
        `${image.toString()} is signed without grants, which the policy ${policy.name} does not accept`,
      );
  }
}

const meetOf = (all: readonly Grants[]): Grants | undefined =>
  all.reduce<Grants | undefined>(
    (low, grants) => (low === undefined ? grants : meet(low, grants)),
    undefined,
  );

function tooMuch(over: readonly Excess[], image: ImageReference, policy: AdmissionPolicy): WritError {
  return new WritError(
    'POLICY_EXCESS',
    `${image.toString()} is signed with more than the policy ${policy.name} allows: ${over.map(describe).join('; ')}`,
    { details: { policy: policy.name, excess: over } },
  );
}

/** `network=admin is signed, network=user is allowed`. */
function describe({ domain, asked, allowed, voidedBy }: Excess): string {
  const why = voidedBy === undefined ? 'is signed' : `comes with the signed ${voidedBy}`;
  return `${domain}=${asked} ${why}, ${domain}=${allowed} is allowed`;
}

const earlier = (a: Date | undefined, b: Date | undefined): Date | undefined =>
  a === undefined || (b !== undefined && b < a) ? b : a;

function refusal({ reference, namespace }: VouchQuestion, decision: Decision, error: unknown): Refused {
  const { code, message, hint, details } = toWritError(error);
  return {
    kind: 'refused',
    reference,
    namespace,
    policy: decision.policy,
    code,
    reason: message,
    hint,
    details,
    validUntil: decision.validUntil,
  };
}
