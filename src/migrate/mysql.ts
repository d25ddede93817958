/** MySQL and MariaDB by an URL, with the driver `mysql2` where its user installed it. */
import { reasonOf, WritError } from '../errors.js';
import type { SqlConnection, SqlRow } from './sql.js';

/** What is used of `mysql2/promise`. */
export interface MysqlDriver {
  createConnection(uri: string): Promise<MysqlConnection>;
}

export interface MysqlConnection {
  query(text: string): Promise<unknown>;
  execute(text: string, values: (string | number)[]): Promise<[unknown, unknown]>;
  end(): Promise<void>;
}

/** A name that no bundler follows: the driver is optional. */
const DRIVER: string = 'mysql2/promise';

/** @param name - of the package and its entry. @throws WritError MIGRATE_DRIVER when it is not installed */
export async function loadDriver(name = DRIVER): Promise<MysqlDriver> {
  try {
    return (await import(name)) as MysqlDriver;
  } catch (cause) {
    throw new WritError('MIGRATE_DRIVER', 'reading MySQL by its address needs the package mysql2', { cause });
  }
}

/**
 * Opens one connection, in a transaction that reads only and sees one moment.
 *
 * @param url - `mysql://USER:PASSWORD@HOST:PORT/DATABASE`, with the parameters of mysql2
 * @throws WritError MIGRATE_DRIVER when mysql2 is not installed, MIGRATE_SOURCE
 */
export async function openMysql(
  url: URL,
  load: () => Promise<MysqlDriver> = () => loadDriver(),
): Promise<SqlConnection> {
  const driver = await load();
  const failed = (cause: unknown): WritError =>
    new WritError('MIGRATE_SOURCE', `the database ${url.host}${url.pathname}: ${reasonOf(cause)}`, { cause });
  try {
    const connection = await driver.createConnection(url.href);
    await connection.query('SET SESSION TRANSACTION ISOLATION LEVEL REPEATABLE READ');
    await connection.query('START TRANSACTION WITH CONSISTENT SNAPSHOT, READ ONLY');
    return {
      rows: async (text, values) => {
        try {
          const [rows] = await connection.execute(text, [...values]);
          return rows as readonly SqlRow[];
        } catch (cause) {
          throw failed(cause);
        }
      },
      close: () => connection.end(),
    };
  } catch (cause) {
    throw failed(cause);
  }
}
