/** Documents that wait for signatures over several visits, and are published with the last one that is needed. */
import { sha256Hex } from '../crypto/digest.js';
import { hexFromBytes } from '../crypto/hex.js';
import { WritError } from '../errors.js';
import type { RepositoryName } from '../image/repository-name.js';
import type {
  ProposalAnswer,
  ProposalDocument,
  ProposalList,
  ProposeRequest,
  RejectProposalRequest,
  SignProposalRequest,
} from '../transport/api-types.js';
import { withSignatures } from '../tuf/build/sign.js';
import { parseRoleName, ROOT, type RoleName } from '../tuf/role-name.js';
import { parseDocument } from '../tuf/document.js';
import { conflict } from './commit.js';
import { readFileRecord, readStoredFile, type FileRecord } from './file-record.js';
import { candidateSigners } from './online-keys.js';
import { checkProposed, type CheckContext } from './proposal-check.js';
import {
  dropProposals,
  putProposal,
  readOpen,
  readProposal,
  type CollectedSignature,
  type ProposalRecord,
} from './proposal-record.js';
import { decodeProposed, decodeSignatures } from './proposal-request.js';
import {
  joinSignatures,
  newRecord,
  openedOf,
  parseProposed,
  refuseChanged,
  refuseCrowd,
  refuseSecond,
  toAnswer,
  unknownProposal,
  verifySome,
  withCollected,
  written,
  type OpenedProposal,
} from './proposal.js';
import type { Publication } from './request.js';
import { readTargetFile } from './serve.js';
import { countQuorum, isComplete, verifyOffered, type Quorum } from './signature-count.js';
import { isHeadOf, keysOf, servedName, type RepositoryState } from './state.js';
import type { RepositoryPorts, RepositoryWriter } from './writer.js';

/** The proposals of the repositories of one store. What each method throws is said in RepositoryService. */
export class Proposals {
  readonly #ports: RepositoryPorts;
  readonly #writer: RepositoryWriter;

  constructor(writer: RepositoryWriter, ports: RepositoryPorts) {
    this.#writer = writer;
    this.#ports = ports;
  }

  async list(name: RepositoryName): Promise<ProposalList> {
    const state = await this.#writer.existing(name);
    const open = await readOpen(name, this.#ports.index);
    const found = await Promise.all([...open.keys()].map(role => this.#find(name, role, state)));
    const proposals = found.flatMap(opened => (opened === undefined ? [] : [toAnswer(opened)]));
    return { proposals: proposals.sort((a, b) => (a.role < b.role ? -1 : 1)) };
  }

  async document(name: RepositoryName, roleName: string): Promise<ProposalDocument> {
    const state = await this.#writer.existing(name);
    const opened = await this.#opened(name, parseRoleName(roleName), state);
    const { record } = opened;
    const document = await this.#blob(record.document);
    const companions = await Promise.all(
      [...record.companions].map(
        async ([role, { sha256 }]) => [role, base64(await this.#blob(sha256))] as const,
      ),
    );
    return {
      proposal: toAnswer(opened),
      document: base64(withSignatures(document, written(record.signatures))),
      documents: Object.fromEntries(companions),
    };
  }

  propose(name: RepositoryName, request: ProposeRequest): Promise<ProposalAnswer> {
    return this.#writer.alone(name, async () => {
      const state = await this.#writer.existing(name);
      const now = this.#ports.clock.now();
      const proposed = decodeProposed(request, now);
      const { role, publication } = proposed;
      const document = await checkProposed(proposed, await this.#checkContext(name, state, now));
      const offered = document.signatures.flatMap(({ keyId, bytes }) =>
        bytes === undefined ? [] : [{ keyId, sig: hexFromBytes(bytes) }],
      );
      const payload = sha256Hex(document.payload);
      const known = await this.#find(name, role, state);
      if (known !== undefined && known.record.payload !== payload) throw refuseSecond(known.record);
      const base = (await this.#current(name, role, state))?.sha256 ?? null;
      const record = known?.record ?? newRecord(proposed, payload, base, state, now);
      const opened = known ?? openedOf(record, state, document.signed);
      const added = verifySome(offered, opened.quorums, document, role);
      return this.#collect(name, opened, added, known === undefined ? publication : undefined);
    });
  }

  sign(name: RepositoryName, request: SignProposalRequest): Promise<ProposalAnswer> {
    return this.#writer.alone(name, async () => {
      const state = await this.#writer.existing(name);
      const offered = decodeSignatures(request.signatures);
      const role = parseRoleName(request.role);
      const opened = await this.#opened(name, role, state);
      refuseChanged(opened.record, request.payload);
      const document = parseProposed(role, await this.#blob(opened.record.document));
      const added = offered.map(one => verifyOffered(one, opened.quorums, document, role));
      return this.#collect(name, opened, added);
    });
  }

  reject(name: RepositoryName, request: RejectProposalRequest): Promise<void> {
    return this.#writer.alone(name, async () => {
      const state = await this.#writer.existing(name);
      const { record } = await this.#opened(name, parseRoleName(request.role), state);
      refuseChanged(record, request.payload);
      await this.#ports.index.transaction(async tx => {
        const stored = await readProposal(name, record.role, tx);
        if (stored?.payload === record.payload) await dropProposals(tx, name, role => role === record.role);
      });
    });
  }

