/** What stands behind the question mark of a request. */
import type { FastifyRequest } from 'fastify';
import { WritError } from '../../errors.js';

export const queryOf = ({ raw }: FastifyRequest): URLSearchParams =>
  new URLSearchParams((raw.url ?? '').split('?').slice(1).join('?'));

/** An integer of the query. @param empty - what an empty text stands for @throws WritError NOTARY_PARAMETERS */
export function integerOf(name: string, text: string, empty?: number): number {
  if (text === '' && empty !== undefined) return empty;
  if (/^[+-]?\d{1,15}$/.test(text)) return Number(text);
  throw new WritError('NOTARY_PARAMETERS', `invalid ${name} parameter: ${JSON.stringify(text.slice(0, 64))}`);
}
