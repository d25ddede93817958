/** Where the databases are: at an address, or in a file. */
import { WritError } from '../errors.js';
import type { ServerDatabase, SignerDatabase } from './databases.js';
import { SqlDatabase } from './sql.js';

/**
 * Opens what `place` names: `postgres://…`, `mysql://…`, or the path of a dump.
 *
 * @param now - for rows without a time
 * @throws WritError MIGRATE_SOURCE, MIGRATE_DUMP, MIGRATE_DRIVER
 */
export async function openDatabase(place: string, now: Date): Promise<ServerDatabase & SignerDatabase> {
  const scheme = /^([a-z][a-z0-9+]*):\/\//i.exec(place)?.[1]?.toLowerCase();
  if (scheme === undefined) return (await import('./dump/open.js')).openDump(place, now);
  if (!URL.canParse(place)) throw new WritError('MIGRATE_SOURCE', 'the address of a database is no URL');
  const url = new URL(place);
  switch (scheme) {
    case 'postgres':
    case 'postgresql':
      return new SqlDatabase(await (await import('./postgres.js')).openPostgres(url), now);
    case 'mysql':
      return new SqlDatabase(await (await import('./mysql.js')).openMysql(url), now);
    default:
      throw new WritError('MIGRATE_SOURCE', `databases are at postgres:// or mysql://, not ${scheme}://`);
  }
}