  /** Removes the proposals that have expired. */
  async dropExpired(name: RepositoryName): Promise<void> {
    const now = this.#ports.clock.now();
    const open = await readOpen(name, this.#ports.index);
    if (![...open.values()].some(({ expires }) => expires <= now)) return;
    await this.#ports.index.transaction(tx => dropProposals(tx, name, (_, { expires }) => expires <= now));
  }

  /**
   * Adds signatures; publishes when there are enough, else stores.
   *
   * @param fresh - what a new proposal brings; undefined for one that is stored
   */
  async #collect(
    name: RepositoryName,
    { record: before, quorums, state }: OpenedProposal,
    added: readonly CollectedSignature[],
    fresh?: Publication,
  ): Promise<ProposalAnswer> {
    const record = { ...before, signatures: joinSignatures(quorums, before.signatures, added) };
    const proposal = toAnswer({ record, state, quorums });
    if (isComplete(quorums.map(quorum => countQuorum(quorum, record.signatures)))) {
      const publication = withCollected(fresh ?? (await this.#stored(record)), record);
      const { versions } = await this.#writer.write(name, state, publication);
      return { proposal, published: versions };
    }
    if (fresh === undefined) await this.#storeSignatures(name, record, quorums);
    else await this.#writer.storing(() => this.#storeNew(name, record, state, fresh));
    return { proposal, published: null };
  }

  /** The bytes are durable before the index names them. */
  async #storeNew(
    name: RepositoryName,
    record: ProposalRecord,
    state: RepositoryState,
    { documents, blobs }: Publication,
  ): Promise<void> {
    const { index, clock, blobs: store } = this.#ports;
    const now = clock.now();
    refuseCrowd(record, await readOpen(name, index), now);
    for (const bytes of [...documents.values(), ...blobs]) await store.put(bytes);
    await index.transaction(async tx => {
      if (!isHeadOf(await tx.get(keysOf(name).head), state.versions)) {
        throw conflict(name, state.versions, `the repository ${name} was changed at the same time`);
      }
      await dropProposals(tx, name, (_, { expires }) => expires <= now);
      const open = await readProposal(name, record.role, tx);
      if (open !== undefined) throw refuseSecond(open);
      refuseCrowd(record, await readOpen(name, tx), now);
      await putProposal(tx, name, record);
    });
  }

  /** Joins with what another process may have added meanwhile. */
  async #storeSignatures(
    name: RepositoryName,
    record: ProposalRecord,
    quorums: readonly Quorum[],
  ): Promise<void> {
    await this.#ports.index.transaction(async tx => {
      const stored = await readProposal(name, record.role, tx);
      if (stored === undefined) throw unknownProposal(name, record.role);
      refuseChanged(stored, record.payload);
      const signatures = joinSignatures(quorums, stored.signatures, record.signatures);
      await putProposal(tx, name, { ...stored, signatures });
    });
  }

  async #checkContext(name: RepositoryName, current: RepositoryState, now: Date): Promise<CheckContext> {
    return {
      name,
      current,
      online: await candidateSigners(name, current.online, this.#ports.signers),
      now,
      stored: hex => readTargetFile(name, hex, this.#ports),
      before: async role => {
        const record = await this.#current(name, role, current);
        const bytes = record && (await readStoredFile(record, this.#ports.blobs));
        return bytes ? { value: parseDocument(bytes, 'targets').signed } : undefined;
      },
    };
  }

  /** Where the current document of `role` lies. */
  async #current(
    name: RepositoryName,
    role: RoleName,
    { versions }: RepositoryState,
  ): Promise<FileRecord | undefined> {
    const version = versions.get(role);
    if (version === undefined) return undefined;
    const record = await this.#ports.index.get(keysOf(name).file(servedName(role, version)));
    return record === undefined ? undefined : readFileRecord(record);
  }

  async #stored({ role, document, companions, blobs, filesElsewhere }: ProposalRecord): Promise<Publication> {
    const documents = new Map([[role, await this.#blob(document)]]);
    for (const [companion, { sha256 }] of companions) documents.set(companion, await this.#blob(sha256));
    return { documents, filesElsewhere, blobs: await Promise.all(blobs.map(sha256 => this.#blob(sha256))) };
  }

  /** @throws WritError REPOSITORY_PROPOSAL_UNKNOWN */
  async #opened(name: RepositoryName, role: RoleName, state: RepositoryState): Promise<OpenedProposal> {
    const found = await this.#find(name, role, state);
    if (found !== undefined) return found;
    throw unknownProposal(name, role);
  }

  async #find(
    name: RepositoryName,
    role: RoleName,
    state: RepositoryState,
  ): Promise<OpenedProposal | undefined> {
    const record = await readProposal(name, role, this.#ports.index);
    if (record === undefined || record.expires <= this.#ports.clock.now()) return undefined;
    if (role !== ROOT) return openedOf(record, state);
    return openedOf(record, state, parseProposed(role, await this.#blob(record.document)).signed);
  }

  async #blob(sha256: string): Promise<Uint8Array> {
    const bytes = await this.#ports.blobs.get(sha256);
    if (bytes !== null) return bytes;
    throw new WritError('REPOSITORY_BROKEN', `the stored file ${sha256} of a proposal is missing`);
  }
}

const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');
