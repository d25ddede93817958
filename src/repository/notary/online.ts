/** What the service signs of a Notary repository: snapshot, where it holds the key, and timestamp. */
import type { NotaryKey } from '../../crypto/notary-key.js';
import type { KeyId } from '../../crypto/key-id.js';
import { canonicalBytes } from '../../json/canonical.js';
import { parseDocumentOf, type SignedDocument } from '../../tuf/document.js';
import {
  writeNotaryDocument,
  writeNotarySnapshot,
  writeNotaryTimestamp,
} from '../../tuf/format/notary1-write.js';
import { NOTARY1, type NotaryFile, type NotaryModels } from '../../tuf/format/notary1.js';
import type { Root } from '../../tuf/model.js';
import { parseRoleName, SNAPSHOT, TIMESTAMP, type RoleName } from '../../tuf/role-name.js';
import { verifyRole, type Verified } from '../../tuf/verified.js';
import type { JsonObject } from '../../json/types.js';
import type { SealedNotaryKey } from '../../keystore/sealed-notary-key.js';
import { describeNotaryFile } from '../../tuf/notary/describe.js';
import { MAX_DOCUMENT } from './limits.js';
import type { Gun } from '../../tuf/notary/names.js';
import { refusal } from './refusal.js';
import type { StoredDocument } from './state.js';

export type OnlineRole = 'snapshot' | 'timestamp';

/** Signs with one of the service's keys. */
export interface OnlineSigner {
  readonly key: NotaryKey;
  readonly sign: (payload: Uint8Array) => OnlineSignature | Promise<OnlineSignature>;
}

interface OnlineSignature {
  readonly method: string;
  readonly bytes: Uint8Array;
}

/** A signer outside, which makes keys and never gives them away. All its failures are WritError SIGNER_*. */
export interface KeyHolder {
  create(gun: Gun, role: OnlineRole): Promise<NotaryKey>;
  remove(id: KeyId): Promise<void>;
  /** Whether it has the private key. */
  holds(key: NotaryKey): Promise<boolean>;
  /** Verified; KEYSTORE_REFUSED for what is no metadata of `role`. */
  sign(key: NotaryKey, role: OnlineRole, payload: Uint8Array): Promise<OnlineSignature>;
  /** Why it could not sign now. */
  problem(): Promise<string | undefined>;
}

/** The keys of the service: any of them can be made again from its generation. */
export interface OnlineKeys {
  /** The generation that new repositories begin with. */
  readonly first: number;
  next(generation: number): number;
  /** @throws WritError KEYSTORE_SECRET for a generation that can be made no more */
  signer(gun: Gun, role: OnlineRole, generation: number): OnlineSigner;
  /** That one, and those of the algorithms that new keys do not have now: repositories keep the keys that they have. */
  signers(gun: Gun, role: OnlineRole, generation: number): readonly OnlineSigner[];
  /** The signer of a key that was made elsewhere. @throws WritError KEYSTORE_SECRET, KEYSTORE_FORMAT */
  imported(gun: Gun, role: OnlineRole, key: SealedNotaryKey): OnlineSigner;
}

/** How long what the service signs is valid, in milliseconds. */
export interface NotaryLifetimes {
  readonly snapshot: number;
  readonly timestamp: number;
}

/** A signer, and the generation of its key: 0 for one that was made elsewhere. */
export interface FoundSigner extends OnlineSigner {
  readonly generation: number;
}

/** The signer among `generations` whose key `root` lists for `role`; undefined when it lists none of the service's. */
export function signerFor(
  root: Root,
  role: OnlineRole,
  generations: readonly number[],
  keysOf: (generation: number) => readonly OnlineSigner[],
): FoundSigner | undefined {
  const listed: ReadonlySet<KeyId> = new Set(root.roles[role].keyIds);
  for (const generation of generations) {
    const found = keysOf(generation).find(({ key }) => listed.has(key.id));
    if (found !== undefined) return { key: found.key, sign: found.sign, generation };
  }
  return undefined;
}

interface Sources {
  readonly root: Verified<Root>;
  readonly expires: Date;
  readonly signer: OnlineSigner | undefined;
  /** The document that it follows. */
  readonly before: StoredDocument | undefined;
}

/**
 * The next snapshot: what the one before named, with the documents that are new.
 *
 * @throws WritError NOTARY_UPDATE (`ErrBadHierarchy`) when root names no snapshot key of the service, or asks for more
 */
export async function signSnapshot(
  { root, expires, signer, before }: Sources,
  files: ReadonlyMap<RoleName, NotaryFile>,
): Promise<Verified<NotaryModels['snapshot']>> {
  const meta = new Map(before === undefined ? [] : metaOf(before.bytes));
  for (const [role, file] of files) meta.set(role, file);
  const version = (before?.version ?? 0) + 1;
  const signed = writeNotarySnapshot({ version, expires, meta });
  if (signer === undefined || root.value.roles.snapshot.threshold > 1) {
    const why =
      'no snapshot was included in update and server does not hold current snapshot key for repository';
    throw refusal('ErrBadHierarchy', why, 'snapshot');
  }
  const snapshot = verifyRole(root, SNAPSHOT, parse(await document(signed, signer), 'snapshot'));
  metas.set(snapshot.bytes, snapshot.value.meta);
  return snapshot;
}

/** What snapshots name that the service signed itself, for as long as their bytes are kept. */
const metas = new WeakMap<Uint8Array, NotaryModels['snapshot']['meta']>();

const metaOf = (bytes: Uint8Array): NotaryModels['snapshot']['meta'] =>
  metas.get(bytes) ?? parse(bytes, 'snapshot').signed.meta;

/** The next timestamp, over the bytes of a snapshot. @throws WritError NOTARY_UPDATE (`ErrBadRoot`) */
export async function signTimestamp(
  { root, expires, signer, before }: Sources,
  snapshot: Uint8Array,
): Promise<Verified<NotaryModels['timestamp']>> {
  const meta = new Map([[SNAPSHOT, describeNotaryFile(snapshot)]]);
  const signed = writeNotaryTimestamp({ version: (before?.version ?? 0) + 1, expires, meta });
  if (signer === undefined || root.value.roles.timestamp.threshold > 1) {
    throw refusal('ErrBadRoot', 'no timestamp keys exist on the server');
  }
  return verifyRole(root, TIMESTAMP, parse(await document(signed, signer), 'timestamp'));
}

async function document(signed: JsonObject, signer: OnlineSigner): Promise<Uint8Array> {
  const signature = await signer.sign(canonicalBytes(signed));
  return writeNotaryDocument(signed, [{ keyid: signer.key.id, ...signature }]);
}

const parse = <T extends OnlineRole>(bytes: Uint8Array, type: T): SignedDocument<NotaryModels[T]> =>
  parseDocumentOf(NOTARY1, bytes, type, MAX_DOCUMENT);

/** The roles that a snapshot lists. */
export const rolesOf = (meta: ReadonlyMap<string, NotaryFile>): RoleName[] =>
  [...meta.keys()].map(parseRoleName);
