/** The search for a target in several repositories. TAP 4. */
import { WritError } from '../../errors.js';
import { sameContent } from '../file-bytes.js';
import { matchesGlob } from '../glob.js';
import type { TargetFile } from '../model.js';
import { evidenceFor, type Evidence } from './evidence.js';
import { findTarget, type FoundTarget } from './find-target.js';
import type { MapFile, MappedRepository, Mapping } from './map-file.js';
import type { RepositoryView } from './view.js';

/** What one repository says of a target. */
export interface RepositoryAnswer {
  readonly repository: MappedRepository;
  readonly view: RepositoryView;
  readonly found: FoundTarget;
  readonly evidence: Evidence;
}

export interface AgreedTarget {
  /** As the first repository that agrees lists it; `custom` is that repository's alone. */
  readonly target: TargetFile;
  /** Those that agree, in the order of the mapping; as many as it needs. */
  readonly answers: readonly [RepositoryAnswer, ...RepositoryAnswer[]];
  /** When the first document behind any of the answers expires. */
  readonly validUntil: Date;
}

/** Gives the view of a repository, refreshed: from its own pinned root, in a store of its own. */
export type OpenView = (repository: MappedRepository) => Promise<RepositoryView>;

/**
 * The target at `path`, as the first mapping says that matches it and whose repositories agree. They are asked in
 * order until enough agree. One that cannot be verified ends the search: who withholds it must not choose the answer.
 *
 * @returns undefined when no repository that may speak for it lists it
 * @throws WritError TUF_DISAGREEMENT where a terminating mapping's repositories do not agree; as `open` and findTarget
 */
export async function findInRepositories(
  map: MapFile,
  open: OpenView,
  path: string,
): Promise<AgreedTarget | undefined> {
  for (const mapping of map.mappings) {
    if (!mapping.paths.some(pattern => matchesGlob(pattern, path))) continue;
    const agreed = await askMapping(mapping, open, path);
    if (agreed !== undefined || mapping.terminating) return agreed;
  }
  return undefined;
}

async function askMapping(
  { repositories, threshold, terminating }: Mapping,
  open: OpenView,
  path: string,
): Promise<AgreedTarget | undefined> {
  const answers: RepositoryAnswer[] = [];
  for (const repository of repositories) {
    const view = await open(repository);
    const found = await findTarget(view, path);
    if (found === undefined) continue;
    answers.push({ repository, view, found, evidence: evidenceFor(view, found) });
    const agreed = agreement(answers, threshold);
    if (agreed !== undefined) return agreed;
  }
  if (answers.length === 0 || !terminating) return undefined;
  const listedBy = answers.map(({ repository }) => repository);
  throw new WritError(
    'TUF_DISAGREEMENT',
    `${threshold} of the repositories ${repositories.join(', ')} must agree on ${path}; listed by ${listedBy.join(', ')}`,
    { details: { path, needed: threshold, repositories: [...repositories], listedBy } },
  );
}

function agreement(answers: readonly RepositoryAnswer[], threshold: number): AgreedTarget | undefined {
  for (const first of answers) {
    const { target } = first.found;
    const others = answers.filter(one => one !== first && sameContent(target, one.found.target));
    if (others.length + 1 < threshold) continue;
    const agreeing = [first, ...others] as const;
    const ends = agreeing.map(({ evidence }) => evidence.validUntil.getTime());
    return { target, answers: agreeing, validUntil: new Date(Math.min(...ends)) };
  }
  return undefined;
}
