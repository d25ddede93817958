/**
 * What another server stored of a repository, verified before a byte of it is served: the chain of roots from the first
 * on, the current state as clients read it, and every older document by keys that were delegated to at some time.
 */
import { isWritError, WritError } from '../../errors.js';
import { parseDocumentOf, type SignedDocument } from '../../tuf/document.js';
import { NOTARY1, type NotaryFile, type NotaryModels } from '../../tuf/format/notary1.js';
import type { Root, Targets } from '../../tuf/model.js';
import { describeNotaryFile, sameHashes } from '../../tuf/notary/describe.js';
import { parentOf, shallowFirst, type Gun } from '../../tuf/notary/names.js';
import { rootProblem } from '../../tuf/notary/root-certificates.js';
import {
  parseRoleName,
  ROOT,
  SNAPSHOT,
  TARGETS,
  TIMESTAMP,
  typeOfRole,
  type RoleName,
  type RoleType,
} from '../../tuf/role-name.js';
import { succeedRoot, trustRoot, type Verified } from '../../tuf/verified.js';
import { Delegators, fingerprint } from './delegators.js';
import { MAX_DOCUMENT } from './limits.js';
import type { CurrentFile } from './records.js';

/** One version of one role, as the other server has it. */
export interface ForeignDocument {
  readonly role: RoleName;
  readonly version: number;
  /** When it was stored there. */
  readonly at: Date;
  /** Bytes. */
  readonly size: number;
  /** SHA-256 in hex, where the other server says it. */
  readonly sha256: string | undefined;
  /** It may not be there: then nothing was left out. */
  readonly optional?: true;
  /** Undefined when there are no bytes that can be read. */
  readonly read: () => Promise<Uint8Array | undefined>;
}

export interface ForeignRepository {
  readonly gun: Gun;
  readonly documents: readonly ForeignDocument[];
}

/** A document that was left out, and why. */
export interface LeftOut {
  readonly role: string;
  readonly version: number;
  readonly why: string;
}

/** A verified document without its bytes. */
export interface VerifiedFile extends CurrentFile {
  readonly role: RoleName;
}

export interface History {
  readonly root: Root;
  /** What clients read now: root, timestamp, snapshot, and what the snapshot names. */
  readonly current: ReadonlyMap<RoleName, CurrentFile>;
  readonly files: readonly VerifiedFile[];
  readonly leftOut: readonly LeftOut[];
}

interface Kept extends VerifiedFile {
  readonly file: NotaryFile;
  /** The keys that it was verified by. */
  readonly by: string;
  /** The roles that it delegates to. */
  readonly delegates: ReadonlySet<RoleName>;
}

/**
 * Verifies all documents of a repository, one at a time.
 *
 * @param keep - takes the bytes of each that verifies
 * @throws WritError NOTARY_IMPORT when the roots are no chain, or the current state does not verify; and what `read`
 *   and `keep` throw
 */
export async function verifyHistory(
  { gun, documents }: ForeignRepository,
  keep: (bytes: Uint8Array) => Promise<unknown>,
): Promise<History> {
  const reader = new HistoryReader(gun);
  for (const document of [...documents].sort(inOrder)) {
    const isTooLarge = document.size > MAX_DOCUMENT;
    const bytes = isTooLarge ? undefined : await document.read();
    if (bytes === undefined && document.optional === true) continue;
    if (reader.take(document, bytes) && bytes !== undefined) await keep(bytes);
  }
  return reader.finish();
}

const RANKS: Readonly<Record<RoleType, number>> = { root: 0, timestamp: 1, snapshot: 2, targets: 3 };
const rankOf = (role: RoleName): number => RANKS[typeOfRole(role)];

/** Who delegates comes before whom it delegates to, older versions before newer ones. */
const inOrder = (a: ForeignDocument, b: ForeignDocument): number =>
  rankOf(a.role) - rankOf(b.role) ||
  (a.role === b.role ? a.version - b.version : shallowFirst(a.role, b.role));

