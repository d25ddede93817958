/** PostgreSQL by an URL, as notary-server's own `db_url` is one. */
import { readFile } from 'node:fs/promises';
import type { ConnectionOptions } from 'node:tls';
import { reasonOf, WritError } from '../errors.js';
import { isLoopback } from '../transport/http-url.js';
import type { SqlConnection } from './sql.js';

const CONNECT_SECONDS = 30;

type Tls = boolean | 'prefer' | ConnectionOptions;

/**
 * Opens one connection, in a transaction that reads only and sees one moment.
 *
 * @param url - `postgres://USER:PASSWORD@HOST:PORT/DATABASE?sslmode=…&sslrootcert=…&sslcert=…&sslkey=…`; the password
 *   may be in PGPASSWORD. Without sslmode another machine must prove who it is (verify-full)
 * @throws WritError MIGRATE_SOURCE
 */
export async function openPostgres(url: URL): Promise<SqlConnection> {
  const { default: postgres } = await import('postgres');
  const plain = new URL(url);
  plain.search = '';
  const sql = postgres(plain.href, {
    ssl: await tlsOf(url),
    max: 1,
    connect_timeout: CONNECT_SECONDS,
    idle_timeout: 0,
    onnotice: () => undefined,
    connection: { application_name: 'writ migrate' },
  });
  const failed = (cause: unknown): WritError =>
    new WritError('MIGRATE_SOURCE', `the database ${url.host}${url.pathname}: ${reasonOfDriver(cause)}`, {
      cause,
    });
  try {
    const connection = await sql.reserve();
    await connection.unsafe('BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY');
    return {
      rows: async (text, values) => {
        let n = 0;
        const numbered = text.replaceAll('?', () => `$${++n}`);
        return connection.unsafe(numbered, [...values]).catch((cause: unknown) => {
          throw failed(cause);
        });
      },
      close: async () => {
        connection.release();
        await sql.end({ timeout: 5 });
      },
    };
  } catch (cause) {
    await sql.end({ timeout: 5 });
    throw failed(cause);
  }
}

/** The message names no password: drivers put none into it. */
function reasonOfDriver(cause: unknown): string {
  const reason = reasonOf(cause);
  return cause instanceof Error && reason === (cause as NodeJS.ErrnoException).code
    ? cause.message || reason
    : reason;
}

/** https://www.postgresql.org/docs/15/libpq-ssl.html, table 34.1. */
async function tlsOf({ searchParams, hostname }: URL): Promise<Tls> {
  const mode = searchParams.get('sslmode') ?? (isHere(hostname) ? 'prefer' : 'verify-full');
  const [ca, cert, key] = await Promise.all(
    ['sslrootcert', 'sslcert', 'sslkey'].map(each => fileOf(searchParams, each)),
  );
  const files = { ...(ca && { ca }), ...(cert && { cert }), ...(key && { key }) };
  switch (mode) {
    case 'disable':
      return false;
    case 'allow':
    case 'prefer':
      return 'prefer';
    case 'require':
      return ca === undefined ? { ...files, rejectUnauthorized: false } : anyName(files);
    case 'verify-ca':
      return anyName(files);
    case 'verify-full':
      return { ...files, rejectUnauthorized: true };
    default:
      throw new WritError(
        'MIGRATE_SOURCE',
        'sslmode is disable, allow, prefer, require, verify-ca or verify-full',
      );
  }
}

const isHere = (hostname: string): boolean => hostname === '' || isLoopback(hostname.replace(/^\[|\]$/g, ''));

const anyName = (files: ConnectionOptions): ConnectionOptions => ({
  ...files,
  rejectUnauthorized: true,
  checkServerIdentity: () => undefined,
});

async function fileOf(parameters: URLSearchParams, name: string): Promise<Buffer | undefined> {
  const path = parameters.get(name);
  if (path === null) return undefined;
  try {
    return await readFile(path);
  } catch (cause) {
    throw new WritError('MIGRATE_SOURCE', `${name} ${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}
