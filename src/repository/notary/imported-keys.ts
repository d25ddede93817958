/** Keys of online roles that another server made: imported with the repository, sealed, until a root names others. */
import type { KeyId } from '../../crypto/key-id.js';
import { asArray, asObject } from '../../json/read.js';
import { member, type JsonObject, type JsonValue } from '../../json/types.js';
import { readSealedKey, writeSealedKey, type SealedNotaryKey } from '../../keystore/sealed-notary-key.js';
import type { IndexReader, IndexTransaction } from '../../storage/ports.js';
import type { Gun } from '../../tuf/notary/names.js';
import type { Root } from '../../tuf/model.js';
import { keysOf } from './names.js';
import type { FoundSigner, OnlineKeys, OnlineRole } from './online.js';

type ImportedKeys = Readonly<Record<OnlineRole, readonly SealedNotaryKey[]>>;

const listOf = (json: JsonObject, role: OnlineRole): SealedNotaryKey[] =>
  asArray(member(json, role) ?? [], role).map(readSealedKey);

function readImported(value: JsonValue | undefined): ImportedKeys {
  const json = value === undefined ? {} : asObject(value, 'imported keys');
  return { snapshot: listOf(json, 'snapshot'), timestamp: listOf(json, 'timestamp') };
}

/** Keeps a key beside those of `gun` that are there; nothing happens when it is one of them. */
export async function addImportedKey(
  tx: IndexTransaction,
  gun: Gun,
  role: OnlineRole,
  key: SealedNotaryKey,
): Promise<void> {
  const { imported } = keysOf(gun);
  const all = readImported(await tx.get(imported));
  if (all[role].some(({ id }) => id === key.id)) return;
  const next: ImportedKeys = { ...all, [role]: [...all[role], key] };
  tx.put(imported, {
    snapshot: next.snapshot.map(writeSealedKey),
    timestamp: next.timestamp.map(writeSealedKey),
  });
}

/** The ids of the keys that were imported for a role. @throws WritError STORE_* */
export async function importedKeyIds(
  index: IndexReader,
  gun: Gun,
  role: OnlineRole,
): Promise<ReadonlySet<KeyId>> {
  const all = readImported(await index.get(keysOf(gun).imported));
  return new Set(all[role].map(({ id }) => id));
}

/** The signer of an imported key that `root` lists for `role`. @throws WritError KEYSTORE_SECRET, KEYSTORE_FORMAT */
export async function importedSigner(
  { index, keys }: { readonly index: IndexReader; readonly keys: OnlineKeys },
  gun: Gun,
  root: Root,
  role: OnlineRole,
): Promise<FoundSigner | undefined> {
  const listed: ReadonlySet<KeyId> = new Set(root.roles[role].keyIds);
  const sealed = readImported(await index.get(keysOf(gun).imported))[role].find(({ id }) => listed.has(id));
  return sealed && { ...keys.imported(gun, role, sealed), generation: 0 };
}
