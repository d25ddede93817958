/** Questions to the service that are not part of the write API. */
import { toServerError } from '../transport/server-error.js';
import { WritError } from '../errors.js';
import { asObject } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import type { JsonObject } from '../json/types.js';
import { httpRequest } from '../transport/http.js';
import type { Context } from './command.js';

/** More than any answer or profile. */
const MAX_ANSWER = 8 * 1024 * 1024;

/**
 * The bytes at `path` of the service; what the service reports comes back as the same error.
 *
 * @throws WritError the service's own, FETCH_*
 */
export async function fetchFromService(context: Context, path: string): Promise<Uint8Array> {
  const url = (await context.config()).config.server + path;
  const response = await httpRequest({ url, maxBytes: MAX_ANSWER, headers: { accept: 'application/json' } });
  if (response.status !== 200) throw toServerError(response, url);
  return response.body;
}

/** The JSON object at `path`. @throws WritError as above, FETCH_ANSWER */
export async function askService(context: Context, path: string): Promise<JsonObject> {
  const bytes = await fetchFromService(context, path);
  try {
    return asObject(parseStrict(bytes, { maxBytes: MAX_ANSWER }), 'answer');
  } catch (cause) {
    throw new WritError('FETCH_ANSWER', 'the service answered with something else than a JSON object', {
      cause,
    });
  }
}
