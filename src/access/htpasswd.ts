/** Users and the bcrypt hashes of their passwords, as `htpasswd -B` writes them. */
import { WritError } from '../errors.js';

/** Name → hash. */
export type Users = ReadonlyMap<string, string>;

/** Least and most of bcrypt's cost: below it a stolen file is soon read, above it one login costs seconds. */
const [MIN_COST, MAX_COST] = [4, 14];
const HASH = /^\$2[aby]\$(\d{2})\$[./A-Za-z0-9]{53}$/;
const NAME = /^[^\s:\p{Cc}]{1,128}$/u;
const MAX_USERS = 10_000;

/**
 * The users of a file: one `name:hash` in each line, empty lines and those with `#` aside.
 *
 * @param source - names the text in messages, which never show a hash
 * @throws WritError ACCESS_USERS
 */
export function parseHtpasswd(text: string, source: string): Users {
  const lines = text.split(/\r?\n/).map((line, i) => ({ line: line.trim(), at: `${source}:${i + 1}` }));
  const entries = lines.filter(({ line }) => line !== '' && !line.startsWith('#'));
  return usersOf(
    entries.map(({ line, at }) => {
      const colon = line.indexOf(':');
      return { name: line.slice(0, Math.max(colon, 0)), hash: line.slice(colon + 1), at };
    }),
  );
}

/** @throws WritError ACCESS_USERS: a name twice, a name or hash that is none, more than there may be */
export function usersOf(entries: readonly { name: string; hash: string; at: string }[]): Users {
  const users = new Map<string, string>();
  for (const { name, hash, at } of entries) {
    const problem = users.has(name) ? 'names a user twice' : problemOf(name, hash);
    if (problem !== undefined) throw new WritError('ACCESS_USERS', `${at} ${problem}`);
    users.set(name, hash);
  }
  if (users.size > MAX_USERS) throw new WritError('ACCESS_USERS', `there are more than ${MAX_USERS} users`);
  return users;
}

function problemOf(name: string, hash: string): string | undefined {
  if (!NAME.test(name)) return 'has a name that cannot be a user';
  const cost = HASH.exec(hash)?.[1];
  if (cost === undefined) return 'has a hash that is not of bcrypt ($2a, $2b or $2y)';
  const inBounds = Number(cost) >= MIN_COST && Number(cost) <= MAX_COST;
  return inBounds
    ? undefined
    : `has a hash of cost ${Number(cost)}: from ${MIN_COST} to ${MAX_COST} are taken`;
}
