/** What the repository service gives to the rooms above it. */
import type { RepositoryName } from '../image/repository-name.js';
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

/** One metadata file as it is served. */
export interface ServedFile {
  readonly bytes: Uint8Array;
  /** SHA-256 of the bytes in hex. */
  readonly digest: string;
  /** True when the name carries a version: the bytes under that name never change. */
  readonly immutable: boolean;
  /** When the file became current. */
  readonly lastModified: Date;
}

/** Hosts native TUF repositories: accepts what people signed, adds snapshot and timestamp with its online keys. */
export interface RepositoryService {
  /** All repositories, sorted by name. */
  list(): Promise<readonly RepositorySummary[]>;

  /** The online public keys of `name`, which need not exist yet. */
  keys(name: RepositoryName): Promise<RepositoryKeys>;

  /**
   * Makes a repository from its first signed root, targets and delegated documents.
   *
   * @throws WritError REPOSITORY_EXISTS; REPOSITORY_REQUEST, REPOSITORY_DOCUMENT, REPOSITORY_LIMIT,
   *   REPOSITORY_ONLINE_KEYS, REPOSITORY_DELEGATION, REPOSITORY_TARGET_MISSING, REPOSITORY_BLOB; and what `tuf/`
   *   refuses: TUF_THRESHOLD, TUF_VERSION, TUF_EXPIRED, …
   */
  create(name: RepositoryName, request: CreateRepositoryRequest): Promise<PublishResponse>;

  /**
   * Publishes new versions of one or more documents, all or none. Durable when it resolves.
   *
   * @throws WritError REPOSITORY_UNKNOWN; REPOSITORY_CONFLICT with `details.versions` when a base is no longer
   *   current; and those of {@link create}
   */
  publish(name: RepositoryName, request: PublishRequest): Promise<PublishResponse>;

  /**
   * Takes documents of hash bins ahead of the publication that names them. Durable when it resolves; not verified yet.
   *
   * @throws WritError REPOSITORY_UNKNOWN, REPOSITORY_REQUEST, REPOSITORY_LIMIT
   */
  upload(name: RepositoryName, request: UploadRequest): Promise<UploadResponse>;

  /** When each role expires. @throws WritError REPOSITORY_UNKNOWN, REPOSITORY_BROKEN */
  status(name: RepositoryName): Promise<RepositoryStatus>;

  /** The proposals that wait for signatures, sorted by role. @throws WritError REPOSITORY_UNKNOWN */
  proposals(name: RepositoryName): Promise<ProposalList>;

  /**
   * Proposes the next version of a role; published at once when its signatures suffice. Proposing the open proposal
   * again adds the signatures that are new. Durable when it resolves.
   *
   * @throws WritError REPOSITORY_UNKNOWN; REPOSITORY_CONFLICT for a document that is not the next version;
   *   REPOSITORY_PROPOSAL_OPEN when another is open for the role; REPOSITORY_PROPOSAL_SIGNATURE when no key of the
   *   role has signed it; REPOSITORY_LIMIT when too much waits; and those of {@link create}
   */
  propose(name: RepositoryName, request: ProposeRequest): Promise<ProposalAnswer>;

  /** An open proposal with its documents. @throws WritError REPOSITORY_UNKNOWN, REPOSITORY_PROPOSAL_UNKNOWN */
  proposal(name: RepositoryName, role: string): Promise<ProposalDocument>;

  /**
   * Adds signatures, each of which must count, to an open proposal; published with snapshot and timestamp in one
   * transaction as soon as a threshold of the current keys has signed. Durable when it resolves.
   *
   * @throws WritError REPOSITORY_UNKNOWN, REPOSITORY_PROPOSAL_UNKNOWN, REPOSITORY_PROPOSAL_CHANGED,
   *   REPOSITORY_PROPOSAL_SIGNATURE; and those of {@link publish}
   */
  addSignatures(name: RepositoryName, request: SignProposalRequest): Promise<ProposalAnswer>;

  /** @throws WritError REPOSITORY_UNKNOWN, REPOSITORY_PROPOSAL_UNKNOWN, REPOSITORY_PROPOSAL_CHANGED */
  rejectProposal(name: RepositoryName, request: RejectProposalRequest): Promise<void>;

  /** One metadata file by its raw name (`2.root.json`, `timestamp.json`), or null when there is none. */
  metadata(name: RepositoryName, fileName: string): Promise<ServedFile | null>;

  /** The bytes of one target by its path on the wire, `dir/<hash>.<last component>`, or null. */
  target(name: RepositoryName, wirePath: string): Promise<Uint8Array | null>;

  /** Reads the repository in this process, by the same names as over HTTP. */
  fetcher(name: RepositoryName): Fetcher;

  /**
   * Signs every timestamp and snapshot again of which an eighth of the life has passed (6 hours of 2 days).
   *
   * @returns the repositories that were signed, and those that could not be with the reason
   */
  resignDue(): Promise<ResignReport>;

  /**
   * Removes metadata that was replaced more than `keepMs` ago, never a root and never what a current document names;
   * then the target files and blobs that nothing names any more.
   */
  collect(keepMs: number): Promise<CollectReport>;
}

export interface ResignReport {
  readonly signed: readonly RepositoryName[];
  readonly failed: readonly RepositoryFailure[];
}

export interface RepositoryFailure {
  readonly repository: RepositoryName;
  readonly error: Error;
}

export interface CollectReport {
  /** Documents that are served no more. */
  readonly documents: number;
  /** Files that were removed. */
  readonly blobs: number;
  readonly failed: readonly RepositoryFailure[];
}
