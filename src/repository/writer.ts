/** How a repository changes: one write at a time for each name, over the state that the one before left. */
import { WritError } from '../errors.js';
import type { RepositoryName } from '../image/repository-name.js';
import type { BlobStore, IndexStore } from '../storage/ports.js';
import type { PublishResponse } from '../transport/api-types.js';
import type { BinNaming } from '../tuf/bins.js';
import type { Root } from '../tuf/model.js';
import type { Clock } from '../tuf/ports.js';
import type { Verified } from '../tuf/verified.js';
import { acceptDocuments } from './accept.js';
import { acceptBins } from './bin-publication.js';
import type { BinDelegation } from './bins.js';
import { commitState, nextVersions } from './commit.js';
import { candidateSigners, chooseSigners, type ChosenSigners, type SignerSource } from './online-keys.js';
import type { Publication } from './request.js';
import { isDue } from './resign.js';
import { readTargetFile } from './serve.js';
import { StoreGate } from './store-gate.js';
import { collectSuperseded } from './superseded.js';
import { sweep } from './garbage.js';
import { sizeWarnings } from './size-warnings.js';
import { signSnapshot, signTimestamp, type Lifetimes } from './sign-online.js';
import {
  binsOf,
  isHeadOf,
  keysOf,
  loadState,
  targetsOf,
  versionsBut,
  type RepositoryState,
} from './state.js';
import { collectTargetFiles, type NewFile, type TargetChange } from './target-files.js';

export interface RepositoryPorts {
  readonly blobs: BlobStore;
  readonly index: IndexStore;
  /** The keys that sign snapshot and timestamp of a repository, existing or not; in this process or in another. */
  readonly signers: SignerSource;
  readonly clock: Clock;
  readonly lifetimes: Lifetimes;
  /** That of everybody who writes to the same store; without it nobody else does. */
  readonly gate?: StoreGate | undefined;
}

/** The repositories of one store. One process writes to a store; within it, one write at a time per name. */
export class RepositoryWriter {
  readonly #ports: RepositoryPorts;
  readonly #states = new Map<RepositoryName, RepositoryState>();
  readonly #gate: StoreGate;
  readonly #queues = new Map<RepositoryName, Promise<unknown>>();

  constructor(ports: RepositoryPorts) {
    this.#ports = ports;
    this.#gate = ports.gate ?? new StoreGate();
  }

