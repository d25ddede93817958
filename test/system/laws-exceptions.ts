/** Where more is permitted together than each alone permits, and why that is meant. */
export const EXCEPTIONS: readonly {
  /** It is granted to both sides, or to neither, when they are compared with what both together permit. */
  readonly domain: string;
  readonly level: string;
  readonly reason: string;
}[] = [
  {
    domain: 'legacy32',
    level: 'allow',
    reason:
      'it opens no call but whole tables: what the other grants open is open to programs of other widths too',
  },
];
