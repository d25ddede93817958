import type { RepositoryName } from '../image/repository-name.js';
import { parseRepositoryName } from '../image/repository-name.js';
import { toWritError, WritError } from '../errors.js';
import type {
  CreateRepositoryRequest,
  ProposalAnswer,
  ProposalDocument,
  ProposalList,
  ProposeRequest,
  PublishRequest,
  PublishResponse,
  RejectProposalRequest,
  RepositoryKeys,
  RepositoryStatus,
  RepositorySummary,
  SignProposalRequest,
  UploadRequest,
  UploadResponse,
} from '../transport/api-types.js';
import type { Fetcher } from '../tuf/ports.js';
import { parseRoleName, type RoleName } from '../tuf/role-name.js';
import { conflict } from './commit.js';
import { candidateSigners } from './online-keys.js';
import { Proposals } from './proposals.js';
import { decodePublication, decodeUpload, type Publication } from './request.js';
import { storeUpload } from './uploads.js';
import { readMetadata, readTarget } from './serve.js';
import type { OnlineSigners } from './sign-online.js';
import { HEADS, readHead } from './state.js';
import { statusOf } from './status.js';
import type {
  CollectReport,
  RepositoryFailure,
  RepositoryService,
  ResignReport,
  ServedFile,
} from './types.js';
import { RepositoryWriter, type RepositoryPorts } from './writer.js';

export type { RepositoryPorts } from './writer.js';

/** A repository service over its ports. One process writes to a store; within it, one write at a time per name. */
export function createRepositoryService(ports: RepositoryPorts): RepositoryService {
  return new HostedRepositories(ports);
}

class HostedRepositories implements RepositoryService {
  readonly #ports: RepositoryPorts;
  readonly #writer: RepositoryWriter;
  readonly #proposals: Proposals;

  constructor(ports: RepositoryPorts) {
    this.#ports = ports;
    this.#writer = new RepositoryWriter(ports);
    this.#proposals = new Proposals(this.#writer, ports);
  }

  async list(): Promise<readonly RepositorySummary[]> {
    const entries = await this.#ports.index.list(HEADS);
    return entries.map(([key, head]) => ({
      name: key.slice(HEADS.length),
      format: 'tuf',
      versions: Object.fromEntries(readHead(head)),
    }));
  }

  async keys(name: RepositoryName): Promise<RepositoryKeys> {
    const current = await this.#writer.state(name);
    const [now, next] = await candidateSigners(name, current?.online, this.#ports.signers);
    return { ...publicKeysOf(now), ...(next && { next: publicKeysOf(next) }) };
  }

  create(name: RepositoryName, request: CreateRepositoryRequest): Promise<PublishResponse> {
    return this.#writer.alone(name, async () => {
      if ((await this.#writer.state(name)) !== undefined) {
        throw new WritError('REPOSITORY_EXISTS', `the repository ${name} exists already`);
      }
      return this.#writer.write(name, undefined, decodePublication(request));
    });
  }

  publish(name: RepositoryName, request: PublishRequest): Promise<PublishResponse> {
    return this.#writer.alone(name, async () => {
      const current = await this.#writer.existing(name);
      const publication = decodePublication(request);
      checkBases(name, publication, request.base, current.versions);
      return this.#writer.write(name, current, publication);
    });
  }

  async upload(name: RepositoryName, request: UploadRequest): Promise<UploadResponse> {
    await this.#writer.existing(name);
    const documents = decodeUpload(request);
    const now = this.#ports.clock.now();
    const store = () => storeUpload(name, documents, now, this.#ports);
    return { upload: await this.#writer.storing(store) };
  }

  async status(name: RepositoryName): Promise<RepositoryStatus> {
    const { index, clock } = this.#ports;
    return statusOf(name, await this.#writer.existing(name), index, clock.now());
  }

  proposals(name: RepositoryName): Promise<ProposalList> {
    return this.#proposals.list(name);
  }

  propose(name: RepositoryName, request: ProposeRequest): Promise<ProposalAnswer> {
    return this.#proposals.propose(name, request);
  }

  proposal(name: RepositoryName, role: string): Promise<ProposalDocument> {
    return this.#proposals.document(name, role);
  }

  addSignatures(name: RepositoryName, request: SignProposalRequest): Promise<ProposalAnswer> {
    return this.#proposals.sign(name, request);
  }

  rejectProposal(name: RepositoryName, request: RejectProposalRequest): Promise<void> {
    return this.#proposals.reject(name, request);
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
    const failed = await this.#each(async repository => {
      await this.#proposals.dropExpired(repository);
      if (await this.#writer.alone(repository, () => this.#writer.resign(repository)))
        signed.push(repository);
    });
    return { signed, failed };
  }

  async collect(keepMs: number): Promise<CollectReport> {
    const until = new Date(this.#ports.clock.now().getTime() - keepMs);
    let documents = 0;
    const failed = await this.#each(async repository => {
      documents += await this.#writer.collect(repository, until);
    });
    return { documents, blobs: await this.#writer.sweep(), failed };
  }

  /** Does the same with every repository; one that fails does not keep the others from it. */
  async #each(work: (name: RepositoryName) => Promise<void>): Promise<readonly RepositoryFailure[]> {
    const failed: RepositoryFailure[] = [];
    for (const { name } of await this.list()) {
      const repository = parseRepositoryName(name);
      await work(repository).catch((error: unknown) => {
        failed.push({ repository, error: toWritError(error) });
      });
    }
    return failed;
  }
}

const publicKeysOf = ({ snapshot, timestamp }: OnlineSigners) => ({
  snapshot: snapshot.key.toJson(),
  timestamp: timestamp.key.toJson(),
});

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
