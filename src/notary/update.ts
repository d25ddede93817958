/**
 * Brings what is known of a repository up to date, and verifies it: NOTARY-WIRE §1.7, client/tufclient.go. Hashes are
 * of the bytes that were received.
 */
import { digestHex } from '../crypto/digest.js';
import { isWritError, WritError, type ErrorCode } from '../errors.js';
import { parseDocumentOf, type SignedDocument } from '../tuf/document.js';
import { refuseExpired, isExpired } from '../tuf/expiry.js';
import {
  NOTARY1,
  type NotaryFile,
  type NotaryModels,
  type NotarySnapshot,
  type NotaryTimestamp,
} from '../tuf/format/notary1.js';
import type { Root, Targets } from '../tuf/model.js';
import { describeNotaryFile, sameHashes } from '../tuf/notary/describe.js';
import { ROOT, SNAPSHOT, TARGETS, TIMESTAMP, type RoleName } from '../tuf/role-name.js';
import { verifyRole, type Verified } from '../tuf/verified.js';
import { speakersBelow, TOP, type Speaker } from './delegates.js';
import { newestRoot, rootToStartFrom } from './update-root.js';
import { MAX_DOCUMENT } from './trust-folder.js';
import type { RootTrust } from './root-trust.js';
import { keep, type UpdateOptions } from './update-options.js';

/** A repository whose every document was verified. */
export interface NotaryState {
  readonly root: Verified<Root>;
  readonly timestamp: Verified<NotaryTimestamp>;
  readonly snapshot: Verified<NotarySnapshot>;
  /** `targets`, and the delegations that verified. */
  readonly targets: ReadonlyMap<RoleName, Verified<Targets>>;
  /** Delegations whose document expired, or has too few signatures: they count for nothing. */
  readonly invalid: ReadonlyMap<RoleName, SignedDocument<Targets>>;
}

const MAX_TIMESTAMP = 1024 * 1024;
/** Delegations that are read at most. */
const MAX_ROLES = 4096;
/** What a server that is not there, or not well, fails with: the timestamp that is kept may then do. */
const NETWORK: readonly ErrorCode[] = [
  'NOTARY_OFFLINE',
  'NOTARY_SERVER',
  'NOTARY_DENIED',
  'FETCH_UNREACHABLE',
  'FETCH_TIMEOUT',
  'FETCH_TLS',
];

/** Whoever publishes overtakes others once. */
const MAX_ATTEMPTS = 12;

/**
 * The current state of a repository. When another process keeps something newer in the same folder in the middle of an
 * update, what this one was sent looks like a step back: then, and only then, it begins again. A server that really goes
 * back changes nothing in the folder, and is refused at once.
 *
 * @throws WritError NOTARY_NO_TRUST when the server does not have it, NOTARY_OFFLINE, NOTARY_SERVER, NOTARY_DENIED,
 *   NOTARY_ROOT, TUF_*, JSON_*, KEY_* for what does not verify
 */
export async function update(options: UpdateOptions): Promise<NotaryState> {
  for (let attempt = 1; ; attempt++) {
    const before = await keptIn(options);
    try {
      return await updateOnce(options);
    } catch (error) {
      if (!isWritError(error, 'TUF_ROLLBACK') || attempt === MAX_ATTEMPTS) throw error;
      if ((await keptIn(options)) === before) throw error;
    }
  }
}

async function keptIn({ folder }: UpdateOptions): Promise<string> {
  const documents = [await folder.read(TIMESTAMP), await folder.read(SNAPSHOT)];
  return documents.map(bytes => (bytes === null ? '' : digestHex('sha256', bytes))).join(' ');
}

async function updateOnce(options: UpdateOptions): Promise<NotaryState> {
  const now = options.clock.now();
  const trust: RootTrust = { gun: options.gun, pinning: options.pinning, now };
  const root = await rootToStartFrom(options, trust);
  const first = new Pass(options, root, now);
  try {
    return await first.run();
  } catch (error) {
    options.log(
      'debug',
      `looking for a newer root: ${error instanceof Error ? error.message : String(error)}`,
    );
  }
  const newer = await newestRoot(options, trust, root, first.namedRoot);
  return new Pass(options, newer, now).run();
}

