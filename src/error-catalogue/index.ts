/**
 * Every error code of writ, once: what it means, the HTTP status, the exit code, and what to do next.
 * `docs/reference/errors.md` is generated from this table; a test holds table, code and docs together.
 */
import { ACCESS_ERRORS } from './access.js';
import { ADAPTER_ERRORS } from './adapters.js';
import { DOOR_ERRORS } from './doors.js';
import { METADATA_ERRORS } from './metadata.js';
import { NOTARY_CLIENT_ERRORS } from './notary-client.js';
import { NOTARY_ERRORS } from './notary.js';
import { TRUST_ERRORS } from './trust.js';
import type { ErrorEntry } from './entry.js';

export type { ErrorEntry };

export const ERROR_CATALOGUE = {
  ...METADATA_ERRORS,
  ...ADAPTER_ERRORS,
  ...TRUST_ERRORS,
  ...NOTARY_ERRORS,
  ...ACCESS_ERRORS,
  ...NOTARY_CLIENT_ERRORS,
  ...DOOR_ERRORS,
} as const satisfies Record<string, ErrorEntry>;

export type ErrorCode = keyof typeof ERROR_CATALOGUE;
