import { WritError } from '../errors.js';
import { asObject } from '../json/read.js';
import { parseStrict } from '../json/strict.js';
import type { JsonObject } from '../json/types.js';
import {
  toFrozen,
  toKeys,
  toList,
  toProposalAnswer,
  toProposalDocument,
  toProposals,
  toPublished,
  toStatus,
  toUpload,
} from './api-answers.js';
import {
  MAX_API_BODY,
  type CreateRepositoryRequest,
  type FrozenList,
  type ProposalAnswer,
  type ProposalDocument,
  type ProposalList,
  type ProposeRequest,
  type PublishRequest,
  type PublishResponse,
  type RejectProposalRequest,
  type RepositoryKeys,
  type RepositoryList,
  type RepositoryStatus,
  type SignProposalRequest,
  type UploadRequest,
  type UploadResponse,
} from './api-types.js';
import { encodeComponent } from './encode-path.js';
import { httpRequest } from './http.js';
import { isLoopback, parseTarget } from './http-url.js';
import type { HttpClient, HttpResponse, TlsOptions } from './http-types.js';
import { printable, toServerError } from './server-error.js';

export interface ApiClientOptions {
  /** Base URL of the service; a slash at the end does not matter. */
  readonly server: string;
  /** Sent as a bearer token, over TLS or to this machine only. */
  readonly token?: string | undefined;
  readonly tls?: TlsOptions;
  readonly http?: HttpClient;
  /** Takes what the publisher should know although a publication went well. */
  readonly onWarning?: (warning: string) => void;
}

/** The most bytes of an answer of the API: a proposal with its documents. */
const MAX_ANSWER = MAX_API_BODY;
/** Above the time that a service may take to verify, sign and store a large publication. */
const TIMEOUT_MS = 120_000;

/**
 * The write API of a service. A failure that the service reports comes back as the same WritError; what any request
 * may throw besides is that of `httpRequest`, FETCH_ANSWER, FETCH_STATUS and FETCH_PLAINTEXT.
 */
export class ApiClient {
  readonly #options: ApiClientOptions;
  readonly #base: string;

  /** @throws WritError FETCH_URL, FETCH_PLAINTEXT when a token would be sent over http to another machine */
  constructor(options: ApiClientOptions) {
    this.#options = options;
    this.#base = options.server.replace(/\/+$/, '');
    const target = parseTarget(this.#base);
    if (options.token !== undefined && !target.secure && !isLoopback(target.hostname)) {
      throw new WritError('FETCH_PLAINTEXT', `the token is not sent to ${target.shown}, which is plain http`);
    }
  }

  /** Every repository that the caller may read. */
  listRepositories(): Promise<RepositoryList> {
    return this.#request('GET', '/v1/repositories', undefined, toList);
  }

  /** Notary repositories whose owners must rotate keys, since their old server kept those that it signed with. */
  frozen(): Promise<FrozenList> {
    return this.#request('GET', '/v1/notary/frozen', undefined, toFrozen);
  }

  /** The public keys that root must name for snapshot and timestamp of the repository `name`. */
  repositoryKeys(name: string): Promise<RepositoryKeys> {
    return this.#request('GET', `${pathOf(name)}/keys`, undefined, toKeys);
  }

  createRepository(request: CreateRepositoryRequest): Promise<PublishResponse> {
    return this.#request('POST', '/v1/repositories', request, toPublished);
  }

  /** @throws WritError REPOSITORY_CONFLICT with `details.versions` when `base` is no longer current */
  async publish(name: string, request: PublishRequest): Promise<PublishResponse> {
    const answer = await this.#request('POST', `${pathOf(name)}/publish`, request, toPublished);
    for (const warning of answer.warnings ?? []) this.#options.onWarning?.(warning);
    return answer;
  }

  /** Sends documents of hash bins ahead of the publication that names them. */
  upload(name: string, request: UploadRequest): Promise<UploadResponse> {
    return this.#request('POST', `${pathOf(name)}/uploads`, request, toUpload);
  }

  /** When each role of the repository expires. */
  status(name: string): Promise<RepositoryStatus> {
    return this.#request('GET', `${pathOf(name)}/status`, undefined, toStatus);
  }

  /** The documents that wait for signatures. */
  proposals(name: string): Promise<ProposalList> {
    return this.#request('GET', `${pathOf(name)}/proposals`, undefined, toProposals);
  }

  /**
   * Proposes the next version of a role; it is published at once when its signatures suffice.
   *
   * @throws WritError REPOSITORY_PROPOSAL_OPEN when the role has another proposal, REPOSITORY_CONFLICT when the
   *   document is not the next version, REPOSITORY_PROPOSAL_SIGNATURE when no key of the role has signed it
   */
  propose(name: string, request: ProposeRequest): Promise<ProposalAnswer> {
    return this.#request('POST', `${pathOf(name)}/proposals`, request, toProposalAnswer);
  }

  /**
   * The open proposal of `role` with its documents: what the service says about them is for the caller to verify.
   *
   * @throws WritError REPOSITORY_PROPOSAL_UNKNOWN
   */
  proposal(name: string, role: string): Promise<ProposalDocument> {
    const path = `${pathOf(name)}/proposals/document?role=${encodeComponent(role)}`;
    return this.#request('GET', path, undefined, toProposalDocument);
  }

  /**
   * Adds signatures to the proposal that the caller has seen; it is published when they suffice.
   *
   * @throws WritError REPOSITORY_PROPOSAL_UNKNOWN, REPOSITORY_PROPOSAL_CHANGED, REPOSITORY_PROPOSAL_SIGNATURE
   */
  addSignatures(name: string, request: SignProposalRequest): Promise<ProposalAnswer> {
    return this.#request('POST', `${pathOf(name)}/proposals/signatures`, request, toProposalAnswer);
  }

  /** @throws WritError REPOSITORY_PROPOSAL_UNKNOWN, REPOSITORY_PROPOSAL_CHANGED */
  async rejectProposal(name: string, request: RejectProposalRequest): Promise<void> {
    await this.#request('POST', `${pathOf(name)}/proposals/reject`, request, answer => answer);
  }

  async #request<T>(
    method: 'GET' | 'POST',
    path: string,
    body: object | undefined,
    read: (answer: JsonObject) => T,
  ): Promise<T> {
    const { token, tls, http = httpRequest } = this.#options;
    const url = this.#base + path;
    const response = await http({
      method,
      url,
      maxBytes: MAX_ANSWER,
      timeoutMs: TIMEOUT_MS,
      idleTimeoutMs: TIMEOUT_MS,
      maxRedirects: 0,
      headers: {
        accept: 'application/json',
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      },
      ...(body === undefined ? {} : { body: Buffer.from(JSON.stringify(body)) }),
      ...(tls === undefined ? {} : { tls }),
    });
    if (response.status !== 200 && response.status !== 201) throw toServerError(response, url);
    return readAnswer(response, url, read);
  }
}

const pathOf = (name: string): string => `/v1/repositories/${encodeComponent(name)}`;

function readAnswer<T>(response: HttpResponse, url: string, read: (answer: JsonObject) => T): T {
  try {
    return read(asObject(parseStrict(response.body, { maxBytes: MAX_ANSWER }), 'answer'));
  } catch (cause) {
    const reason = printable(cause instanceof Error ? cause.message : String(cause)) ?? '';
    throw new WritError('FETCH_ANSWER', `${url} answered with something else: ${reason}`, { cause });
  }
}
