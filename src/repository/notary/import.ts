/** Takes a verified repository of another server over: its history, its current state, and that it may be frozen. */
import type { KeyObject } from 'node:crypto';
import { WritError } from '../../errors.js';
import type { SealedNotaryKey } from '../../keystore/sealed-notary-key.js';
import type { BlobStore, IndexStore, IndexTransaction } from '../../storage/ports.js';
import { parseDocumentOf } from '../../tuf/document.js';
import { NOTARY1 } from '../../tuf/format/notary1.js';
import type { Root } from '../../tuf/model.js';
import type { Clock } from '../../tuf/ports.js';
import type { Gun } from '../../tuf/notary/names.js';
import { ROOT, SNAPSHOT, TIMESTAMP } from '../../tuf/role-name.js';
import { tooOld } from './commit.js';
import { writeFrozen, type Frozen } from './frozen.js';
import {
  verifyHistory,
  type ForeignRepository,
  type History,
  type LeftOut,
  type VerifiedFile,
} from './import-history.js';
import { readOrigin, writeOrigin, type Origin } from './origin.js';
import { heldKeyIds } from './held-keys.js';
import { addImportedKey, importedKeyIds } from './imported-keys.js';
import { MAX_DOCUMENT } from './limits.js';
import { keysOf } from './names.js';
import type { KeyHolder, OnlineKeys, OnlineRole } from './online.js';
import { readStoredFile, writeFileRecord } from '../file-record.js';
import { readGenerations, readHead, writeHeadOf, type Head } from './records.js';

export interface ImportPorts {
  readonly index: IndexStore;
  readonly blobs: BlobStore;
  readonly keys: OnlineKeys;
  /** Holds keys of the other server, which may stay there. */
  readonly holder?: KeyHolder | undefined;
  readonly clock: Clock;
  readonly seal: (gun: Gun, role: OnlineRole, privateKey: KeyObject) => SealedNotaryKey;
}

/** Keeps a key that another server made for an online role, sealed. @throws WritError KEY_TYPE, KEY_WEAK, STORE_* */
export async function importKey(
  { index, seal }: ImportPorts,
  gun: Gun,
  role: OnlineRole,
  privateKey: KeyObject,
): Promise<void> {
  const sealed = seal(gun, role, privateKey);
  await index.transaction(tx => addImportedKey(tx, gun, role, sealed));
}

export interface Imported {
  /** `unchanged`: everything was here already. */
  readonly outcome: 'imported' | 'updated' | 'unchanged';
  /** Documents that are here now. */
  readonly documents: number;
  readonly leftOut: readonly LeftOut[];
  /** Defined when the service cannot sign its timestamp. */
  readonly frozen: Frozen | undefined;
}

/** Imports the keys that a root names for its online roles, where they can be had. */
export type FindKeys = (root: Root) => Promise<void>;

const BATCH = 500;

/**
 * Imports a repository, or what is new of one that was imported before and not changed here since. Stopped at any
 * point it leaves nothing current that was not verified, and may be run again.
 *
 * @param findKeys - asked before it is told whether the repository is frozen
 *
 * @throws WritError NOTARY_IMPORT when it does not verify, or is another than the one that is here; STORE_*; and what
 *   reading the other server throws
 */
export async function importRepository(
  foreign: ForeignRepository,
  ports: ImportPorts,
  findKeys: FindKeys = async () => undefined,
): Promise<Imported> {
  const { gun, documents } = foreign;
  const { index, blobs } = ports;
  const [head, origin] = await Promise.all([readHeadOf(index, gun), readOrigin(index, gun)]);
  if (head !== undefined && origin !== undefined && isSame(foreign, origin)) {
    const frozen = await settleFrozen(ports, head, findKeys);
    return { outcome: 'unchanged', documents: documents.length, leftOut: [], frozen };
  }
  const history = await verifyHistory(foreign, bytes => blobs.put(bytes));
  const outcome = await outcomeOf(history, { head, origin, ports, gun });
  await writeHistory(index, gun, history.files);
  const timestamp = history.current.get(TIMESTAMP)?.sha256 ?? '';
  await index.transaction(async tx => {
    const { head: key, origin: originKey } = keysOf(gun);
    const now = await tx.get(key);
    if ((now === undefined ? undefined : sha256Of(readHead(now))) !== (head && sha256Of(head)))
      throw tooOld(gun);
    if (outcome !== 'unchanged') tx.put(key, writeHeadOf({ gun, roles: history.current }));
    tx.put(
      originKey,
      writeOrigin({
        at: ports.clock.now(),
        documents: documents.length,
        leftOut: history.leftOut.length,
        timestamp,
      }),
    );
  });
  const current = outcome === 'unchanged' && head !== undefined ? head : { gun, roles: history.current };
  const frozen = await settleFrozen(ports, current, findKeys);
  return { outcome, documents: history.files.length, leftOut: history.leftOut, frozen };
}

/**
 * What there is to say of a repository of which everything up to a timestamp is here; undefined when there is more to
 * take.
 *
 * @param timestamp - SHA-256 of the current timestamp of the other server
 * @throws WritError STORE_*
 */
export async function alreadyImported(
  gun: Gun,
  timestamp: string,
  ports: ImportPorts,
): Promise<Imported | undefined> {
  const [head, origin] = await Promise.all([readHeadOf(ports.index, gun), readOrigin(ports.index, gun)]);
  if (head === undefined || origin?.timestamp !== timestamp || origin.leftOut > 0) return undefined;
  const frozen = await settleFrozen(ports, head, () => Promise.resolve());
  return { outcome: 'unchanged', documents: origin.documents, leftOut: [], frozen };
}

