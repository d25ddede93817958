/** Pairs of grants that open more together than each alone, and why that is meant. There is none. */
export const EXCEPTIONS: readonly {
  readonly a: string;
  readonly b: string;
  readonly reason: string;
}[] = [];
