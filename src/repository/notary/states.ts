/** The states of the Notary repositories of one store: those that were used last are kept, parsed and verified. */
import { isWritError, publicReasonOf, reasonOf, WritError } from '../../errors.js';
import type { JsonValue } from '../../json/types.js';
import { BoundedCache } from '../../storage/bounded-cache.js';
import type { IndexStore } from '../../storage/ports.js';
import { parseDocumentOf } from '../../tuf/document.js';
import { NOTARY1 } from '../../tuf/format/notary1.js';
import { describeNotaryFile } from '../../tuf/notary/describe.js';
import type { Gun } from '../../tuf/notary/names.js';
import { ROOT, type RoleName } from '../../tuf/role-name.js';
import { trustRoot } from '../../tuf/verified.js';
import { commitState, type Commit } from './commit.js';
import type { NotaryDocuments } from './documents.js';
import { MAX_DOCUMENT } from './limits.js';
import { keysOf, PROBE } from './names.js';
import { readHead } from './records.js';
import type { NotaryState, StoredDocument } from './state.js';

/** What was read of a document takes several times its bytes; see {@link costOf}. */
const MAX_COST = 128 * 1024 * 1024;
/** Larger targets are verified again rather than kept as they were read. */
const MAX_KEPT_PARSED = 256 * 1024;
const PARSED_FACTOR = 8;

/** A state, and the head of the index that it was read from or written as. */
interface Known {
  readonly head: JsonValue;
  readonly state: NotaryState;
}

export class NotaryStates {
  readonly #index: IndexStore;
  readonly #documents: NotaryDocuments;
  #problem: string | undefined;
  readonly #known = new BoundedCache<Gun, Known>(MAX_COST, ({ state }) => costOf(state));

  constructor(index: IndexStore, documents: NotaryDocuments) {
    this.#index = index;
    this.#documents = documents;
  }

  /**
   * The current documents of a repository.
   *
   * @returns undefined when there is none of that name
   * @throws WritError NOTARY_BROKEN for a document that is missing or is no metadata; STORE_*
   */
  async load(gun: Gun): Promise<NotaryState | undefined> {
    const head = await this.#index.get(keysOf(gun).head);
    if (head === undefined) return undefined;
    const known = this.#known.get(gun);
    if (known?.head === head) return known.state;
    const state = await this.#read(gun, head);
    this.#known.set(gun, { head, state });
    return state;
  }

  /** As {@link commitState}. @throws WritError NOTARY_VERSION, STORE_* */
  async commit(commit: Commit): Promise<void> {
    const state = withoutLarge(await this.#commit(commit));
    const head = await this.#index.get(keysOf(commit.gun).head);
    if (head !== undefined) this.#known.set(commit.gun, { head, state });
  }

  /** Why the store takes nothing; undefined when it took the last that was written, or would take something now. */
  async problem(): Promise<string | undefined> {
    if (this.#problem === undefined) return undefined;
    try {
      await this.#index.transaction(tx => {
        tx.put(PROBE, true);
      });
      this.#problem = undefined;
    } catch (error) {
      this.#problem = publicReasonOf(error);
    }
    return this.#problem;
  }

  async #commit(commit: Commit): Promise<NotaryState> {
    try {
      const state = await commitState(commit, this.#documents, this.#index);
      this.#problem = undefined;
      return state;
    } catch (error) {
      if (!isWritError(error, 'NOTARY_VERSION')) this.#problem = publicReasonOf(error);
      throw error;
    }
  }

  async #read(gun: Gun, head: JsonValue): Promise<NotaryState> {
    try {
      const documents = new Map<RoleName, StoredDocument>();
      for (const [role, { version, expires, ...record }] of readHead(head).roles) {
        const bytes = await this.#documents.read(record);
        const { at, part } = record;
        documents.set(role, { version, expires, bytes, file: describeNotaryFile(bytes), at, part });
      }
      const root = documents.get(ROOT)?.bytes ?? new Uint8Array();
      const verified = trustRoot(parseDocumentOf(NOTARY1, root, 'root', MAX_DOCUMENT));
      return { root: verified, documents, verified: new Map() };
    } catch (cause) {
      const message = `the stored state of ${gun} cannot be read: ${reasonOf(cause)}`;
      throw new WritError('NOTARY_BROKEN', message, { cause });
    }
  }
}

function withoutLarge({ verified, ...state }: NotaryState): NotaryState {
  const small = [...verified].filter(([, { document }]) => document.bytes.length <= MAX_KEPT_PARSED);
  return { ...state, verified: new Map(small) };
}

function costOf({ root, documents, verified }: NotaryState): number {
  let cost = PARSED_FACTOR * root.bytes.length;
  for (const { bytes } of documents.values()) cost += bytes.length;
  for (const { document } of verified.values()) cost += PARSED_FACTOR * document.bytes.length;
  return cost;
}
