/** One line of the decision log: JSON, printable ASCII, bounded. */
import type { Decision, Finding, Phase } from './decision.js';
import type { Review } from './review.js';

const MAX_LISTED = 20;
const MAX_TEXT = 512;

/**
 * The line, without its end. Whatever a client wrote stays inside a JSON string: no second line, no control code.
 *
 * @param millis - what the decision took
 */
export function logLine(
  review: Review,
  phase: Phase,
  decision: Decision,
  { now, millis }: { now: Date; millis: number },
): string {
  const { uid, operation, subResource, namespace, name, user, dryRun } = review;
  const entry = {
    time: now.toISOString(),
    log: 'admission',
    phase,
    decision: decision.kind,
    uid,
    operation,
    ...(subResource === '' ? {} : { subResource }),
    namespace,
    name,
    user,
    ...(dryRun ? { dryRun } : {}),
    millis: Math.round(millis * 1_000) / 1_000,
    ...evidence(decision),
  };
  return ascii(JSON.stringify(entry, bounded));
}

function evidence(decision: Decision): object {
  if (decision.kind === 'passed') return { reason: decision.reason };
  const { enforce, warn, audit } = decision.findings;
  return {
    images: decision.images.slice(0, MAX_LISTED),
    ...(decision.images.length > MAX_LISTED ? { imageCount: decision.images.length } : {}),
    ...reasons('denied', enforce),
    ...reasons('warned', warn),
    ...reasons('audited', audit),
  };
}

function reasons(key: string, { first, count }: { first: readonly Finding[]; count: number }): object {
  if (count === 0) return {};
  const shown = first.slice(0, MAX_LISTED).map(({ code, message }) => ({ code, message }));
  return { [key]: shown, ...(count > shown.length ? { [`${key}Count`]: count } : {}) };
}

const bounded = (_: string, value: unknown): unknown =>
  typeof value === 'string' && value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}...` : value;

/** JSON.stringify escapes C0 only: C1, line separators and bidirectional marks are escaped here. */
function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
