/** The Notary repositories of one store. */
import type { NotaryKey } from '../../crypto/notary-key.js';
import { publicReasonOf } from '../../errors.js';
import type { BlobStore } from '../../storage/ports.js';
import type { NotaryFile } from '../../tuf/format/notary1.js';
import { SNAPSHOT, TIMESTAMP, type RoleName } from '../../tuf/role-name.js';
import { readChanges, type Change, type ChangeQuery } from './changes.js';
import { readFileRecord, type FileRecord } from '../file-record.js';
import { StoreGate } from '../store-gate.js';
import { NO_ACTOR, readAudit, type Actor, type AuditEntry, type AuditQuery } from './audit.js';
import { deleteState, tooOld } from './commit.js';
import { describeNotaryFile } from '../../tuf/notary/describe.js';
import { isFrozen, listFrozen, type Frozen } from './frozen.js';
import { ALL_REPOSITORIES, headOf, keysOf, LAST_CHANGE } from './names.js';
import type { Gun } from '../../tuf/notary/names.js';
import { signSnapshot, signTimestamp, type NotaryLifetimes, type OnlineRole } from './online.js';
import { readHead, type CurrentFile, type Head } from './records.js';
import { DocumentDrafts, NotaryDocuments } from './documents.js';
import { ServiceKeys, type ServiceKeyPorts } from './service-keys.js';
import type { NotaryState, StoredDocument } from './state.js';
import { NotaryStates } from './states.js';
import { collectVersions } from './superseded.js';
import { validateUpload, type Accepted, type Upload } from './validate.js';

export interface NotaryPorts extends ServiceKeyPorts {
  readonly blobs: BlobStore;
  readonly lifetimes: NotaryLifetimes;
  /** That of everybody who removes files from the same store; without it nobody does. */
  readonly gate?: StoreGate | undefined;
}

/** A document as it is served. */
export interface ServedDocument {
  readonly bytes: Uint8Array;
  /** In hex. */
  readonly sha256: string;
  readonly lastModified: Date;
}

/** One process writes to a store; within it, one write at a time for each repository. */
export class NotaryRepositories {
  readonly #ports: NotaryPorts;
  readonly #documents: NotaryDocuments;
  readonly #states: NotaryStates;
  readonly #keys: ServiceKeys;
  readonly #gate: StoreGate;
  readonly #queues = new Map<Gun, Promise<unknown>>();

  constructor(ports: NotaryPorts) {
    this.#ports = ports;
    this.#keys = new ServiceKeys(ports);
    this.#gate = ports.gate ?? new StoreGate();
    this.#documents = new NotaryDocuments(ports.blobs);
    this.#states = new NotaryStates(ports.index, this.#documents);
  }

  /** The names of all repositories, in order. */
  async list(): Promise<readonly Gun[]> {
    return (await this.heads()).map(({ gun }) => gun);
  }

  /**
   * The key that a root should name for `role`: the newest that the service has for it. Nothing is stored, but where a
   * signer outside holds the keys.
   *
   * @throws WritError STORE_*, NOTARY_KEYS, SIGNER_*
   */
  key(gun: Gun, role: OnlineRole): Promise<NotaryKey> {
    const newest = (): Promise<NotaryKey> => this.#keys.newest(gun, role);
    return this.#ports.holder === undefined ? newest() : this.#alone(gun, newest);
  }

