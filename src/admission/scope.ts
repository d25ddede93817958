/** What of the reviews is decided at all. */
import type { ErrorCode } from '../errors.js';
import { ERROR_CATALOGUE } from '../errors.js';
import { quote } from '../json/quote.js';
import { isJsonObject, member, type JsonObject, type JsonValue } from '../json/types.js';
import { LOOSENING } from './annotations.js';
import type { Finding } from './decision.js';
import { sameJson } from './equal.js';
import { objectOr, textOr, type Review } from './review.js';

/** What a patch may touch; everything else is immutable in this operation. */
export type Editable = 'everything' | 'images' | 'ephemeral' | 'nothing';

export interface PodReview {
  readonly kind: 'decide' | 'mirror';
  readonly review: Review;
  readonly pod: JsonObject;
  readonly metadata: JsonObject;
  readonly spec: JsonObject;
  /** The pod as it is now; undefined on CREATE. */
  readonly old: JsonObject | undefined;
  readonly editable: Editable;
}

export type Scope =
  | PodReview
  | { readonly kind: 'passed'; readonly reason: string }
  | { readonly kind: 'denied'; readonly finding: Finding };

/** A mirror pod shows what a kubelet already runs from a file; only that kubelet may say so. */
const MIRROR = 'kubernetes.io/config.mirror';

/**
 * Whether a review is decided. What passes cannot start a container, or changes nothing that a container is made of.
 *
 * @throws WritError JSON_TYPE when a member has another type
 */
export function scopeOf(review: Review): Scope {
  const { operation, subResource, object } = review;
  if (operation === 'DELETE' || operation === 'CONNECT') {
    return { kind: 'passed', reason: `${operation} is not decided` };
  }
  if (review.kind !== '/v1/Pod' || review.resource !== 'pods') {
    return denied('ADMISSION_KIND', `${quote(review.kind)} is not decided here, only pods are`);
  }
  const editable = editableIn(operation, subResource);
  if (editable === undefined) {
    return denied('ADMISSION_KIND', `${operation} of pods/${quote(subResource)} is not decided here`);
  }
  if (editable === 'status') return { kind: 'passed', reason: 'a status changes no container' };
  if (object === undefined) return denied('ADMISSION_POD', 'the review has no object');
  return scopeOfPod(review, object, editable);
}

function editableIn(operation: 'CREATE' | 'UPDATE', subResource: string): Editable | 'status' | undefined {
  if (operation === 'CREATE') return subResource === '' ? 'everything' : undefined;
  switch (subResource) {
    case '':
      return 'images';
    case 'ephemeralcontainers':
      return 'ephemeral';
    case 'resize':
      return 'nothing';
    case 'status':
      return 'status';
    default:
      return undefined;
  }
}

function scopeOfPod(review: Review, pod: JsonObject, editable: Editable): Scope {
  const metadata = objectOr(pod, 'metadata') ?? {};
  const spec = objectOr(pod, 'spec');
  if (spec === undefined) return denied('ADMISSION_POD', 'the pod has no spec');
  if (!isPod(pod)) return denied('ADMISSION_KIND', 'the object is not a Pod of v1');
  const namespace = textOr(metadata, 'namespace', 'metadata');
  if (namespace !== '' && namespace !== review.namespace) {
    return denied(
      'ADMISSION_POD',
      `the pod says namespace ${quote(namespace)}, the review ${quote(review.namespace)}`,
    );
  }
  const old = review.operation === 'UPDATE' ? review.oldObject : undefined;
  const unchanged = old === undefined ? undefined : whyUnchanged(old, spec, metadata);
  if (unchanged !== undefined) return { kind: 'passed', reason: unchanged };
  return mirrored({ kind: 'decide', review, pod, metadata, spec, old, editable });
}

function isPod(pod: JsonObject): boolean {
  const kind = member(pod, 'kind') ?? 'Pod';
  const version = member(pod, 'apiVersion') ?? 'v1';
  return kind === 'Pod' && version === 'v1';
}

/** Only what the API server says of the old object counts: the new one is written by whoever asks. */
function whyUnchanged(old: JsonObject, spec: JsonObject, metadata: JsonObject): string | undefined {
  const before = objectOr(old, 'metadata') ?? {};
  const deleted = member(before, 'deletionTimestamp');
  if (typeof deleted === 'string' && deleted !== '') return 'the pod is being deleted';
  const same = sameJson(spec, member(old, 'spec')) && sameLoosening(before, metadata);
  return same ? 'the spec is unchanged' : undefined;
}

function sameLoosening(before: JsonObject, after: JsonObject): boolean {
  const was = objectOr(before, 'annotations') ?? {};
  return annotationsOf(after).every(
    ([key, value]) => (key !== MIRROR && !LOOSENING.test(key)) || member(was, key) === value,
  );
}

const annotationsOf = (metadata: JsonObject): [string, JsonValue][] =>
  Object.entries(objectOr(metadata, 'annotations') ?? {});

function mirrored(scope: PodReview): Scope {
  const { review, metadata, spec } = scope;
  const annotations = member(metadata, 'annotations');
  if (!isJsonObject(annotations) || !Object.hasOwn(annotations, MIRROR)) return scope;
  const node = textOr(spec, 'nodeName', 'spec');
  if (node !== '' && review.user === `system:node:${node}`) return { ...scope, kind: 'mirror' };
  return denied(
    'ADMISSION_MIRROR',
    `${quote(review.user)} may not make a mirror pod of the node ${quote(node)}`,
  );
}

function denied(code: ErrorCode, message: string): Scope {
  return { kind: 'denied', finding: { code, message, hint: ERROR_CATALOGUE[code].hint } };
}
