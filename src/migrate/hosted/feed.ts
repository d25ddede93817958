/** The change feed of a Notary server: what repositories it has, where it tells. */
import { WritError } from '../../errors.js';
import { arrayAt, asObject, integerAt, stringAt } from '../../json/read.js';
import { parseStrict } from '../../json/strict.js';
import { member, type JsonValue } from '../../json/types.js';
import { answerChallenge } from '../../registry/auth.js';
import type { ChangeRow } from '../databases.js';
import { momentOf } from '../databases.js';
import type { HostedSource } from './source.js';

const PAGE = 1000;
const MAX_ANSWER = 4 * 1024 * 1024;

/**
 * The changes after an id, by id.
 *
 * @throws WritError MIGRATE_FEED where it may not be read or is none; FETCH_*
 */
export async function* hostedChanges(
  source: HostedSource,
  after: number,
  now: Date,
): AsyncIterable<ChangeRow> {
  let authorization: string | undefined;
  for (let from = after; ;) {
    const url = `${source.base}/v2/_trust/changefeed?records=${PAGE}&change_id=${from}`;
    const ask = () =>
      source.http({
        url,
        maxBytes: MAX_ANSWER,
        headers: authorization === undefined ? {} : { authorization },
      });
    let answer = await ask();
    if (answer.status === 401 && authorization === undefined) {
      authorization = await login(source, answer.headers.get('www-authenticate'));
      answer = await ask();
    }
    if (answer.status !== 200) throw closed(source, `answered with status ${answer.status}`);
    const rows = readPage(source, answer.body, now);
    yield* rows;
    const last = rows.at(-1);
    if (last === undefined || last.id <= from) return;
    from = last.id;
  }
}

async function login(source: HostedSource, challenge: string | undefined): Promise<string> {
  const { http, host, credentials, plainHttp } = source;
  try {
    const scope = 'registry:catalog:*';
    return await answerChallenge(challenge, { http, host, scope, credentials, plainHttp });
  } catch (cause) {
    throw closed(source, cause instanceof Error ? cause.message : String(cause));
  }
}

function readPage(source: HostedSource, body: Uint8Array, now: Date): ChangeRow[] {
  try {
    const page = asObject(parseStrict(body, { maxBytes: MAX_ANSWER }), 'answer');
    return (member(page, 'records') ?? null) === null
      ? []
      : arrayAt(page, 'records', 'answer').map(row => readRow(row, now));
  } catch (cause) {
    throw closed(source, cause instanceof Error ? cause.message : String(cause));
  }
}

function readRow(value: JsonValue, now: Date): ChangeRow {
  const row = asObject(value, 'record');
  const id = stringAt(row, 'ID', 'record');
  if (!/^\d{1,15}$/.test(id)) throw new WritError('JSON_TYPE', 'record.ID must be a number');
  return {
    id: Number(id),
    at: momentOf(stringAt(row, 'CreatedAt', 'record'), now),
    gun: stringAt(row, 'GUN', 'record'),
    version: integerAt(row, 'Version', 'record'),
    sha256: stringAt(row, 'SHA256', 'record'),
    category: stringAt(row, 'Category', 'record'),
  };
}

const closed = ({ host }: HostedSource, why: string): WritError =>
  new WritError('MIGRATE_FEED', `the change feed of ${host} cannot be read: ${why}`);
