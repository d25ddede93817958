import type { RepositoryName } from '../image/repository-name.js';
import { parseRepositoryName } from '../image/repository-name.js';
import { toWritError, WritError } from '../errors.js';
import type { BlobStore, IndexStore } from '../storage/ports.js';
import type {
  CreateRepositoryRequest,
  PublishRequest,
  PublishResponse,
  RepositoryKeys,
  RepositorySummary,
} from '../transport/api-types.js';
import type { Clock, Fetcher } from '../tuf/ports.js';
import { parseRoleName, type RoleName } from '../tuf/role-name.js';
import { acceptDocuments } from './accept.js';
import { commitState, conflict, nextVersions } from './commit.js';
import { decodePublication, type Publication } from './request.js';
import { isDue } from './resign.js';
import { readMetadata, readTarget, readTargetFile } from './serve.js';
import { signSnapshot, signTimestamp, type Lifetimes, type OnlineSigners } from './sign-online.js';
import { ALL_REPOSITORIES, HEAD_KEY, loadState, readHead, type RepositoryState } from './state.js';
import { collectTargetFiles } from './target-files.js';
import type { RepositoryService, ResignReport, ServedFile } from './types.js';

export interface RepositoryPorts {
  readonly blobs: BlobStore;
  readonly index: IndexStore;
  /** The keys that sign snapshot and timestamp of a repository, existing or not; in this process or in another. */
  readonly signers: (name: RepositoryName) => OnlineSigners | Promise<OnlineSigners>;
  readonly clock: Clock;
  readonly lifetimes: Lifetimes;
}

/** A repository service over its ports. One process writes to a store; within it, one write at a time per name. */
export function createRepositoryService(ports: RepositoryPorts): RepositoryService {
  return new HostedRepositories(ports);
}

class HostedRepositories implements RepositoryService {
  readonly #ports: RepositoryPorts;
  readonly #states = new Map<RepositoryName, RepositoryState>();
  readonly #queues = new Map<RepositoryName, Promise<unknown>>();

  constructor(ports: RepositoryPorts) {
    this.#ports = ports;
  }

  async list(): Promise<readonly RepositorySummary[]> {
    const entries = await this.#ports.index.list(ALL_REPOSITORIES);
    return entries.flatMap(([key, value]) => {
      const name = HEAD_KEY.exec(key)?.[1];
      if (name === undefined) return [];
      return [{ name, format: 'tuf' as const, versions: Object.fromEntries(readHead(value)) }];
    });
  }

  async keys(name: RepositoryName): Promise<RepositoryKeys> {
    const { snapshot, timestamp } = await this.#ports.signers(name);
    return { snapshot: snapshot.key.toJson(), timestamp: timestamp.key.toJson() };
  }

