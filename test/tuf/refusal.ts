/** Expecting refusals: the code, and the message word for word. */
import { expect } from 'vitest';
import type { ErrorCode } from '../../src/errors.js';

export const refusal = (code: ErrorCode, message?: string | RegExp): object =>
  expect.objectContaining({
    name: 'WritError',
    code,
    ...(message !== undefined && {
      message: typeof message === 'string' ? message : expect.stringMatching(message),
    }),
  });

/** Expects that `promise` is refused so, and nothing else. */
export async function expectRefused(
  promise: Promise<unknown>,
  code: ErrorCode,
  message?: string | RegExp,
): Promise<void> {
  await expect(promise).rejects.toEqual(refusal(code, message));
}
