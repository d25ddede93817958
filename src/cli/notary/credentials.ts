/** Who the client is to a Notary server: NOTARY_AUTH, or a prompt. */
import type { NotaryLog } from '../../notary/log.js';
import type { Credentials } from '../../registry/types.js';
import { readHidden, readShown } from '../prompt.js';
import type { CliIo } from '../io.js';

/** Asked once; undefined where nobody can be asked. */
export function credentials(io: CliIo, log: NotaryLog): () => Promise<Credentials | undefined> {
  let asked: Promise<Credentials | undefined> | undefined;
  return () => (asked ??= find(io, log));
}

async function find(io: CliIo, log: NotaryLog): Promise<Credentials | undefined> {
  const given = io.env['NOTARY_AUTH'] ?? '';
  if (given !== '') return parseNotaryAuth(given, log);
  if (io.stdin.isTTY !== true) return undefined;
  io.stdout.write('Enter username: ');
  const username = (await readShown(io)).trim();
  if (username === '') return undefined;
  const password = await readHidden({ stdin: io.stdin, stderr: io.stdout }, 'Enter password: ');
  return { username, password: password.trim() };
}

/** What NOTARY_AUTH says: base64 of `user:password`. */
export function parseNotaryAuth(text: string, log: NotaryLog): Credentials | undefined {
  const plain = Buffer.from(text, 'base64').toString('utf8');
  const colon = plain.indexOf(':');
  if (colon > 0) return { username: plain.slice(0, colon), password: plain.slice(colon + 1).trim() };
  log(
    'error',
    colon === 0
      ? 'Authentication string with zero-length username'
      : 'Malformatted authentication string; format must be <username>:<password>',
  );
  return undefined;
}