  create(name: RepositoryName, request: CreateRepositoryRequest): Promise<PublishResponse> {
    return this.#alone(name, async () => {
      if ((await this.#state(name)) !== undefined) {
        throw new WritError('REPOSITORY_EXISTS', `the repository ${name} exists already`);
      }
      return this.#write(name, undefined, decodePublication(request));
    });
  }

  publish(name: RepositoryName, request: PublishRequest): Promise<PublishResponse> {
    return this.#alone(name, async () => {
      const current = await this.#existing(name);
      const publication = decodePublication(request);
      checkBases(name, publication, request.base, current.versions);
      return this.#write(name, current, publication);
    });
  }

  metadata(name: RepositoryName, fileName: string): Promise<ServedFile | null> {
    return readMetadata(name, fileName, this.#ports);
  }

  target(name: RepositoryName, wirePath: string): Promise<Uint8Array | null> {
    return readTarget(name, wirePath, this.#ports);
  }

  fetcher(name: RepositoryName): Fetcher {
    return {
      metadata: async (fileName, maxBytes) => {
        const file = await this.metadata(name, fileName);
        return file === null ? null : bounded(fileName, file.bytes, maxBytes);
      },
      target: async (path, maxBytes) => {
        const bytes = await this.target(name, path);
        return bytes === null ? null : bounded(path, bytes, maxBytes);
      },
    };
  }

  async resignDue(): Promise<ResignReport> {
    const signed: RepositoryName[] = [];
    const failed: { repository: RepositoryName; error: Error }[] = [];
    for (const summary of await this.list()) {
      const repository = parseRepositoryName(summary.name);
      try {
        if (await this.#alone(repository, () => this.#resign(repository))) signed.push(repository);
      } catch (error) {
        failed.push({ repository, error: toWritError(error) });
      }
    }
    return { signed, failed };
  }

  async #resign(name: RepositoryName): Promise<boolean> {
    const { clock, lifetimes, signers, blobs, index } = this.#ports;
    const current = await this.#existing(name);
    const now = clock.now();
    const snapshotDue = isDue(current.snapshot.value, lifetimes.snapshot, now);
    if (!snapshotDue && !isDue(current.timestamp.value, lifetimes.timestamp, now)) return false;
    const context = { signers: await signers(name), lifetimes, now };
    const snapshot = snapshotDue ? await signSnapshot(current, current.snapshot, context) : current.snapshot;
    const timestamp = await signTimestamp(current.root, snapshot, current.timestamp, context);
    const versions = nextVersions(current.versions, [snapshot, timestamp]);
    const after = { ...current, snapshot, timestamp, versions };
    await commitState({ name, before: current, after, files: [], at: now }, blobs, index);
    this.#states.set(name, after);
    return true;
  }

  /** Verify, sign, store: the one way in which a repository changes. */
  async #write(
    name: RepositoryName,
    current: RepositoryState | undefined,
    { documents, blobs: sent }: Publication,
  ): Promise<PublishResponse> {
    const { clock, lifetimes, blobs, index } = this.#ports;
    const signers = await this.#ports.signers(name);
    const now = clock.now();
    const online = { snapshot: signers.snapshot.key, timestamp: signers.timestamp.key };
    const roles = acceptDocuments({ documents, current, online, now });
    const changes = targetsOf(roles)
      .filter(({ role }) => documents.has(role))
      .map(after => ({
        before: current && targetsOf(current).find(({ role }) => role === after.role),
        after,
      }));
    const files = await collectTargetFiles(changes, sent, hex => readTargetFile(name, hex, this.#ports));
    const context = { signers, lifetimes, now };
    const snapshot = await signSnapshot(roles, current?.snapshot, context);
    const timestamp = await signTimestamp(roles.root, snapshot, current?.timestamp, context);
    const changed = [roles.root, ...targetsOf(roles), snapshot, timestamp];
    const versions = nextVersions(current?.versions, changed);
    const after: RepositoryState = { ...roles, snapshot, timestamp, versions };
    await commitState({ name, before: current, after, files, at: now }, blobs, index);
    this.#states.set(name, after);
    return { versions: Object.fromEntries(versions) };
  }

  async #existing(name: RepositoryName): Promise<RepositoryState> {
    const state = await this.#state(name);
    if (state !== undefined) return state;
    throw new WritError('REPOSITORY_UNKNOWN', `the service hosts no repository ${name}`);
  }

  /** The current state; what another process wrote to a shared store meanwhile shows at the commit. */
  async #state(name: RepositoryName): Promise<RepositoryState | undefined> {
    const { index, blobs } = this.#ports;
    const known = this.#states.get(name);
    if (known !== undefined) return known;
    const state = await loadState(name, index, blobs);
    if (state !== undefined) this.#states.set(name, state);
    return state;
  }

  /** Runs `work` after all that was asked for `name` before; a failure forgets the cached state. */
  #alone<R>(name: RepositoryName, work: () => Promise<R>): Promise<R> {
    const before = this.#queues.get(name) ?? Promise.resolve();
    const run = before.then(work, work);
    const settled = run.catch(() => this.#states.delete(name));
    this.#queues.set(name, settled);
    void settled.then(() => {
      if (this.#queues.get(name) === settled) this.#queues.delete(name);
    });
    return run;
  }
}

const targetsOf = ({ targets, delegated }: Pick<RepositoryState, 'targets' | 'delegated'>) => [
  targets,
  ...[...delegated.values()].map(({ document }) => document),
];

/** A document made from another version than the current one would silently undo what came between. */
function checkBases(
  name: RepositoryName,
  { documents }: Publication,
  base: PublishRequest['base'],
  versions: ReadonlyMap<RoleName, number>,
): void {
  const bases = new Map(Object.entries(base).map(([role, version]) => [parseRoleName(role), version]));
  for (const role of documents.keys()) {
    const from = bases.get(role);
    if (from === undefined) throw new WritError('REPOSITORY_REQUEST', `request.base does not name ${role}`);
    const current = versions.get(role) ?? 0;
    if (from === current) continue;
    throw conflict(name, versions, `${role} was made from version ${from}, the current one is ${current}`);
  }
}

function bounded(name: string, bytes: Uint8Array, maxBytes: number): Uint8Array {
  if (bytes.length <= maxBytes) return bytes;
  throw new WritError('TUF_LENGTH', `${name} has ${bytes.length} bytes, more than ${maxBytes}`);
}