/** One pass over timestamp, snapshot and targets, under one root. */
class Pass {
  /** What the snapshot says of the root; undefined before it was read. */
  namedRoot: NotaryFile | undefined;
  readonly #options: UpdateOptions;
  readonly #root: Verified<Root>;
  readonly #now: Date;

  constructor(options: UpdateOptions, root: Verified<Root>, now: Date) {
    this.#options = options;
    this.#root = root;
    this.#now = now;
  }

  async run(): Promise<NotaryState> {
    const timestamp = await this.#timestamp();
    const named = fileOf(timestamp.value.meta, SNAPSHOT);
    const snapshot = await this.#named(SNAPSHOT, named, this.#root, 'snapshot');
    this.namedRoot = fileOf(snapshot.value.meta, ROOT);
    if (!sameHashes(this.namedRoot, describeNotaryFile(this.#root.bytes))) {
      throw new WritError('TUF_HASH', 'the snapshot names another root than the one that is trusted');
    }
    return { root: this.#root, timestamp, snapshot, ...(await this.#allTargets(snapshot)) };
  }

  /** Always that of the server; the one that is kept, where the server cannot be asked and that may do. */
  async #timestamp(): Promise<Verified<NotaryTimestamp>> {
    const { server, folder, log, currentOnly = false } = this.#options;
    let served: Uint8Array | null = null;
    let failure: unknown = new WritError('NOTARY_SERVER', 'trust server has no timestamp for the repository');
    try {
      served = await server.get(TIMESTAMP, MAX_TIMESTAMP);
    } catch (error) {
      if (currentOnly || !isWritError(error, ...NETWORK)) throw error;
      failure = error;
    }
    const kept = await folder.read(TIMESTAMP); // now, and not before: others keep what they read there too
    if (served !== null) return this.#accept(TIMESTAMP, served, this.#root, 'timestamp', kept);
    if (kept === null || currentOnly) throw failure;
    log(
      'warning',
      'Error while downloading remote metadata, using cached timestamp - this might not be the latest version available remotely',
    );
    return this.#verify(TIMESTAMP, kept, this.#root, 'timestamp');
  }

  async #allTargets(snapshot: Verified<NotarySnapshot>): Promise<Pick<NotaryState, 'targets' | 'invalid'>> {
    const targets = new Map<RoleName, Verified<Targets>>();
    const invalid = new Map<RoleName, SignedDocument<Targets>>();
    fileOf(snapshot.value.meta, TARGETS);
    const open: { speaker: Speaker; parent: Verified<Root> | Verified<Targets> }[] = [
      { speaker: TOP, parent: this.#root },
    ];
    for (let next = open.shift(); next !== undefined; next = open.shift()) {
      const { speaker, parent } = next;
      const named = snapshot.value.meta.get(speaker.role);
      if (named === undefined || targets.has(speaker.role)) continue;
      if (targets.size + invalid.size >= MAX_ROLES) {
        throw new WritError('TUF_LIMIT', `the repository has more than ${MAX_ROLES} delegations`);
      }
      const read = await this.#delegated(speaker.role, named, parent, invalid);
      if (read === undefined) continue;
      targets.set(speaker.role, read);
      open.unshift(
        ...speakersBelow(speaker, read.value.delegations).map(below => ({ speaker: below, parent: read })),
      );
    }
    return { targets, invalid };
  }

  /** A delegation that expired or has too few signatures is left out; `targets` itself must verify. */
  async #delegated(
    role: RoleName,
    named: NotaryFile,
    parent: Verified<Root> | Verified<Targets>,
    invalid: Map<RoleName, SignedDocument<Targets>>,
  ): Promise<Verified<Targets> | undefined> {
    try {
      return await this.#named(role, named, parent, 'targets');
    } catch (error) {
      if (role === TARGETS || !isWritError(error, 'TUF_EXPIRED', 'TUF_THRESHOLD')) throw error;
      this.#options.log('warning', `Error getting ${role}: ${error.message}`);
      const bytes = await this.#bytesOf(role, named);
      invalid.set(role, parseDocumentOf(NOTARY1, bytes, 'targets', MAX_DOCUMENT));
      return undefined;
    }
  }

  /** A document that another one names by length and hashes: that which is kept, or that of the server. */
  async #named<T extends 'snapshot' | 'targets'>(
    role: RoleName,
    named: NotaryFile,
    parent: Verified<Root> | Verified<Targets>,
    type: T,
  ): Promise<Verified<NotaryModels[T]>> {
    const kept = await this.#options.folder.read(role);
    if (kept !== null && sameHashes(named, describeNotaryFile(kept))) {
      return this.#verify(role, kept, parent, type);
    }
    return this.#accept(role, await this.#bytesOf(role, named), parent, type, kept);
  }

