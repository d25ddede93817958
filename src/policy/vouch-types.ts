/** What is decided about one image: every outcome with its evidence. `admission/` and `runtime/` put it into words. */
import type { ErrorCode } from '../errors.js';
import type { Excess, Grants } from '../entitlements/grants.js';
import type { Digest } from '../image/digest.js';
import type { ImageReference } from '../image/reference.js';
import type { SignedTarget, TargetFinder } from './finder.js';
import type { AdmissionPolicy } from './model.js';
import type { PolicySet } from './policy-set.js';

/** What is asked: an image as somebody wrote it, and where it is to run. */
export interface VouchQuestion {
  readonly reference: ImageReference;
  readonly namespace: string;
}

/** All of it is in memory: a decision waits for nothing. */
export interface VouchSources {
  readonly policies: PolicySet;
  readonly finder: TargetFinder;
  readonly now: Date;
  /** From the name of a copy to the name that was signed; without it, every image is asked for by its own name. */
  readonly remap?: Remap | undefined;
}

/** As `parseRemap` makes it. @throws WritError IMAGE_REFERENCE */
export type Remap = (reference: ImageReference) => ImageReference;

/** One signed target that counted, and the grants it carries. */
export interface Evidence extends SignedTarget {
  /** Undefined when the target carries none: not the same as empty grants. */
  readonly grants: Grants | undefined;
}

export interface Vouched {
  readonly kind: 'vouched';
  /** As asked. */
  readonly reference: ImageReference;
  /** The same image by the digest that was signed: what must run. */
  readonly pinned: ImageReference;
  /** {@link pinned} under the name that was signed: another one for the image of a mirror. */
  readonly signedAs: ImageReference;
  readonly digest: Digest;
  readonly namespace: string;
  readonly policy: AdmissionPolicy;
  /** The targets of the digest, one for each role that signed it; at least the policy's threshold. */
  readonly evidence: readonly Evidence[];
  /** The meet of what was signed; undefined when none of the targets carries grants. */
  readonly signed: Grants | undefined;
  readonly authority: Grants;
  /** What the image may do: never above the authority, voided domains counted. */
  readonly effective: Grants;
  /** Where the signed grants went beyond the authority and were clamped. */
  readonly clamped: readonly Excess[];
  /** For people, without control characters: one sentence each. */
  readonly warnings: readonly string[];
  /** From this second on, decide again. */
  readonly validUntil: Date;
}

export interface Refused {
  readonly kind: 'refused';
  readonly reference: ImageReference;
  readonly namespace: string;
  /** Undefined when none applies, or none alone. */
  readonly policy: AdmissionPolicy | undefined;
  readonly code: ErrorCode;
  /** One sentence that names the image and the rule. */
  readonly reason: string;
  /** What to do next. */
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;
  /** From this second on, decide again; undefined when time alone changes nothing. */
  readonly validUntil: Date | undefined;
}

export type Vouch = Vouched | Refused;
