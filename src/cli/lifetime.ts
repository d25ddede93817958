const YEAR_MS = 365 * 86_400_000;

/** When root, targets and delegated roles expire that are signed now: in 365 days, at a whole second. */
export function expiryOfYear(now: Date): Date {
  return new Date(Math.floor((now.getTime() + YEAR_MS) / 1000) * 1000);
}