  /** A new key for `role`; the one before signs until a root names the new one. @throws WritError STORE_* */
  rotateKey(gun: Gun, role: OnlineRole, by: Actor = NO_ACTOR): Promise<NotaryKey> {
    return this.#alone(gun, async () => {
      const state = await this.#states.load(gun);
      return this.#keys.rotate(gun, role, state?.root.value, by);
    });
  }

  /**
   * Verifies an upload, signs what the service signs, and makes it the current state: all or nothing.
   *
   * @throws WritError NOTARY_UPDATE, NOTARY_VERSION, NOTARY_BROKEN, STORE_*
   */
  upload(gun: Gun, upload: Upload, by: Actor = NO_ACTOR): Promise<void> {
    return this.#storing(gun, async () => {
      const drafts = await this.#documents.begin(upload.values());
      try {
        const now = this.#ports.clock.now();
        const before = await this.#states.load(gun);
        const accepted = validateUpload(gun, upload, before, now);
        const after = await this.#complete(gun, before, accepted, {
          now,
          wantsSnapshot: accepted.snapshot === undefined,
          drafts,
        });
        const roles = Object.fromEntries(accepted.documents.map(({ role, value }) => [role, value.version]));
        const audit = { at: now, gun, action: 'publish', by, roles } as const;
        await this.#states.commit({ gun, before, after, at: now, audit, drafts });
      } finally {
        await drafts.drop();
      }
    });
  }

  /**
   * The current document of a role; a timestamp or snapshot of the service that has expired is signed again first.
   *
   * @throws WritError NOTARY_BROKEN, STORE_*
   */
  async current(gun: Gun, role: RoleName): Promise<ServedDocument | undefined> {
    const now = this.#ports.clock.now();
    const file = await this.#currentFile(gun, role);
    const isOnline = role === SNAPSHOT || role === TIMESTAMP;
    if (file === undefined || !isOnline || file.expires > now) return file && this.#served(file);
    if (await isFrozen(this.#ports.index, gun)) return this.#served(file);
    await this.resign(gun, { snapshot: now, timestamp: now });
    const fresh = await this.#currentFile(gun, role);
    return fresh && this.#served(fresh);
  }

  async #currentFile(gun: Gun, role: RoleName): Promise<CurrentFile | undefined> {
    const record = await this.#ports.index.get(keysOf(gun).head);
    return record === undefined ? undefined : readHead(record).roles.get(role);
  }

  /** The document of a role by its SHA-256 in lower-case hex. @throws WritError STORE_* */
  async byHash(gun: Gun, role: RoleName, sha256: string): Promise<ServedDocument | undefined> {
    const record = await this.#ports.index.get(keysOf(gun).hash(role, sha256));
    return record === undefined ? undefined : this.#served(readFileRecord(record));
  }

  /** The document of a role by its version. @throws WritError STORE_* */
  async byVersion(gun: Gun, role: RoleName, version: number): Promise<ServedDocument | undefined> {
    const record = await this.#ports.index.get(keysOf(gun).version(role, version));
    return record === undefined ? undefined : this.#served(readFileRecord(record));
  }

  /** Repositories that were imported without the key of their timestamp, by name. @throws WritError STORE_* */
  frozen(): Promise<readonly Frozen[]> {
    return listFrozen(this.#ports.index);
  }

  /** Removes the documents of a repository, if there are any. @throws WritError STORE_* */
  delete(gun: Gun, by: Actor = NO_ACTOR): Promise<void> {
    const { index, clock } = this.#ports;
    return this.#alone(gun, () => deleteState({ gun, at: clock.now(), by }, index));
  }

  /** Who changed what, the newest first. @throws WritError STORE_* */
  audit(query: AuditQuery): Promise<readonly AuditEntry[]> {
    return readAudit(this.#ports.index, query);
  }

  /** The current documents of every repository, without their bytes. @throws WritError STORE_* */
  async heads(): Promise<readonly Head[]> {
    const { index } = this.#ports;
    const digests = await index.folders(ALL_REPOSITORIES);
    const records = await Promise.all(digests.map(digest => index.get(headOf(digest))));
    const heads = records.flatMap(record => (record === undefined ? [] : [readHead(record)]));
    return heads.sort((a, b) => (a.gun < b.gun ? -1 : 1));
  }

  /**
   * Takes out of the store what was replaced before `until`: never a root, never what is current.
   *
   * @returns how many documents went
   * @throws WritError STORE_*
   */
  collect(gun: Gun, until: Date): Promise<number> {
    return this.#alone(gun, () => collectVersions(gun, until, this.#ports.index));
  }

  /** @throws WritError STORE_* */
  changes(query: ChangeQuery): Promise<readonly Change[]> {
    return readChanges(this.#ports.index, query);
  }

  /**
   * Signs snapshot and timestamp of a repository again where they expire before `until`, and the service has the key of
   * its timestamp.
   *
   * @returns whether anything was
   */
  async resign(gun: Gun, until: Readonly<Record<OnlineRole, Date>>): Promise<boolean> {
    const [snapshot, timestamp] = [
      await this.#currentFile(gun, SNAPSHOT),
      await this.#currentFile(gun, TIMESTAMP),
    ];
    const mayBeDue =
      (snapshot !== undefined && snapshot.expires <= until.snapshot) ||
      (timestamp !== undefined && timestamp.expires <= until.timestamp);
    if (!mayBeDue) return false;
    return this.#storing(gun, async () => {
      const now = this.#ports.clock.now();
      const before = await this.#states.load(gun);
      if (before === undefined) return false;
      const { value: root } = before.root;
      if ((await this.#keys.signer(gun, root, 'timestamp')) === undefined) return false;
      const holdsKey = (await this.#keys.signer(gun, root, 'snapshot')) !== undefined;
      const snapshotDue = holdsKey && isDue(before, SNAPSHOT, until.snapshot);
      if (!snapshotDue && !isDue(before, TIMESTAMP, until.timestamp)) return false;
      const same = { root: before.root, documents: [], snapshot: undefined, verified: before.verified };
      const after = await this.#complete(gun, before, same, { now, wantsSnapshot: snapshotDue });
      await this.#states.commit({ gun, before, after, at: now });
      return true;
    });
  }

  /**
   * Why the service could not take a publication now, by what fails: `storage` for a store that did not take the last
   * one, or cannot be read; `keys` for the secret that the service's keys are made from.
   */
  async problems(): Promise<Readonly<Record<string, string>>> {
    const unreadable = await this.#ports.index.get(LAST_CHANGE).then(() => undefined, publicReasonOf);
    const storage = unreadable ?? (await this.#states.problem());
    const { keys, signer } = await this.#keys.problems();
    return { ...(storage && { storage }), ...(keys && { keys }), ...(signer && { signer }) };
  }

  async #served(record: FileRecord): Promise<ServedDocument> {
    return { bytes: await this.#documents.read(record), sha256: record.sha256, lastModified: record.at };
  }

  /** The state with what was accepted, the timestamp that goes with it, and a new snapshot where one is wanted. */
  async #complete(
    gun: Gun,
    before: NotaryState | undefined,
    { root, documents, verified }: Accepted,
    { now, wantsSnapshot, drafts = new DocumentDrafts([]) }: Completion,
  ): Promise<NotaryState> {
    const stored = new Map(before?.documents);
    for (const verified of documents) {
      stored.set(verified.role, storedOf(verified, now, await drafts.describe(verified.bytes)));
    }
    const sources = async (role: OnlineRole, name: RoleName) => ({
      root,
      signer: await this.#keys.signer(gun, root.value, role),
      expires: new Date(now.getTime() + this.#ports.lifetimes[role]),
      before: before?.documents.get(name),
    });
    if (wantsSnapshot) {
      const snapshot = await signSnapshot(await sources('snapshot', SNAPSHOT), filesOf(stored));
      stored.set(SNAPSHOT, storedOf(snapshot, now));
    }
    refuseOld(gun, before, documents);
    const snapshot = stored.get(SNAPSHOT)?.bytes ?? new Uint8Array();
    const timestamp = await signTimestamp(await sources('timestamp', TIMESTAMP), snapshot);
    stored.set(TIMESTAMP, storedOf(timestamp, now));
    return { root, documents: stored, verified };
  }

  /** As {@link #alone}, for what stores documents and then names them. */
  #storing<R>(gun: Gun, work: () => Promise<R>): Promise<R> {
    return this.#alone(gun, () => this.#gate.write(work));
  }

  /** Runs `work` after all that was asked for `gun` before. */
  #alone<R>(gun: Gun, work: () => Promise<R>): Promise<R> {
    const run = (this.#queues.get(gun) ?? Promise.resolve()).then(work, work);
    const settled = run.catch(() => undefined);
    this.#queues.set(gun, settled);
    void settled.then(() => {
      if (this.#queues.get(gun) === settled) this.#queues.delete(gun);
    });
    return run;
  }
}

/** How a state is completed with what the service signs. */
interface Completion {
  readonly now: Date;
  readonly wantsSnapshot: boolean;
  /** What was begun of the documents. */
  readonly drafts?: DocumentDrafts;
}

interface Dated {
  readonly value: { readonly version: number; readonly expires: Date };
  readonly bytes: Uint8Array;
}

const storedOf = (
  { value: { version, expires }, bytes }: Dated,
  at: Date,
  file = describeNotaryFile(bytes),
): StoredDocument => ({ version, expires, bytes, file, at });

const isDue = ({ documents }: NotaryState, role: RoleName, until: Date): boolean =>
  (documents.get(role)?.expires ?? until) <= until;

/** What a snapshot names: every document but itself and the timestamp. */
function filesOf(documents: ReadonlyMap<RoleName, StoredDocument>): Map<RoleName, NotaryFile> {
  const files = [...documents].filter(([role]) => role !== SNAPSHOT && role !== TIMESTAMP);
  return new Map(files.map(([role, { file }]) => [role, file]));
}

/** Every document that was sent must be newer than the one that is there. */
function refuseOld(gun: Gun, before: NotaryState | undefined, documents: Accepted['documents']): void {
  for (const { role, value } of documents) {
    if (value.version <= (before?.documents.get(role)?.version ?? 0)) throw tooOld(gun, role);
  }
}
