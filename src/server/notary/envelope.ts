/**
 * Failures as notary-server answers them: `{"errors":[{code, message, detail?}]}` and a line end. Its clients know the
 * codes, and make typed errors of the detail of INVALID_UPDATE. theupdateframework/notary, server/errors.
 */
import type { FastifyReply } from 'fastify';
import type { ErrorCode, WritError } from '../../errors.js';
import type { JsonObject, JsonValue } from '../../json/types.js';
import { toFailure } from '../failures.js';
import { endGently } from '../linger.js';

interface WireError {
  readonly status: number;
  readonly code: string;
  readonly message: string;
  readonly detail?: JsonValue;
}

const NOT_FOUND = {
  status: 404,
  code: 'METADATA_NOT_FOUND',
  message: 'You have requested metadata that does not exist.',
} as const;

/** What is not routed at all has no detail. */
export const UNROUTED: WireError = NOT_FOUND;

const MALFORMED_UPLOAD = {
  status: 400,
  code: 'MALFORMED_UPLOAD',
  message: 'The body of your request is malformed.',
} as const;

const WIRE: Partial<Record<ErrorCode, (error: WritError) => WireError>> = {
  NOTARY_UNKNOWN: () => ({ ...NOT_FOUND, detail: {} }),
  NOTARY_OUTSIDE: () => NOT_FOUND,
  NOTARY_UPLOAD: () => MALFORMED_UPLOAD,
  SERVER_BODY_TOO_LARGE: () => ({ ...MALFORMED_UPLOAD, status: 413 }),
  NOTARY_FILENAME: () => ({ status: 400, code: 'NO_FILENAME', message: 'No file/role name provided.' }),
  NOTARY_ROLE: ({ details }) => ({
    status: 400,
    code: 'INVALID_ROLE',
    message: 'The role you are attempting to operate on is invalid.',
    detail: textOf(details['role']),
  }),
  NOTARY_JSON: () => ({
    status: 400,
    code: 'MALFORMED_JSON',
    message: 'JSON sent by the client could not be parsed by the server',
  }),
  NOTARY_VERSION: () => ({
    status: 400,
    code: 'VERSION',
    message: 'A newer version of metadata is already available.',
    detail: {},
  }),
  NOTARY_UPDATE: error => ({
    status: 400,
    code: 'INVALID_UPDATE',
    message: 'Update sent by the client is invalid.',
    detail: typedError(error),
  }),
  SIGNER_UNAVAILABLE: () => unsigned('cannot be reached'),
  SIGNER_REFUSED: () => unsigned('refused'),
  SIGNER_ANSWER: () => unsigned('gave no signature that can be used'),
  NOTARY_KEYS: ({ message }) => ({ status: 503, code: 'UNKNOWN', message }),
  NOTARY_GUN: ({ message }) => ({
    status: 400,
    code: 'INVALID_GUN',
    message: 'The server does not support actions on images of this name.',
    detail: message,
  }),
  NOTARY_PARAMETERS: ({ message }) => ({
    status: 400,
    code: 'INVALID_PARAMETERS',
    message: 'The parameters provided are not valid.',
    detail: message,
  }),
};

/** Where the signer is stays in the log. */
const unsigned = (how: string): WireError => ({
  status: 503,
  code: 'UNKNOWN',
  message: `The signer of this server ${how}: nothing was changed. Try again later.`,
});

/** What the client makes a typed error of. It reads at most 1 KiB of the whole answer. */
function typedError({ message, details }: WritError): JsonObject {
  const missing = textOf(details['missing']);
  const error = { ...(missing !== '' && { Missing: missing }), Msg: message.slice(0, 512) };
  return { Name: textOf(details['name']), Error: error };
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '');

/** What a failure is on this wire; what was not expected is UNKNOWN, and its reason stays here. */
function toWire(error: unknown): WireError {
  const failure = toFailure(error);
  const wire = WIRE[failure.code]?.(failure);
  if (wire !== undefined) return wire;
  const { status } = failure;
  return { status, code: 'UNKNOWN', message: status < 500 ? failure.message : 'unknown error' };
}

/** Answers with an error; one about a body that is too large ends the connection. */
export function sendWireError(reply: FastifyReply, { status, ...error }: WireError): FastifyReply {
  if (status === 413) endGently(reply);
  return reply
    .code(status)
    .header('content-type', 'application/json; charset=utf-8')
    .header('cache-control', 'no-store')
    .send(`${JSON.stringify({ errors: [error] })}\n`);
}

export const sendNotaryFailure = (reply: FastifyReply, error: unknown): FastifyReply =>
  sendWireError(reply, toWire(error));