  /** Runs `work` after all that was asked for `name` before. */
  alone<R>(name: RepositoryName, work: () => Promise<R>): Promise<R> {
    const before = this.#queues.get(name) ?? Promise.resolve();
    const run = before.then(work, work);
    const settled = run.catch(() => undefined);
    this.#queues.set(name, settled);
    void settled.then(() => {
      if (this.#queues.get(name) === settled) this.#queues.delete(name);
    });
    return run;
  }

  /** Runs what stores blobs and then names them in the index; not to be nested. */
  storing<R>(work: () => Promise<R>): Promise<R> {
    return this.#gate.write(work);
  }

  /**
   * Takes superseded metadata of one repository out of the index.
   *
   * @returns how many documents went
   * @throws WritError as collectSuperseded
   */
  collect(name: RepositoryName, until: Date): Promise<number> {
    return this.alone(name, async () =>
      collectSuperseded(name, await this.existing(name), until, this.#ports),
    );
  }

  /** Removes blobs that nothing names any more, and says how many. */
  sweep(): Promise<number> {
    return sweep(this.#ports, this.#gate);
  }

  /** @throws WritError REPOSITORY_UNKNOWN, REPOSITORY_BROKEN, STORE_* */
  async existing(name: RepositoryName): Promise<RepositoryState> {
    const state = await this.state(name);
    if (state !== undefined) return state;
    throw new WritError('REPOSITORY_UNKNOWN', `the service hosts no repository ${name}`);
  }

  /** The current state, undefined when there is no such repository. @throws WritError REPOSITORY_BROKEN, STORE_* */
  async state(name: RepositoryName): Promise<RepositoryState | undefined> {
    const { index, blobs } = this.#ports;
    const head = await index.get(keysOf(name).head);
    const known = this.#states.get(name);
    if (known !== undefined && isHeadOf(head, known.versions)) return known;
    const state = await loadState(name, index, blobs);
    if (state === undefined) this.#states.delete(name);
    else this.#states.set(name, state);
    return state;
  }

  /**
   * Signs snapshot and timestamp again where they are due; to be called {@link alone}.
   *
   * @returns whether anything was
   */
  async resign(name: RepositoryName): Promise<boolean> {
    const { clock, lifetimes, signers, blobs, index } = this.#ports;
    const current = await this.existing(name);
    const now = clock.now();
    const snapshotDue = isDue(current.snapshot.value, lifetimes.snapshot, now);
    if (!snapshotDue && !isDue(current.timestamp.value, lifetimes.timestamp, now)) return false;
    const context = { signers: await signers(name, current.online), lifetimes, now };
    const snapshot = snapshotDue ? await signSnapshot(current, current.snapshot, context) : current.snapshot;
    const timestamp = await signTimestamp(current.root, snapshot, current.timestamp, context);
    const versions = nextVersions(current.versions, [snapshot, timestamp]);
    const after = { ...current, snapshot, timestamp, versions };
    const commit = { name, before: current, after, files: [], at: now };
    await this.storing(() => commitState(commit, blobs, index));
    this.#states.set(name, after);
    return true;
  }

  /**
   * Verify, sign, store: the one way in which a repository changes; to be called {@link alone}.
   *
   * @throws WritError as RepositoryService.create
   */
  async write(
    name: RepositoryName,
    current: RepositoryState | undefined,
    { documents, roots = [], blobs: sent, uploads = [], filesElsewhere = false }: Publication,
  ): Promise<PublishResponse> {
    const { clock, lifetimes, blobs, index } = this.#ports;
    const now = clock.now();
    const { roles, newRoots } = acceptDocuments({ documents, roots, current, now });
    const { signers, generations: online } = await this.#signers(name, roles.root, current);
    const binsBefore = current === undefined ? [] : binsOf(current);
    const binsAfter = binsOf(roles);
    const bins = await acceptBins(
      {
        name,
        documents,
        uploads,
        before: binsBefore,
        after: binsAfter,
        versions: current?.versions ?? new Map(),
        now,
      },
      { blobs, index, fileKey: keysOf(name).file },
    );
    const changes = allTargets(roles)
      .filter(({ role }) => documents.has(role))
      .map(after => ({ before: current && targetsOf(current, after.role), after }));
    const files = await this.#targetFiles(name, [...changes, ...bins.changes], sent, filesElsewhere);
    const context = { signers, lifetimes, now };
    const snapshot = await signSnapshot(roles, current?.snapshot, context, bins.files.values());
    const timestamp = await signTimestamp(roles.root, snapshot, current?.timestamp, context);
    const changed = [roles.root, ...allTargets(roles), snapshot, timestamp];
    const versions = nextVersions(current?.versions, changed, bins.files.values());
    const binned = everBinned(current?.binned ?? [], binsAfter);
    const after: RepositoryState = { ...roles, snapshot, timestamp, versions, binned, online };
    const binFiles = bins.files.values();
    const commit = { name, before: current, after, newRoots, files, bins: binFiles, uploads, at: now };
    await this.storing(() => commitState(commit, blobs, index));
    this.#states.set(name, after);
    const warnings = sizeWarnings([...newRoots, ...changes.map(({ after }) => after), snapshot, timestamp]);
    const newBins = [...bins.files.values()].map(({ role, version }) => [role, version] as const);
    return {
      versions: Object.fromEntries([...versionsBut(versions, binned), ...newBins]),
      ...(warnings.length > 0 && { warnings }),
    };
  }

  /** The keys that `root` names; only a new one may name others. */
  async #signers(
    name: RepositoryName,
    root: Verified<Root>,
    current: RepositoryState | undefined,
  ): Promise<ChosenSigners> {
    const { signers } = this.#ports;
    if (current !== undefined && root === current.root) {
      return { signers: await signers(name, current.online), generations: current.online };
    }
    return chooseSigners(root.value, await candidateSigners(name, current?.online, signers));
  }

  async #targetFiles(
    name: RepositoryName,
    changes: readonly TargetChange[],
    sent: readonly Uint8Array[],
    elsewhere: boolean,
  ): Promise<readonly NewFile[]> {
    if (!elsewhere) return collectTargetFiles(changes, sent, hex => readTargetFile(name, hex, this.#ports));
    if (sent.length === 0) return [];
    throw new WritError('REPOSITORY_REQUEST', 'target files were sent that the request says lie elsewhere');
  }
}

function everBinned(before: readonly BinNaming[], now: readonly BinDelegation[]): BinNaming[] {
  const added = now
    .map(({ succinct: { namePrefix, bitLength } }) => ({ namePrefix, bitLength }))
    .filter(
      ({ namePrefix, bitLength }) =>
        !before.some(known => known.namePrefix === namePrefix && known.bitLength === bitLength),
    );
  return [...before, ...added];
}

const allTargets = ({ targets, delegated }: Pick<RepositoryState, 'targets' | 'delegated'>) => [
  targets,
  ...[...delegated.values()].map(({ document }) => document),
];
