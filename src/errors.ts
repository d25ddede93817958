/**
 * The one error type. Every failure that leaves a function of writ is a {@link WritError} with a stable
 * `code` from the catalogue; programs branch on the code, people read the message and the hint.
 */
import { ERROR_CATALOGUE, type ErrorCode } from './error-catalogue/index.js';

export { ERROR_CATALOGUE, type ErrorCode, type ErrorEntry } from './error-catalogue/index.js';

export interface WritErrorOptions {
  /** What to do next; replaces the catalogue's hint for this code. */
  hint?: string;
  /** Machine-readable facts: JSON values only, never secrets. */
  details?: Readonly<Record<string, unknown>>;
  cause?: unknown;
}

export class WritError extends Error {
  override readonly name = 'WritError';
  readonly code: ErrorCode;
  readonly hint: string;
  readonly details: Readonly<Record<string, unknown>>;

  /**
   * @param code - one of the catalogue's codes
   * @param message - one exact sentence that says what is wrong, without a trailing stop
   */
  constructor(code: ErrorCode, message: string, options: WritErrorOptions = {}) {
    super(message, options.cause === undefined ? undefined : { cause: options.cause });
    this.code = code;
    this.hint = options.hint ?? ERROR_CATALOGUE[code].hint;
    this.details = options.details ?? {};
  }

  /** The HTTP status that answers this failure. */
  get status(): number {
    return ERROR_CATALOGUE[this.code].status;
  }

  /** The exit code of the command line: 1 no or failed, 2 wrong usage. */
  get exitCode(): 1 | 2 {
    return ERROR_CATALOGUE[this.code].exit;
  }

  /** The body of `{"error": …}` on the wire and with `--json`. */
  toJSON(): { code: ErrorCode; message: string; hint: string; details?: Readonly<Record<string, unknown>> } {
    const body = { code: this.code, message: this.message, hint: this.hint };
    return Object.keys(this.details).length > 0 ? { ...body, details: this.details } : body;
  }
}

/** True iff `error` is a WritError with one of `codes` (any code when none is given). */
export function isWritError(error: unknown, ...codes: ErrorCode[]): error is WritError {
  return error instanceof WritError && (codes.length === 0 || codes.includes(error.code));
}

/** `error` as a WritError: itself, or an INTERNAL that keeps it as its cause. Never loses the reason. */
export function toWritError(error: unknown): WritError {
  if (error instanceof WritError) return error;
  const reason = error instanceof Error ? error.message : String(error);
  return new WritError('INTERNAL', `unexpected failure: ${reason}`, { cause: error });
}

const REASONS: ReadonlyMap<string, string> = new Map([
  ['ENOENT', 'there is no such file or folder'],
  ['EACCES', 'permission denied'],
  ['EPERM', 'permission denied'],
  ['EISDIR', 'it is a folder'],
  ['EEXIST', 'there is a file of that name'],
  ['ENOTDIR', 'a part of the path is no folder'],
  ['ENXIO', 'it is not a regular file'],
  ['ELOOP', 'it is a link, or a circle of links'],
  ['ENOSPC', 'the disk is full'],
  ['EDQUOT', 'the quota is used up'],
  ['EFBIG', 'it would be larger than files may be'],
  ['EROFS', 'the file system is read-only'],
  ['ERR_ENCODING_INVALID_ENCODED_DATA', 'it is not UTF-8 text'],
]);

/** Why something with a file failed, as a sentence goes on after a colon. */
export function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  if (error instanceof WritError) return error.message;
  const code = 'code' in error ? String(error.code) : '';
  return REASONS.get(code) ?? (code === '' ? error.message : code);
}

/** As {@link reasonOf} for those who must not learn more, of whoever asks for the health of a service: the code alone. */
export const publicReasonOf = (error: unknown): string =>
  error instanceof WritError ? error.code : reasonOf(error);
