/** A decision in words for people: what `kubectl` prints. One line, printable ASCII, bounded. */
import { quote } from '../json/quote.js';
import type { Decision, Finding } from './decision.js';
import type { Review } from './review.js';

const MAX_REASONS = 8;
const MAX_REASON = 600;

/**
 * Why a pod is denied and what to do next: each reason names the container, the image and the rule.
 *
 * @returns at most some 6,000 characters
 */
export function explainDenial(
  review: Pick<Review, 'name' | 'namespace'>,
  decision: Decision & { kind: 'denied' },
): string {
  const { first, count } = decision.findings.enforce;
  const shown = first.slice(0, MAX_REASONS);
  const reasons = shown.map((finding, i) =>
    count === 1 ? reason(finding) : `(${i + 1}) ${reason(finding)}`,
  );
  const rest = count > shown.length ? [`and ${count - shown.length} more reasons`] : [];
  const pod = review.name === '' ? 'the pod' : `the pod ${quote(review.name)}`;
  return printable(`writ denies ${pod} in ${quote(review.namespace)}: ${[...reasons, ...rest].join(' ')}`);
}

function reason({ message, hint }: Finding): string {
  return `${cut(message, MAX_REASON)}. Next: ${cut(hint, MAX_REASON)}.`;
}

const cut = (text: string, length: number): string =>
  text.length > length ? `${text.slice(0, length - 3)}...` : text;

/** Warnings as the API server takes them: at most 10 of 256 characters, none of them a control character. */
export function wireWarnings(warnings: readonly string[]): string[] {
  const shown =
    warnings.length > 10 ? [...warnings.slice(0, 9), `and ${warnings.length - 9} more`] : warnings;
  return shown.map(warning => cut(printable(warning), 256));
}

/** Control characters, and whatever is not ASCII, as `?`: nothing moves a cursor or starts a line. */
export function printable(text: string): string {
  return text.replace(/[^\x20-\x7e]/g, '?');
}