  /** The bytes that `named` names, from the server. */
  async #bytesOf(role: RoleName, named: NotaryFile): Promise<Uint8Array> {
    const sha256 = named.hashes.get('sha256');
    const name = sha256 === undefined ? role : `${role}.${sha256}`;
    if (named.length > MAX_DOCUMENT)
      throw new WritError('TUF_LENGTH', `${role} would have ${named.length} bytes`);
    const bytes = await this.#options.server.get(name, named.length);
    if (bytes === null)
      throw new WritError('TUF_MISSING', `the server does not have the ${role} that it names`);
    if (sameHashes(named, describeNotaryFile(bytes))) return bytes;
    throw new WritError('TUF_HASH', `the server sent another ${role} than the one that is named`);
  }

  /** Verifies what the server sent, refuses what is older than what is kept, and keeps it. */
  async #accept<T extends 'timestamp' | 'snapshot' | 'targets'>(
    role: RoleName,
    bytes: Uint8Array,
    parent: Verified<Root> | Verified<Targets>,
    type: T,
    kept: Uint8Array | null,
  ): Promise<Verified<NotaryModels[T]>> {
    const verified = this.#verify(role, bytes, parent, type);
    const before = kept === null ? 0 : this.#versionOf(role, kept, parent, type);
    if (verified.value.version < before) {
      throw new WritError(
        'TUF_ROLLBACK',
        `${role} version ${verified.value.version} is older than version ${before}, which was seen before`,
      );
    }
    await keep(this.#options, role, bytes);
    return verified;
  }

  #verify<T extends 'timestamp' | 'snapshot' | 'targets'>(
    role: RoleName,
    bytes: Uint8Array,
    parent: Verified<Root> | Verified<Targets>,
    type: T,
  ): Verified<NotaryModels[T]> {
    const verified = verifyRole(parent, role, parseDocumentOf(NOTARY1, bytes, type, MAX_DOCUMENT));
    if (this.#options.expired?.includes(role) !== true) refuseExpired(verified, this.#now);
    return verified;
  }

  /** The version of what is kept, where its signatures are still good: it may have expired. */
  #versionOf<T extends 'timestamp' | 'snapshot' | 'targets'>(
    role: RoleName,
    kept: Uint8Array,
    parent: Verified<Root> | Verified<Targets>,
    type: T,
  ): number {
    try {
      return verifyRole(parent, role, parseDocumentOf(NOTARY1, kept, type, MAX_DOCUMENT)).value.version;
    } catch {
      return 0; // keys were rotated, or the file was damaged: it says nothing
    }
  }
}

/** @throws WritError TUF_MISSING */
function fileOf(meta: ReadonlyMap<string, NotaryFile>, role: RoleName): NotaryFile {
  const file = meta.get(role);
  if (file !== undefined) return file;
  throw new WritError('TUF_MISSING', `the repository does not say which ${role} is current`);
}

/** Six months of it are left at least, or it should be signed again. */
export function nearsExpiry(part: { readonly version: number; readonly expires: Date }, now: Date): boolean {
  const later = new Date(now);
  later.setUTCMonth(later.getUTCMonth() + 6);
  return isExpired(part, later);
}
