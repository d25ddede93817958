/**
 * The answer on the wire.
 * https://kubernetes.io/docs/reference/access-authn-authz/extensible-admission-controllers/#response
 */
import type { ErrorCode } from '../errors.js';
import { asObject } from '../json/read.js';
import type { JsonObject, JsonValue } from '../json/types.js';
import type { Decision, Findings } from './decision.js';
import { explainDenial, printable, wireWarnings } from './explain.js';
import { patchText } from './json-patch.js';
import type { Review } from './review.js';

type Answered = Pick<Review, 'uid' | 'name' | 'namespace'>;

/**
 * The AdmissionReview that answers a review, as JSON.
 *
 * @param review - at least the uid, which the answer echoes
 */
export function answerText(review: Answered, decision: Decision): string {
  return `{"apiVersion":"admission.k8s.io/v1","kind":"AdmissionReview","response":${responseText(review, decision)}}`;
}

/** As {@link answerText}, as a value. */
export function answerTo(review: Answered, decision: Decision): JsonObject {
  return asObject(JSON.parse(answerText(review, decision)) as JsonValue, 'answer');
}

function responseText(review: Answered, decision: Decision): string {
  switch (decision.kind) {
    case 'passed':
      return `{"uid":${JSON.stringify(review.uid)},"allowed":true}`;
    case 'denied':
      return JSON.stringify(denial(review, decision));
    case 'allowed':
      return allowanceText(review, decision);
  }
}

/** Put together from texts: the patch is most of it, and base64 needs no escapes. */
function allowanceText({ uid }: Answered, decision: Decision & { kind: 'allowed' }): string {
  const { patch, warnings } = decision;
  let text = `{"uid":${JSON.stringify(uid)},"allowed":true`;
  // No patch at all where nothing changes: a validating answer with one, even empty, counts as a failure.
  if (patch.length > 0) {
    text += `,"patchType":"JSONPatch","patch":"${Buffer.from(patchText(patch)).toString('base64')}"`;
  }
  if (warnings.length > 0) text += `,"warnings":${JSON.stringify(wireWarnings(warnings))}`;
  return `${text},"auditAnnotations":${JSON.stringify(audit(decision))}}`;
}

function denial(review: Answered, decision: Decision & { kind: 'denied' }): JsonObject {
  const code = decision.findings.enforce.first[0]?.code ?? 'INTERNAL';
  const message = explainDenial(review, decision);
  const warnings = decision.findings.warn.first.map(finding => finding.message);
  return {
    uid: review.uid,
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
  const { images, findings } = decision;
  const annotations: Record<string, string> = { decision: decision.kind };
  const note = (key: string, value: string): void => {
    if (value !== '') annotations[key] = printable(value).slice(0, MAX_AUDIT);
  };
  note('policies', listed(images.map(({ policy }) => policy ?? '')));
  note('intents', listed(images.map(({ intent }) => intent ?? '')));
  note('denied', codes(findings, 'enforce'));
  note('warned', codes(findings, 'warn'));
  note('audited', messages(findings));
  return annotations;
}

const listed = (names: readonly string[]): string =>
  names.length < 2 ? (names[0] ?? '') : [...new Set(names)].filter(name => name !== '').join(',');
const codes = (findings: Findings, mode: 'enforce' | 'warn'): string =>
  listed(findings[mode].first.map(({ code }) => code));
const messages = (findings: Findings): string =>
  findings.audit.first.map(({ message }) => message).join('; ');
