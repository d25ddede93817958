/** The webhook without its HTTP: bytes of a review in, bytes of the answer out. */
import { toWritError, type WritError } from '../errors.js';
import type { Clock } from '../tuf/ports.js';
import { answerText } from './answer.js';
import { decide, failed } from './decide.js';
import type { Decision, Phase } from './decision.js';
import { ImageDecisions, type ImageSources } from './image-decisions.js';
import { logLine } from './log.js';
import { parseEnvelope, readReview, type Envelope, type Review } from './review.js';

export interface AdmissionOptions extends ImageSources {
  readonly clock: Clock;
  /** Takes what makes one line of the decision log, without its end; it need not be made at once. */
  readonly log?: (line: () => string) => void;
}

export type Handled =
  /** `answer` is an AdmissionReview as JSON. */
  | { readonly kind: 'answer'; readonly answer: string; readonly decision: Decision }
  /** No review could be read, so there is no uid to answer to: an HTTP error, by the status of the code. */
  | { readonly kind: 'unreadable'; readonly error: WritError };

export class Admission {
  readonly #options: AdmissionOptions;
  readonly #images: ImageDecisions;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    this.#images = new ImageDecisions(options);
  }

  /**
   * Answer the bytes of one AdmissionReview. Writes nothing but the log line, so a dry run needs no care.
   *
   * @param bytes - at most 7 MiB
   * @returns never throws
   */
  handle(bytes: Uint8Array, phase: Phase): Handled {
    let envelope: Envelope;
    try {
      envelope = parseEnvelope(bytes);
    } catch (error) {
      return { kind: 'unreadable', error: toWritError(error) };
    }
    return this.#answer(envelope, phase);
  }

  /** Decide about a review that was read or made already, such as by `reviewOfPod`; logs the decision. */
  decide(review: Review, phase: Phase): Decision {
    const now = this.#options.clock.now();
    const start = performance.now();
    const decision = decide(review, phase, this.#images, now);
    this.#log(review, phase, decision, { now, millis: performance.now() - start });
    return decision;
  }

  #log(review: Review, phase: Phase, decision: Decision, when: { now: Date; millis: number }): void {
    const { uid, operation, subResource, namespace, name, user, dryRun } = review;
    const asked = { uid, operation, subResource, namespace, name, user, dryRun };
    this.#options.log?.(() => logLine(asked, phase, decision, when));
  }

  #answer(envelope: Envelope, phase: Phase): Handled {
    let review: Review;
    try {
      review = readReview(envelope);
    } catch (error) {
      const decision = failed(error);
      const nameless = { uid: envelope.uid, name: '', namespace: '' };
      return { kind: 'answer', answer: answerText(nameless, decision), decision };
    }
    const decision = this.decide(review, phase);
    return { kind: 'answer', answer: answerText(review, decision), decision };
  }
}
