/** One line of the decision log: JSON, printable ASCII, bounded. */
import type { Decision, Finding, ImageEvidence, Phase } from './decision.js';
import type { Review } from './review.js';

const MAX_LISTED = 20;
const MAX_TEXT = 512;

/** What the line says of a review: nothing of its objects, so that a line that waits does not keep them. */
export type Asked = Pick<
  Review,
  'uid' | 'operation' | 'subResource' | 'namespace' | 'name' | 'user' | 'dryRun'
>;

/**
 * The line, without its end. Whatever a client wrote stays inside a JSON string: no second line, no control code.
 *
 * @param millis - what the decision took
 */
export function logLine(
  asked: Asked,
  phase: Phase,
  decision: Decision,
  { now, millis }: { now: Date; millis: number },
): string {
  const { operation, subResource, dryRun } = asked;
  const entry = {
    time: now.toISOString(),
    log: 'admission',
    phase,
    decision: decision.kind,
    uid: cut(asked.uid),
    operation,
    ...(subResource === '' ? {} : { subResource: cut(subResource) }),
    namespace: cut(asked.namespace),
    name: cut(asked.name),
    user: cut(asked.user),
    ...(dryRun ? { dryRun } : {}),
    millis: Math.round(millis * 1_000) / 1_000,
    ...evidence(decision),
  };
  return ascii(JSON.stringify(entry));
}

function evidence(decision: Decision): object {
  if (decision.kind === 'passed') return { reason: cut(decision.reason) };
  const { enforce, warn, audit } = decision.findings;
  return {
    images: decision.images.slice(0, MAX_LISTED).map(shownImage),
    ...(decision.images.length > MAX_LISTED ? { imageCount: decision.images.length } : {}),
    ...reasons('denied', enforce),
    ...reasons('warned', warn),
    ...reasons('audited', audit),
  };
}

/** Only the name is the client's: the rest is of policies and verified metadata. */
const shownImage = (image: ImageEvidence): ImageEvidence => ({ ...image, image: cut(image.image) });

function reasons(key: string, { first, count }: { first: readonly Finding[]; count: number }): object {
  if (count === 0) return {};
  const shown = first.slice(0, MAX_LISTED).map(({ code, message }) => ({ code, message: cut(message) }));
  return { [key]: shown, ...(count > shown.length ? { [`${key}Count`]: count } : {}) };
}

const cut = (text: string): string => (text.length > MAX_TEXT ? `${text.slice(0, MAX_TEXT)}...` : text);

/** JSON.stringify escapes C0 only: C1, line separators and bidirectional marks are escaped here. */
function ascii(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, char => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`);
}
