/** Which of its keys the service signs a repository with: those that root names, among those that it holds. */
import { WritError } from '../errors.js';
import type { RepositoryName } from '../image/repository-name.js';
import { asObject, integerAt } from '../json/read.js';
import { member, type JsonObject, type JsonValue } from '../json/types.js';
import type { Root } from '../tuf/model.js';
import type { Signer } from '../tuf/ports.js';

/** The generation of the key of each online role: 1 and up, each another key. */
export interface OnlineGenerations {
  readonly snapshot: number;
  readonly timestamp: number;
}

/** What the service signs one repository with. */
export interface OnlineSigners {
  readonly snapshot: Signer;
  readonly timestamp: Signer;
  /** Of which generation the keys are; the first when it is left out. */
  readonly generations?: OnlineGenerations;
  /** The generation that a root may rotate to; none when it is left out. */
  readonly next?: OnlineGenerations;
}

/** Makes signers: in this process, or in another. */
export type SignerSource = (
  name: RepositoryName,
  /** Undefined: those that a new repository begins with. */
  generations?: OnlineGenerations,
) => OnlineSigners | Promise<OnlineSigners>;

/** Those of a repository that never rotated its online keys, and of holders that know one generation only. */
const FIRST_GENERATIONS: OnlineGenerations = { snapshot: 1, timestamp: 1 };

/** The signers that a root may name: those of now first. */
export async function candidateSigners(
  name: RepositoryName,
  current: OnlineGenerations | undefined,
  signers: SignerSource,
): Promise<readonly [OnlineSigners, ...OnlineSigners[]]> {
  const now = await signers(name, current);
  return now.next === undefined ? [now] : [now, await signers(name, now.next)];
}

/** What the service signs with from now on. */
export interface ChosenSigners {
  readonly signers: OnlineSigners;
  readonly generations: OnlineGenerations;
}

/**
 * The signers that `root` names, each role by itself: a root may rotate one key and keep the other.
 *
 * @throws WritError REPOSITORY_ONLINE_KEYS when root does not list a key of the candidates, with threshold 1
 */
export function chooseSigners(
  root: Root,
  candidates: readonly [OnlineSigners, ...OnlineSigners[]],
): ChosenSigners {
  const choose = (role: 'snapshot' | 'timestamp'): OnlineSigners => {
    const found = candidates.find(candidate => names(root, role, candidate[role]));
    if (found !== undefined) return found;
    throw new WritError(
      'REPOSITORY_ONLINE_KEYS',
      `root must list the service's key ${candidates[0][role].key.id} for ${role} with threshold 1`,
    );
  };
  const [snapshot, timestamp] = [choose('snapshot'), choose('timestamp')];
  return {
    signers: { snapshot: snapshot.snapshot, timestamp: timestamp.timestamp },
    generations: {
      snapshot: (snapshot.generations ?? FIRST_GENERATIONS).snapshot,
      timestamp: (timestamp.generations ?? FIRST_GENERATIONS).timestamp,
    },
  };
}

/** The service signs with one key, under the id that writ gives it. */
function names(root: Root, role: 'snapshot' | 'timestamp', { key }: Signer): boolean {
  const { keyIds, threshold } = root.roles[role];
  return threshold === 1 && keyIds.includes(key.id) && root.keys.get(key.id)?.material === key.material;
}

/** As the head record of a repository keeps them: nothing for the first. */
export function writeGenerations({ snapshot, timestamp }: OnlineGenerations): {
  readonly online?: JsonObject;
} {
  return snapshot === 1 && timestamp === 1 ? {} : { online: { snapshot, timestamp } };
}

/** @throws WritError JSON_TYPE */
export function readGenerations(head: JsonValue): OnlineGenerations {
  const online = member(asObject(head, 'head'), 'online');
  if (online === undefined) return FIRST_GENERATIONS;
  const object = asObject(online, 'head.online');
  return {
    snapshot: integerAt(object, 'snapshot', 'head.online', 1),
    timestamp: integerAt(object, 'timestamp', 'head.online', 1),
  };
}
