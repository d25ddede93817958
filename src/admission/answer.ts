/**
 * The answer on the wire.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response
 */
import type { ErrorCode } from '../errors.js';
import type { JsonObject } from '../json/types.js';
import type { Decision, Findings } from './decision.js';
import { explainDenial, printable, wireWarnings } from './explain.js';
import type { Review } from './review.js';

/** The AdmissionReview that answers a review. */
export interface AnswerReview extends JsonObject {
  readonly apiVersion: 'admission.k8s.io/v1';
  readonly kind: 'AdmissionReview';
  readonly response: JsonObject;
}

/** @param review - at least the uid, which the answer echoes */
export function answerTo(
  review: Pick<Review, 'uid' | 'name' | 'namespace'>,
  decision: Decision,
): AnswerReview {
  return {
    apiVersion: 'admission.k8s.io/v1',
    kind: 'AdmissionReview',
    response: { uid: review.uid, ...responseOf(review, decision) },
  };
}

function responseOf(review: Pick<Review, 'name' | 'namespace'>, decision: Decision): JsonObject {
  switch (decision.kind) {
    case 'passed':
      return { allowed: true };
    case 'denied':
      return denial(review, decision);
    case 'allowed':
      return {
        allowed: true,
        ...patchOf(decision.patch),
        ...(decision.warnings.length > 0 ? { warnings: wireWarnings(decision.warnings) } : {}),
        auditAnnotations: audit(decision),
      };
  }
}

/** No patch at all where nothing changes: a validating answer with one, even empty, counts as a failure. */
function patchOf(patch: Extract<Decision, { kind: 'allowed' }>['patch']): JsonObject {
  if (patch.length === 0) return {};
  return { patchType: 'JSONPatch', patch: Buffer.from(JSON.stringify(patch)).toString('base64') };
}

function denial(
  review: Pick<Review, 'name' | 'namespace'>,
  decision: Decision & { kind: 'denied' },
): JsonObject {
  const code = decision.findings.enforce.first[0]?.code ?? 'INTERNAL';
  const message = explainDenial(review, decision);
  const warnings = decision.findings.warn.first.map(finding => finding.message);
  return {
    allowed: false,
    status: { status: 'Failure', code: statusOf(code), reason: code, message },
    ...(warnings.length > 0 ? { warnings: wireWarnings(warnings) } : {}),
    auditAnnotations: audit(decision),
  };
}

/** 403 for what is denied by a rule; the others say that no rule was reached. */
function statusOf(code: ErrorCode): number {
  if (code === 'INTERNAL') return 500;
  return code === 'ADMISSION_REVIEW' ? 400 : 403;
}

const MAX_AUDIT = 1_024;

/** For the audit log of the API server, which puts the name of the webhook before each key. */
function audit(decision: Extract<Decision, { kind: 'allowed' | 'denied' }>): JsonObject {
  const all: [string, string][] = [
    ['decision', decision.kind],
    ['policies', listed(decision.images.map(({ policy }) => policy ?? ''))],
    ['intents', listed(decision.images.map(({ intent }) => intent ?? ''))],
    ['denied', codes(decision.findings, 'enforce')],
    ['warned', codes(decision.findings, 'warn')],
    ['audited', messages(decision.findings)],
  ];
  return Object.fromEntries(
    all
      .filter(([, value]) => value !== '')
      .map(([key, value]) => [key, printable(value).slice(0, MAX_AUDIT)]),
  );
}

const listed = (names: readonly string[]): string =>
  [...new Set(names)].filter(name => name !== '').join(',');
const codes = (findings: Findings, mode: 'enforce' | 'warn'): string =>
  listed(findings[mode].first.map(({ code }) => code));
const messages = (findings: Findings): string =>
  findings.audit.first.map(({ message }) => message).join('; ');
