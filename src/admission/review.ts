/**
 * AdmissionReview v1, as a Kubernetes API server sends it.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#request
 */
import { WritError } from '../errors.js';
import { parseStrict } from '../json/strict.js';
import { asArray, asObject, asString, stringAt } from '../json/read.js';
import { member, type JsonObject, type JsonValue } from '../json/types.js';

/** The largest review that is read; the API server's largest object was seen to make one of 3.2 MB. */
export const MAX_REVIEW_BYTES = 7 * 1024 * 1024;

export type Operation = 'CREATE' | 'UPDATE' | 'DELETE' | 'CONNECT';

const OPERATIONS: ReadonlySet<string> = new Set(['CREATE', 'UPDATE', 'DELETE', 'CONNECT']);
const isOperation = (text: string): text is Operation => OPERATIONS.has(text);

/** A review whose uid is known, so that it can be answered, whatever else is wrong with it. */
export interface Envelope {
  readonly uid: string;
  readonly request: JsonObject;
}

export interface Review {
  readonly uid: string;
  readonly operation: Operation;
  /** `/v1/Pod`: group, version and kind of the object as it was sent to us. */
  readonly kind: string;
  /** `pods`, `deployments`. */
  readonly resource: string;
  /** Empty for the object itself; `status`, `ephemeralcontainers`. */
  readonly subResource: string;
  readonly namespace: string;
  readonly name: string;
  /** The authenticated user who asks. */
  readonly user: string;
  readonly dryRun: boolean;
  /** What shall be; absent on DELETE. */
  readonly object: JsonObject | undefined;
  /** What is; absent on CREATE. */
  readonly oldObject: JsonObject | undefined;
}

/**
 * Read the bytes of one AdmissionReview as far as its uid.
 *
 * @param bytes - UTF-8 JSON, at most {@link MAX_REVIEW_BYTES}; duplicate keys and lone surrogates are refused
 * @throws WritError ADMISSION_REVIEW, JSON_SIZE, JSON_SYNTAX, JSON_UTF8, JSON_DEPTH, JSON_DUPLICATE_KEY,
 *   JSON_SURROGATE, JSON_NUMBER
 */
export function parseEnvelope(bytes: Uint8Array): Envelope {
  const review = parseStrict(bytes, { maxBytes: MAX_REVIEW_BYTES, numbers: 'any' });
  return malformedAs(() => {
    const body = asObject(review, 'review');
    expect(stringAt(body, 'kind', 'review') === 'AdmissionReview', 'its kind is not AdmissionReview');
    expect(
      stringAt(body, 'apiVersion', 'review') === 'admission.k8s.io/v1',
      'its apiVersion is not admission.k8s.io/v1',
    );
    const request = asObject(member(body, 'request'), 'request');
    const uid = stringAt(request, 'uid', 'request');
    expect(uid.length > 0 && uid.length <= 256, 'its uid is empty or longer than 256 characters');
    return { uid, request };
  });
}

/**
 * Read the request of a review.
 *
 * @throws WritError ADMISSION_REVIEW when a member is missing or of another type
 */
export function readReview({ uid, request }: Envelope): Review {
  return malformedAs(() => {
    const operation = stringAt(request, 'operation', 'request');
    if (!isOperation(operation))
      throw malformed('request.operation is none of CREATE, UPDATE, DELETE, CONNECT');
    const kind = asObject(member(request, 'kind'), 'request.kind');
    const resource = asObject(member(request, 'resource'), 'request.resource');
    return {
      uid,
      operation,
      kind: `${textOr(kind, 'group', 'request.kind')}/${textOr(kind, 'version', 'request.kind')}/${textOr(kind, 'kind', 'request.kind')}`,
      resource: textOr(resource, 'resource', 'request.resource'),
      subResource: textOr(request, 'subResource', 'request'),
      namespace: textOr(request, 'namespace', 'request'),
      name: textOr(request, 'name', 'request'),
      user: userOf(request),
      dryRun: member(request, 'dryRun') === true,
      object: objectOr(request, 'object'),
      oldObject: objectOr(request, 'oldObject'),
    };
  });
}

/** A review as the API server would send it for `pod`: what `writ admit` decides about. */
export function reviewOfPod(
  pod: JsonObject,
  { namespace, operation }: { namespace: string; operation: 'CREATE' | 'UPDATE' },
): Review {
  const metadata = objectOr(pod, 'metadata') ?? {};
  return {
    uid: 'writ-admit',
    operation,
    kind: '/v1/Pod',
    resource: 'pods',
    subResource: '',
    namespace,
    name: textOr(metadata, 'name', 'metadata'),
    user: '',
    dryRun: true,
    object: pod,
    oldObject: undefined,
  };
}

function userOf(request: JsonObject): string {
  const info = objectOr(request, 'userInfo');
  return info === undefined ? '' : textOr(info, 'username', 'request.userInfo');
}

/** The member as text; empty when it is absent or null, as Go omits empty strings. */
export function textOr(object: JsonObject, key: string, path: string): string {
  const value = member(object, key);
  return value === undefined || value === null ? '' : asString(value, `${path}.${key}`);
}

/** The member as an object; undefined when it is absent or null. */
export function objectOr(object: JsonObject, key: string): JsonObject | undefined {
  const value = member(object, key);
  return value === undefined || value === null ? undefined : asObject(value, key);
}

/** The member as a list; empty when it is absent or null. */
export function listOr(object: JsonObject, key: string): readonly JsonValue[] {
  const value = member(object, key);
  return value === undefined || value === null ? [] : asArray(value, key);
}

function expect(holds: boolean, otherwise: string): void {
  if (!holds) throw malformed(otherwise);
}

function malformed(what: string, cause?: unknown): WritError {
  return new WritError('ADMISSION_REVIEW', `the AdmissionReview is malformed: ${what}`, { cause });
}

/** Runs a reader, and says of what it throws that the review is malformed. */
function malformedAs<T>(read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof WritError && error.code === 'JSON_TYPE') throw malformed(error.message, error);
    throw error;
  }
}
