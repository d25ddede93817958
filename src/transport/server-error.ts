/** What a service says when it refuses: `{"error": {code, message, hint, details?}}`. */
import { ERROR_CATALOGUE, WritError, type ErrorCode } from '../errors.js';
import { asObject } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import { isJsonObject, member, type JsonObject, type JsonValue } from '../json/types.js';
import type { HttpResponse } from './http-types.js';

/** The most bytes of an error. */
const MAX_ANSWER = 4 * 1024 * 1024;

/** The failure that the service reported, with its own code when this program knows it. */
export function toServerError(response: HttpResponse, url: string): WritError {
  const reported = reportedError(response.body);
  const details = { ...reported.details, status: response.status };
  const message = reported.message ?? `${url} answered with status ${response.status}`;
  const code = reported.code ?? (response.status === 409 ? 'REPOSITORY_CONFLICT' : 'FETCH_STATUS');
  return new WritError(code, message, {
    details,
    ...(reported.hint === undefined ? {} : { hint: reported.hint }),
  });
}

interface Reported {
  readonly code?: ErrorCode | undefined;
  readonly message?: string | undefined;
  readonly hint?: string | undefined;
  readonly details?: JsonObject | undefined;
}

function reportedError(body: Uint8Array): Reported {
  const error = errorMember(body);
  if (error === undefined) return {};
  const code = member(error, 'code');
  const details = member(error, 'details');
  return {
    code: typeof code === 'string' && isErrorCode(code) ? code : undefined,
    message: printable(member(error, 'message')),
    hint: printable(member(error, 'hint')),
    details: isJsonObject(details) ? details : undefined,
  };
}

/** A proxy may answer with a page instead of JSON: then there is nothing to report but the status. */
function errorMember(body: Uint8Array): JsonObject | undefined {
  try {
    const error = member(asObject(parseStrict(body, { maxBytes: MAX_ANSWER }), 'answer'), 'error');
    return isJsonObject(error) ? error : undefined;
  } catch {
    return undefined;
  }
}

const isErrorCode = (code: string): code is ErrorCode => Object.hasOwn(ERROR_CATALOGUE, code);

/** What a server says goes to a terminal: no control characters, no more than 1,000 characters. */
export function printable(value: JsonValue | undefined): string | undefined {
  if (typeof value !== 'string' || value === '') return undefined;
  return value.slice(0, 1000).replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, ' ');
}
