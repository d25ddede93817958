/** Part of a life after which what the service signed is signed again: 6 hours of 2 days, 21 hours of 7. */
const DUE_AFTER = 1 / 8;

/**
 * True iff a document should be signed again.
 *
 * @param lifetime - what the service gives a new one, in milliseconds; shorter than before makes it due at once
 */
export function isDue({ expires }: { readonly expires: Date }, lifetime: number, now: Date): boolean {
  const left = expires.getTime() - now.getTime();
  return left <= lifetime * (1 - DUE_AFTER) || left > lifetime;
}
