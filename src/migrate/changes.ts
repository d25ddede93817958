/** The change feed of what was migrated. */
import type { Change } from '../repository/notary/changes.js';
import { ensureChange, importChanges } from '../repository/notary/import-changes.js';
import type { ImportPorts } from '../repository/notary/import.js';
import { parseGun, type Gun } from '../tuf/notary/names.js';
import type { Clock } from '../tuf/ports.js';
import type { ChangeRow } from './databases.js';
import type { MigrationReport, RepositoryReport } from './report.js';

/**
 * Takes the feed over under its ids, save what is of repositories that were left out; each that was taken gets a change
 * of its own where the feed has none.
 *
 * @param changesAfter - undefined where there is no feed
 * @throws WritError STORE_*, and what reading the feed throws
 */
export async function takeChanges(
  repositories: readonly RepositoryReport[],
  changesAfter: ((id: number) => AsyncIterable<ChangeRow>) | undefined,
  { index }: ImportPorts,
  clock: Clock,
): Promise<MigrationReport['changes']> {
  const out = new Set(repositories.filter(({ outcome }) => outcome === 'left out').map(({ name }) => name));
  const done =
    changesAfter === undefined
      ? { taken: 0, continued: false, wrong: [] }
      : await importChanges(
          index,
          id => readable(changesAfter(id)),
          gun => out.has(gun),
        );
  for (const { name } of repositories) {
    if (!out.has(name)) await ensureChange(index, parseGun(name), clock.now());
  }
  return { imported: done.taken, sameIds: done.continued, leftOut: done.wrong.map(({ id }) => id) };
}

/** The rows that can be changes: of a repository whose name cannot be one, nothing was taken. */
async function* readable(rows: AsyncIterable<ChangeRow>): AsyncIterable<Change> {
  for await (const { gun: name, category, ...row } of rows) {
    const gun = gunOf(name);
    if (gun !== undefined) yield { ...row, gun, category: category === 'deletion' ? 'deletion' : 'update' };
  }
}

/** The name of a repository, where `name` can be one. */
export function gunOf(name: string): Gun | undefined {
  try {
    return parseGun(name);
  } catch {
    return undefined;
  }
}
