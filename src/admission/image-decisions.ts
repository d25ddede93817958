/** What is decided about each image, worked out once and kept while no answer could change. */
import type { Baselines } from '../entitlements/model.js';
import { isWritError, toWritError, type ErrorCode, type WritError } from '../errors.js';
import { MAX_REFERENCE } from '../image/grammar.js';
import { parseImageReference } from '../image/reference.js';
import type { TargetFinder } from '../policy/finder.js';
import type { AdmissionPolicy, Mode } from '../policy/model.js';
import type { PolicySet } from '../policy/policy-set.js';
import { vouchImage } from '../policy/vouch.js';
import type { Remap, Vouched } from '../policy/vouch-types.js';
import { SettingsMaker, type Settings } from './settings.js';

/** An image that somebody trusted has signed: enough to read it, as a volume. */
export interface VouchedImage {
  readonly kind: 'vouched';
  readonly image: string;
  readonly vouched: Vouched;
  readonly mode: Mode;
}

/** An image that may run, and what holds it. */
export interface GrantedImage extends Omit<VouchedImage, 'kind'> {
  readonly kind: 'granted';
  readonly settings: Settings;
}

export interface RefusedImage {
  readonly kind: 'refused';
  readonly image: string;
  readonly code: ErrorCode;
  readonly reason: string;
  readonly hint: string;
  readonly policy: AdmissionPolicy | undefined;
  /** `enforce` when no policy speaks for the image. */
  readonly mode: Mode;
}

export interface ImageDecision {
  readonly toRun: GrantedImage | RefusedImage;
  readonly toRead: VouchedImage | RefusedImage;
}

export interface ImageSources {
  /** The policies in force now; another object after a reload. */
  policies(): PolicySet;
  readonly finder: TargetFinder;
  /** Of mirrors. */
  readonly remap?: Remap | undefined;
  readonly baselines: Baselines;
}

interface Kept {
  readonly decision: ImageDecision;
  /** Milliseconds of the epoch from which it must be decided again. */
  readonly until: number;
}

/** Pairs of namespace and image that are kept; when they are more, all are forgotten. */
const MAX_KEPT = 20_000;

export class ImageDecisions {
  readonly #sources: ImageSources;
  readonly #settings: SettingsMaker;
  #kept = new Map<string, Kept>();
  #policies: PolicySet | undefined;
  #generation: number | undefined;

  constructor(sources: ImageSources) {
    this.#sources = sources;
    this.#settings = new SettingsMaker(sources.baselines);
  }

  /**
   * The decision about an image as a pod writes it.
   *
   * @returns never throws: whatever fails is a refusal that says what failed
   */
  decide(image: string, namespace: string, now: Date): ImageDecision {
    const policies = this.#sources.policies();
    this.#forgetWhenChanged(policies);
    const key = `${namespace} ${image}`;
    const kept = this.#kept.get(key);
    if (kept !== undefined && now.getTime() < kept.until) return kept.decision;
    const fresh = this.#work(image, namespace, now, policies);
    if (key.length <= MAX_REFERENCE + 64) this.#keep(key, fresh);
    return fresh.decision;
  }

  #forgetWhenChanged(policies: PolicySet): void {
    const { generation } = this.#sources.finder;
    if (policies === this.#policies && generation === this.#generation) return;
    this.#policies = policies;
    this.#generation = generation;
    this.#kept = new Map();
  }

  #keep(key: string, kept: Kept): void {
    if (this.#kept.size >= MAX_KEPT) this.#kept = new Map();
    this.#kept.set(key, kept);
  }

  #work(image: string, namespace: string, now: Date, policies: PolicySet): Kept {
    try {
      const reference = parseImageReference(image);
      const { finder, remap } = this.#sources;
      const vouch = vouchImage({ reference, namespace }, { policies, finder, remap, now });
      const until = vouch.validUntil?.getTime() ?? Infinity;
      if (vouch.kind === 'vouched') return { decision: this.#granted(image, vouch), until };
      const { code, reason: message, hint, policy } = vouch;
      const refusal = refused(image, { code, message, hint }, policy);
      return { decision: both(refusal), until: code === 'INTERNAL' ? 0 : until };
    } catch (error) {
      const refusal = refused(image, toWritError(error), undefined);
      return { decision: both(refusal), until: isWritError(error) ? Infinity : 0 };
    }
  }

  #granted(image: string, vouched: Vouched): ImageDecision {
    const { policy, effective } = vouched;
    const { mode } = policy;
    const toRead: VouchedImage = { kind: 'vouched', image, vouched, mode };
    try {
      const settings = this.#settings.settingsFor(effective, policy);
      return { toRead, toRun: { kind: 'granted', image, vouched, mode, settings } };
    } catch (error) {
      return { toRead, toRun: refused(image, toWritError(error), policy) };
    }
  }
}

const both = (refusal: RefusedImage): ImageDecision => ({ toRun: refusal, toRead: refusal });

function refused(
  image: string,
  { code, message, hint }: Pick<WritError, 'code' | 'message' | 'hint'>,
  policy: AdmissionPolicy | undefined,
): RefusedImage {
  return { kind: 'refused', image, code, reason: message, hint, policy, mode: policy?.mode ?? 'enforce' };
}
