/** What a Notary server says when it does not do what it was asked, in the words of Notary's own client. */
import { WritError } from '../errors.js';
import { asArray, asObject } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import { isJsonObject, member, type JsonObject, type JsonValue } from '../json/types.js';
import { printable } from '../transport/server-error.js';

/** `Name` of the detail → how Notary's client begins its sentence. tuf/validation/errors.go. */
const REFUSALS: ReadonlyMap<string, string> = new Map([
  ['ErrValidation', 'An error occurred during validation'],
  ['ErrBadHierarchy', 'Metadata hierarchy is incomplete'],
  ['ErrBadRoot', 'The root metadata is invalid'],
  ['ErrBadTargets', 'The targets metadata is invalid'],
  ['ErrBadSnapshot', 'The snapshot metadata is invalid'],
]);

/** The failure that an answer other than 200 is; 404 of documents is the caller's. */
export function rejection(status: number, body: Uint8Array): WritError {
  if (status === 401) {
    return new WritError(
      'NOTARY_DENIED',
      'you are not authorized to perform this operation: server returned 401.',
    );
  }
  if (status !== 400) {
    return new WritError('NOTARY_SERVER', `unable to reach trust server at this time: ${status}.`, {
      details: { status },
    });
  }
  const error = firstError(body);
  const said = printable(error && member(error, 'message'));
  if (error !== undefined && member(error, 'code') === 'VERSION') {
    return new WritError(
      'NOTARY_VERSION',
      `trust server rejected operation: ${said ?? 'a newer version is there'}`,
    );
  }
  const message =
    messageOf(error && member(error, 'detail')) ?? `trust server rejected operation: ${said ?? '400'}`;
  return new WritError('NOTARY_REJECTED', message);
}

function messageOf(detail: JsonValue | undefined): string | undefined {
  if (!isJsonObject(detail)) return undefined;
  const name = member(detail, 'Name');
  const begin = typeof name === 'string' ? REFUSALS.get(name) : undefined;
  const inner = member(detail, 'Error');
  const said = isJsonObject(inner) ? printable(member(inner, 'Msg')) : undefined;
  return begin === undefined ? undefined : `${begin}: ${said ?? 'no reason given'}`;
}

function firstError(body: Uint8Array): JsonObject | undefined {
  try {
    const errors = asArray(member(asObject(parseStrict(body), 'answer'), 'errors'), 'errors');
    return asObject(errors[0], 'errors[0]');
  } catch {
    return undefined; // a proxy's page: there is only the status to tell
  }
}
