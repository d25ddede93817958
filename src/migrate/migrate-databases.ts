/** From the databases of notary-server and notary-signer into a data folder of writ. */
import { isWritError, toWritError } from '../errors.js';
import type { ForeignDocument, LeftOut } from '../repository/notary/import-history.js';
import { importRepository, type Imported, type ImportPorts } from '../repository/notary/import.js';
import type { Clock } from '../tuf/ports.js';
import { parseGun, parseNotaryRole } from '../tuf/notary/names.js';
import { gunOf, takeChanges } from './changes.js';
import type { DocumentRow, ServerDatabase } from './databases.js';
import { deletedThere } from './deleted.js';
import { each } from './each.js';
import type { KeySource } from './keys.js';
import type { MigrationReport, Progress, RepositoryReport } from './report.js';

export interface Migration {
  readonly server: ServerDatabase;
  readonly keys: KeySource;
  readonly ports: ImportPorts;
  readonly clock: Clock;
  readonly progress: Progress;
}

/**
 * Takes all repositories over, one after the other, then the change feed. May be stopped at any point and run again:
 * what is here already is not read again.
 *
 * @throws WritError MIGRATE_SOURCE, STORE_*: what was taken until then is whole
 */
export async function migrateDatabases(migration: Migration): Promise<MigrationReport> {
  const { server, keys, ports, clock, progress } = migration;
  const names = await server.guns();
  let done = 0;
  const repositories = await each(names, async name => {
    const report = await migrateRepository(migration, name);
    progress.repository(report, ++done, names.length);
    return report;
  });
  await takePending(keys, new Set(names));
  const changes = await takeChanges(repositories, id => server.changesAfter(id), ports, clock);
  const deleted = await deletedThere(names, () => server.changesAfter(0), ports.index);
  return { repositories, keys: keys.report, changes, deletedThere: deleted };
}

async function migrateRepository(
  { server, keys, ports }: Migration,
  name: string,
): Promise<RepositoryReport> {
  const leftOut: LeftOut[] = [];
  try {
    const gun = parseGun(name);
    const rows = await server.documents(name);
    const documents = rows.flatMap(row => foreignDocument(row, leftOut));
    const imported = await importRepository({ gun, documents }, ports, root => keys.take(gun, root));
    return reportOf(name, imported, leftOut);
  } catch (error) {
    if (!isWritError(error, 'NOTARY_IMPORT', 'NOTARY_GUN')) throw error;
    return { name, outcome: 'left out', documents: 0, why: error.message, leftOut, mustRotate: [] };
  }
}

/** A row whose role cannot be one is left out. */
function foreignDocument({ role, ...row }: DocumentRow, leftOut: LeftOut[]): ForeignDocument[] {
  try {
    return [{ ...row, role: parseNotaryRole(role) }];
  } catch (error) {
    leftOut.push({ role: role.slice(0, 255), version: row.version, why: toWritError(error).message });
    return [];
  }
}

export const reportOf = (
  name: string,
  { outcome, documents, leftOut, frozen }: Imported,
  before: readonly LeftOut[] = [],
): RepositoryReport => ({
  name,
  outcome,
  documents,
  leftOut: [...before, ...leftOut],
  ...(frozen && { frozenUntil: frozen.until }),
  mustRotate: frozen?.roles ?? [],
});

/** Keys that were given out for repositories which are not published yet. */
async function takePending(keys: KeySource, published: ReadonlySet<string>): Promise<void> {
  for (const name of keys.names) {
    const gun = published.has(name) ? undefined : gunOf(name);
    if (gun !== undefined) await keys.take(gun, undefined);
  }
}
