/** From a Notary server that somebody else runs: what it serves, without the keys that it signs with. */
import { sha256Hex } from '../crypto/digest.js';
import { isWritError, WritError } from '../errors.js';
import { alreadyImported, importRepository, type ImportPorts } from '../repository/notary/import.js';
import { parseGun } from '../tuf/notary/names.js';
import type { Clock } from '../tuf/ports.js';
import { takeChanges } from './changes.js';
import { hostedChanges } from './hosted/feed.js';
import { hostedRepository, timestampOf } from './hosted/repository.js';
import type { HostedSource } from './hosted/source.js';
import { deletedThere } from './deleted.js';
import { each } from './each.js';
import { reportOf } from './migrate-databases.js';
import type { MigrationReport, Progress, RepositoryReport } from './report.js';

export interface HostedMigration {
  readonly source: HostedSource;
  /** The repositories to take; undefined for all that the change feed tells of. */
  readonly names: readonly string[] | undefined;
  readonly ports: ImportPorts;
  readonly clock: Clock;
  readonly progress: Progress;
}

/**
 * Takes repositories over, frozen: they are served as they are until their owners publish roots that name keys of this
 * service. May be stopped at any point and run again.
 *
 * @throws WritError MIGRATE_SOURCE, MIGRATE_FEED, STORE_*, FETCH_*: what was taken until then is whole
 */
export async function migrateHosted(migration: HostedMigration): Promise<MigrationReport> {
  const { source, ports, clock, progress } = migration;
  const names = migration.names ?? (await namesInFeed(source, clock.now()));
  let done = 0;
  const repositories = await each(names, async name => {
    const report = await migrateRepository(migration, name);
    progress.repository(report, ++done, names.length);
    return report;
  });
  const feed =
    migration.names === undefined ? (id: number) => hostedChanges(source, id, clock.now()) : undefined;
  const changes = await takeChanges(repositories, feed, ports, clock);
  const deleted =
    migration.names === undefined
      ? await deletedThere(names, () => hostedChanges(source, 0, clock.now()), ports.index)
      : [];
  return { repositories, keys: { imported: 0, leftOut: [] }, changes, deletedThere: deleted };
}

/** Those that were not deleted since, in order. */
async function namesInFeed(source: HostedSource, now: Date): Promise<readonly string[]> {
  const names = new Set<string>();
  for await (const { gun, category } of hostedChanges(source, 0, now)) {
    if (category === 'deletion') names.delete(gun);
    else names.add(gun);
  }
  return [...names].sort();
}

async function migrateRepository(
  { source, ports, clock }: HostedMigration,
  name: string,
): Promise<RepositoryReport> {
  try {
    const gun = parseGun(name);
    const server = await source.repository(gun);
    const timestamp = await timestampOf(server);
    if (timestamp === undefined) throw new WritError('NOTARY_IMPORT', 'there is no such repository');
    const here = await alreadyImported(gun, sha256Hex(timestamp), ports);
    if (here !== undefined) return reportOf(name, here);
    const foreign = await hostedRepository(gun, server, timestamp, clock.now());
    return reportOf(name, await importRepository(foreign, ports));
  } catch (error) {
    if (!isWritError(error, 'NOTARY_IMPORT', 'NOTARY_GUN', 'NOTARY_DENIED', 'NOTARY_SERVER')) throw error;
    return { name, outcome: 'left out', documents: 0, why: error.message, leftOut: [], mustRotate: [] };
  }
}