class HistoryReader {
  readonly #gun: Gun;
  readonly #kept = new Map<RoleName, Kept[]>();
  readonly #leftOut: LeftOut[] = [];
  readonly #delegators = new Delegators();
  #root: Verified<Root> | undefined;
  /** The newest timestamp, and the snapshot that it names. */
  #timestamp: Verified<NotaryModels['timestamp']> | undefined;
  #snapshot: Verified<NotaryModels['snapshot']> | undefined;

  constructor(gun: Gun) {
    this.#gun = gun;
  }

  /** Whether the document verifies. @throws WritError NOTARY_IMPORT for a root that does not */
  take(document: ForeignDocument, bytes: Uint8Array | undefined): boolean {
    const { role, version } = document;
    try {
      if (document.size > MAX_DOCUMENT) throw refused(`it has more than ${MAX_DOCUMENT} bytes`);
      if (bytes === undefined) throw refused('it cannot be read as it is stored');
      this.#keep(document, bytes);
      return true;
    } catch (error) {
      if (!isWritError(error)) throw error;
      if (role === ROOT) throw refused(`its root ${version} does not verify: ${error.message}`);
      this.#leftOut.push({ role, version, why: error.message });
      return false;
    }
  }

  #keep({ role, version, at, sha256 }: ForeignDocument, bytes: Uint8Array): void {
    const file = describeNotaryFile(bytes);
    const actual = file.hashes.get('sha256') ?? '';
    if (sha256 !== undefined && sha256 !== actual) {
      throw refused('it does not have the hash that is stored with it');
    }
    const { document, by, delegates } = this.#verify(role, bytes, version);
    const { expires } = document;
    const kept: Kept = { role, version, expires, sha256: actual, at, file, by, delegates };
    this.#kept.set(role, [...(this.#kept.get(role) ?? []), kept]);
  }

  #verify(role: RoleName, bytes: Uint8Array, version: number): Checked {
    switch (typeOfRole(role)) {
      case 'root':
        return this.#takeRoot(versioned(parse(bytes, 'root'), version));
      case 'timestamp':
        return this.#takeTimestamp(versioned(parse(bytes, 'timestamp'), version));
      case 'snapshot':
        return this.#takeSnapshot(versioned(parse(bytes, 'snapshot'), version));
      default:
        return this.#takeTargets(role, versioned(parse(bytes, 'targets'), version));
    }
  }

  #takeRoot(document: SignedDocument<Root>): Checked {
    const before = this.#root;
    const problem = rootProblem(document, { gun: this.#gun, before: before?.value, now: undefined });
    if (problem !== undefined) throw refused(problem.message);
    const root = before === undefined ? trustRoot(document) : succeedRoot(before, document);
    for (const role of [TARGETS, SNAPSHOT, TIMESTAMP]) this.#delegators.add(root, role);
    this.#root = root;
    return { document: root.value, by: '', delegates: NOBODY };
  }

  #takeTimestamp(document: SignedDocument<NotaryModels['timestamp']>): Checked {
    const verified = this.#delegators.verify(TIMESTAMP, document);
    this.#timestamp = verified.document;
    return { document: document.signed, by: verified.by, delegates: NOBODY };
  }

  #takeSnapshot(document: SignedDocument<NotaryModels['snapshot']>): Checked {
    const verified = this.#delegators.verify(SNAPSHOT, document);
    const named = this.#timestamp?.value.meta.get(SNAPSHOT);
    if (named !== undefined && sameHashes(named, describeNotaryFile(document.bytes))) {
      this.#snapshot = verified.document;
    }
    return { document: document.signed, by: verified.by, delegates: NOBODY };
  }

  #takeTargets(role: RoleName, document: SignedDocument<Targets>): Checked {
    const verified = this.#delegators.verify(role, document);
    const delegates = new Set(document.signed.delegations?.roles.map(({ name }) => name));
    for (const name of delegates) this.#delegators.add(verified.document, name);
    return { document: document.signed, by: verified.by, delegates };
  }

  /** @throws WritError NOTARY_IMPORT when clients could not read what would be current */
  finish(): History {
    const root = this.#root;
    if (root === undefined) throw refused('it has no root');
    const timestamp = this.#newestTimestamp();
    const snapshot = this.#find(SNAPSHOT, this.#timestamp?.value.meta.get(SNAPSHOT));
    if (snapshot === undefined || this.#snapshot === undefined) {
      throw refused('the snapshot that its timestamp names is missing, or does not verify');
    }
    const current = new Map([
      [TIMESTAMP, timestamp],
      [SNAPSHOT, snapshot],
      ...this.#named(this.#snapshot.value),
    ]);
    this.#checkCurrent(root, current);
    const files = [...this.#kept.values()].flat();
    return { root: root.value, current, files, leftOut: this.#leftOut };
  }

  /** A timestamp that was tampered with must not bring an older one back. */
  #newestTimestamp(): Kept {
    const newest = this.#kept.get(TIMESTAMP)?.at(-1);
    if (newest === undefined) throw refused('it has no timestamp that verifies');
    const broken = this.#leftOut.find(({ role, version }) => role === TIMESTAMP && version > newest.version);
    if (broken === undefined) return newest;
    throw refused(`its timestamp ${broken.version} does not verify: ${broken.why}`);
  }

  #named({ meta }: NotaryModels['snapshot']): [RoleName, Kept][] {
    const found: [RoleName, Kept][] = [];
    for (const [name, file] of meta) {
      const role = parseRoleName(name);
      const kept = this.#find(role, file);
      if (kept !== undefined) found.push([role, kept]);
      else this.#leftOut.push({ role, version: 0, why: 'what the snapshot names is missing' });
    }
    return found;
  }

  #find(role: RoleName, named: NotaryFile | undefined): Kept | undefined {
    if (named === undefined) return undefined;
    return this.#kept.get(role)?.find(({ file }) => sameHashes(named, file));
  }

  #checkCurrent(root: Verified<Root>, current: ReadonlyMap<RoleName, Kept>): void {
    if (current.get(ROOT)?.version !== root.value.version) {
      throw refused('its snapshot does not name its newest root');
    }
    for (const role of [TIMESTAMP, SNAPSHOT, TARGETS]) {
      if (current.get(role)?.by !== fingerprint(root, role)) {
        throw refused(`its current ${role} is missing, or not signed by the keys of its newest root`);
      }
    }
    // What is delegated to now must be there; what nobody delegates to any more is not read by clients.
    const missing = this.#leftOut.find(({ role, version }) => version === 0 && isWanted(role, current));
    if (missing !== undefined) throw refused(`its current ${missing.role} is missing, or does not verify`);
  }
}

/** What was verified, and what it delegates to. */
interface Checked {
  readonly document: { readonly expires: Date };
  readonly by: string;
  readonly delegates: ReadonlySet<RoleName>;
}

const NOBODY: ReadonlySet<RoleName> = new Set();

function isWanted(text: string, current: ReadonlyMap<RoleName, Kept>): boolean {
  const role = parseRoleName(text);
  const parent = parentOf(role);
  return parent !== undefined && current.get(parent)?.delegates.has(role) === true;
}

const parse = <T extends RoleType>(bytes: Uint8Array, type: T): SignedDocument<NotaryModels[T]> =>
  parseDocumentOf(NOTARY1, bytes, type, MAX_DOCUMENT);

/** What is stored as a version must say so. */
function versioned<D extends { readonly version: number }>(
  document: SignedDocument<D>,
  version: number,
): SignedDocument<D> {
  if (document.signed.version === version) return document;
  throw refused(`it says that it is version ${document.signed.version}`);
}

const refused = (why: string): WritError => new WritError('NOTARY_IMPORT', why);
