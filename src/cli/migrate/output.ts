/** A migration in words and as JSON. */
import type { JsonObject } from '../../json/types.js';
import type { MigrationReport, Progress, RepositoryReport } from '../../migrate/report.js';
import type { Output } from '../output.js';
import { columns } from '../table.js';

/** One line for each repository, and one for each thing that is left out. */
export const progressOn = (out: Output): Progress => ({
  repository: (report, done, total) => {
    const { name, outcome, documents, why, leftOut } = report;
    out.note(
      `[${done}/${total}] ${name}: ${outcome === 'left out' ? 'left out' : `${outcome}, ${documents} documents`}`,
    );
    if (why !== undefined) out.warn(`${name} was left out: ${why}`);
    for (const one of leftOut) {
      const version = one.version === 0 ? '' : ` version ${one.version}`;
      out.warn(`${name}: ${one.role}${version} was left out: ${one.why}`);
    }
  },
});

export const reportJson = ({ repositories, keys, changes, deletedThere }: MigrationReport): JsonObject => ({
  repositories: repositories.map(repositoryJson),
  keys: { imported: keys.imported, leftOut: keys.leftOut.map(key => ({ ...key })) },
  changes: { imported: changes.imported, sameIds: changes.sameIds, leftOut: [...changes.leftOut] },
  deletedThere: [...deletedThere],
});

const repositoryJson = ({ frozenUntil, leftOut, mustRotate, ...report }: RepositoryReport): JsonObject => ({
  ...report,
  leftOut: leftOut.map(one => ({ ...one })),
  ...(frozenUntil && { frozenUntil: frozenUntil.toISOString() }),
  mustRotate: [...mustRotate],
});

export function reportText({ repositories, keys, changes }: MigrationReport): string {
  const count = (...outcomes: RepositoryReport['outcome'][]): number =>
    repositories.filter(({ outcome }) => outcomes.includes(outcome)).length;
  const frozen = repositories.filter(({ frozenUntil }) => frozenUntil !== undefined);
  const leftOut = repositories.reduce((sum, report) => sum + report.leftOut.length, 0);
  const documents = repositories.reduce((sum, report) => sum + report.documents, 0);
  const ids = changes.sameIds ? '' : ' (the feed here has ids of its own)';
  return columns(
    [
      ['repositories', `${count('imported', 'updated', 'unchanged')}, ${count('left out')} left out`],
      [
        '  new',
        `${count('imported')} imported, ${count('updated')} updated, ${count('unchanged')} unchanged`,
      ],
      ['  frozen', frozen.length === 0 ? 'none' : `${frozen.length}: their owners must rotate keys`],
      ['documents', `${documents}, ${leftOut} left out`],
      ['keys', `${keys.imported} imported, ${keys.leftOut.length} left out`],
      ['changes', `${changes.imported} imported${ids}, ${changes.leftOut.length} left out`],
    ],
    '',
  );
}
