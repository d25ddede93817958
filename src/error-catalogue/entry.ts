/** One line of the error catalogue. */
export interface ErrorEntry {
  /** What the code means, a clause in lower case without a trailing stop. */
  readonly meaning: string;
  /** The HTTP status that answers it. */
  readonly status: number;
  /** The exit code of the command line: 1 no or failed, 2 wrong usage. */
  readonly exit: 1 | 2;
  /** What to do next. */
  readonly hint: string;
}

export const no = (status: number, meaning: string, hint: string): ErrorEntry => ({
  meaning,
  status,
  exit: 1,
  hint,
});

export const usage = (meaning: string, hint: string): ErrorEntry => ({ meaning, status: 400, exit: 2, hint });