async function readHeadOf(index: IndexStore, gun: Gun): Promise<Head | undefined> {
  const record = await index.get(keysOf(gun).head);
  return record === undefined ? undefined : readHead(record);
}

const sha256Of = ({ roles }: Head): string => roles.get(TIMESTAMP)?.sha256 ?? '';

/** Whether nothing was added there since all of it was taken. */
function isSame({ documents }: ForeignRepository, origin: Origin): boolean {
  if (origin.leftOut > 0 || origin.documents !== documents.length) return false;
  const timestamps = documents.filter(({ role }) => role === TIMESTAMP);
  const newest = timestamps.sort((a, b) => a.version - b.version).at(-1);
  return newest?.sha256 === origin.timestamp;
}

interface Before {
  readonly head: Head | undefined;
  readonly origin: Origin | undefined;
  readonly ports: ImportPorts;
  readonly gun: Gun;
}

/** What to do about the repository that is here. @throws WritError NOTARY_IMPORT */
async function outcomeOf(
  history: History,
  { head, origin, ports, gun }: Before,
): Promise<Imported['outcome']> {
  if (head === undefined) return 'imported';
  if (origin === undefined) throw refused('a repository of that name was made here; it is left as it is');
  const known = new Set(history.files.map(({ role, sha256 }) => `${sha256} ${role}`));
  const signsSnapshots = await holdsKey(ports, gun, history.root, 'snapshot');
  const strange = [...head.roles].find(([role, { sha256 }]) => {
    const isOurs = role === TIMESTAMP || (role === SNAPSHOT && signsSnapshots);
    return !isOurs && !known.has(`${sha256} ${role}`);
  });
  if (strange !== undefined) {
    throw refused(`it was changed here since it was imported (its ${strange[0]}); it is left as it is`);
  }
  if (sameDocuments(head, history)) return 'unchanged';
  const [here, there] = [head.roles.get(TIMESTAMP), history.current.get(TIMESTAMP)];
  if ((there?.version ?? 0) > (here?.version ?? 0)) return 'updated';
  throw refused('this service signed a newer timestamp since it was imported; it is left as it is');
}

function sameDocuments({ roles }: Head, { current }: History): boolean {
  const offline = [...current].filter(([role]) => role !== TIMESTAMP && role !== SNAPSHOT);
  const timestamps = (current.get(TIMESTAMP)?.version ?? 0) <= (roles.get(TIMESTAMP)?.version ?? 0);
  return timestamps && offline.every(([role, { sha256 }]) => roles.get(role)?.sha256 === sha256);
}

/** A version that is here already stays what it is. */
async function writeHistory(index: IndexStore, gun: Gun, files: readonly VerifiedFile[]): Promise<void> {
  for (let start = 0; start < files.length; start += BATCH) {
    await index.transaction(async tx => {
      for (const file of files.slice(start, start + BATCH)) await writeVersion(tx, gun, file);
    });
  }
}

async function writeVersion(
  tx: IndexTransaction,
  gun: Gun,
  { role, version, sha256, at }: VerifiedFile,
): Promise<void> {
  const keys = keysOf(gun);
  const record = writeFileRecord({ sha256, at });
  const isTaken = (await tx.get(keys.version(role, version))) !== undefined;
  if (!isTaken) tx.put(keys.version(role, version), record);
  tx.put(keys.hash(role, sha256), record);
}

/** Notes that the service cannot sign the timestamp of a repository, or that now it can. */
async function settleFrozen(
  ports: ImportPorts,
  { gun, roles }: Head,
  findKeys: FindKeys,
): Promise<Frozen | undefined> {
  const { index, blobs } = ports;
  const [rootFile, timestamp] = [roles.get(ROOT), roles.get(TIMESTAMP)];
  const bytes = rootFile === undefined ? null : await readStoredFile(rootFile, blobs);
  if (bytes === null || timestamp === undefined) throw refused('its root is not in the store');
  const root = parseDocumentOf(NOTARY1, bytes, 'root', MAX_DOCUMENT).signed;
  await findKeys(root);
  const missing: OnlineRole[] = [];
  for (const role of ['timestamp', 'snapshot'] as const) {
    if (!(await holdsKey(ports, gun, root, role))) missing.push(role);
  }
  const frozen = missing.includes('timestamp')
    ? { gun, until: timestamp.expires, timestamp: timestamp.sha256, roles: missing }
    : undefined;
  await index.transaction(tx => {
    if (frozen === undefined) tx.delete(keysOf(gun).frozen);
    else tx.put(keysOf(gun).frozen, writeFrozen(frozen));
  });
  return frozen;
}

/** Whether the service has a key that `root` lists for `role`. */
async function holdsKey(
  { index, keys, holder }: ImportPorts,
  gun: Gun,
  root: Root,
  role: OnlineRole,
): Promise<boolean> {
  const { keyIds, threshold } = root.roles[role];
  if (threshold > 1) return false;
  const imported = await importedKeyIds(index, gun, role);
  const generations = readGenerations(await index.get(keysOf(gun).generations), keys.first)[role];
  const own = new Set([
    ...imported,
    ...(holder === undefined ? [] : await heldKeyIds(index, gun, role)),
    ...generations.flatMap(each => keys.signers(gun, role, each).map(({ key }) => key.id)),
  ]);
  return keyIds.some(id => own.has(id));
}

const refused = (why: string): WritError => new WritError('NOTARY_IMPORT', why);
