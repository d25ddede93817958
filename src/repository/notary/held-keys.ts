/**
 * Keys of online roles that a signer outside makes and holds. Which of them are whose is kept here: metadata of Notary
 * does not name its repository, so a root must not have the key of another one sign for it.
 */
import type { KeyId } from '../../crypto/key-id.js';
import { parseNotaryKey, type NotaryKey } from '../../crypto/notary-key.js';
import { WritError } from '../../errors.js';
import { asArray, asObject, stringAt } from '../../json/read.js';
import { member, type JsonObject, type JsonValue } from '../../json/types.js';
import type { IndexReader, IndexStore, IndexTransaction } from '../../storage/ports.js';
import type { Root } from '../../tuf/model.js';
import type { Clock } from '../../tuf/ports.js';
import { parseGun, type Gun } from '../../tuf/notary/names.js';
import { keysOf, UNPUBLISHED } from './names.js';
import type { FoundSigner, KeyHolder, OnlineRole } from './online.js';

type HeldKeys = Readonly<Record<OnlineRole, readonly NotaryKey[]>>;

interface Ports {
  readonly index: IndexStore;
  readonly clock: Clock;
  readonly holder: KeyHolder;
}

/** Keys of one role that are remembered, the newest first; the oldest that no root names go. */
const MAX_KEYS = 16;
/** Names without a repository that may have keys: each is one in the signer, and anybody may ask for one. */
const MAX_UNPUBLISHED = 1000;
/** How long such a key is kept when places are short. */
const UNPUBLISHED_MS = 86_400_000;

/** Values of the index never change: each is read once, not for every publication. */
const read = new WeakMap<object, HeldKeys>();

function readHeld(value: JsonValue | undefined): HeldKeys {
  if (value === undefined) return { snapshot: [], timestamp: [] };
  const json = asObject(value, 'held keys');
  const keys = read.get(json) ?? parseHeld(json);
  read.set(json, keys);
  return keys;
}

function parseHeld(json: JsonObject): HeldKeys {
  const of = (role: OnlineRole): NotaryKey[] =>
    asArray(member(json, role) ?? [], role).map(key => parseNotaryKey(asObject(key, role), role));
  return { snapshot: of('snapshot'), timestamp: of('timestamp') };
}

const writeHeld = ({ snapshot, timestamp }: HeldKeys): JsonObject => ({
  snapshot: snapshot.map(key => key.toJson()),
  timestamp: timestamp.map(key => key.toJson()),
});

/** Notes that the signer holds `key` for a role of `gun`; nothing happens when that is known. */
export async function addHeldKey(
  tx: IndexTransaction,
  gun: Gun,
  role: OnlineRole,
  key: NotaryKey,
): Promise<void> {
  const { held } = keysOf(gun);
  const all = readHeld(await tx.get(held));
  if (all[role].some(({ id }) => id === key.id)) return;
  tx.put(held, writeHeld({ ...all, [role]: [key, ...all[role]] }));
}

/** The ids of the keys that the signer holds for a role. @throws WritError STORE_* */
export async function heldKeyIds(
  index: IndexReader,
  gun: Gun,
  role: OnlineRole,
): Promise<ReadonlySet<KeyId>> {
  return new Set(readHeld(await index.get(keysOf(gun).held))[role].map(({ id }) => id));
}

/** The signer of a key that is held for `gun`, and that `root` lists for `role`. @throws WritError STORE_* */
export async function heldSigner(
  { index, holder }: { readonly index: IndexReader; readonly holder: KeyHolder | undefined },
  gun: Gun,
  root: Root,
  role: OnlineRole,
): Promise<FoundSigner | undefined> {
  if (holder === undefined) return undefined;
  const listed: ReadonlySet<KeyId> = new Set(root.roles[role].keyIds);
  const key = readHeld(await index.get(keysOf(gun).held))[role].find(({ id }) => listed.has(id));
  return key && { key, sign: payload => holder.sign(key, role, payload), generation: 0 };
}

/**
 * The key that a root of `gun` should name for `role`: the newest, made when there is none. Two who ask at once must
 * ask one after the other.
 *
 * @throws WritError NOTARY_KEYS, SIGNER_*, STORE_*
 */
export async function heldKey(ports: Ports, gun: Gun, role: OnlineRole): Promise<NotaryKey> {
  const [newest] = readHeld(await ports.index.get(keysOf(gun).held))[role];
  return newest ?? (await makeHeldKey(ports, gun, role, undefined));
}

/**
 * Has a key made for `role`, which comes before those that are there.
 *
 * @param root - the current one; its keys are never forgotten
 * @throws WritError NOTARY_KEYS, SIGNER_*, STORE_*
 */
export async function makeHeldKey(
  ports: Ports,
  gun: Gun,
  role: OnlineRole,
  root: Root | undefined,
): Promise<NotaryKey> {
  const { index, holder, clock } = ports;
  const isPublished = (await index.get(keysOf(gun).head)) !== undefined;
  if (!isPublished) await makeRoom(ports, gun);
  const key = await holder.create(gun, role);
  const named: ReadonlySet<KeyId> = new Set(root?.roles[role].keyIds);
  const forgotten = await index.transaction(async tx => {
    const { held, unpublished } = keysOf(gun);
    const all = readHeld(await tx.get(held));
    const [kept, gone] = [all[role].slice(0, MAX_KEYS - 1), all[role].slice(MAX_KEYS - 1)];
    const list = [key, ...kept, ...gone.filter(({ id }) => named.has(id))];
    tx.put(held, writeHeld({ ...all, [role]: list }));
    if (!isPublished) tx.put(unpublished, { gun, at: clock.now().toISOString() });
    return gone.filter(({ id }) => !named.has(id));
  });
  await removeAll(holder, forgotten);
  return key;
}

/** A key that stays in the signer does no harm: no root that names it is signed for any more. */
async function removeAll(holder: KeyHolder, keys: readonly NotaryKey[]): Promise<void> {
  await Promise.allSettled(keys.map(({ id }) => holder.remove(id)));
}

/** Takes a place for a name without a repository. @throws WritError NOTARY_KEYS when there is none */
async function makeRoom({ index, holder, clock }: Ports, gun: Gun): Promise<void> {
  if ((await index.get(keysOf(gun).unpublished)) !== undefined) return;
  const taken = await index.list(UNPUBLISHED);
  if (taken.length < MAX_UNPUBLISHED) return;
  let free = 0;
  const before = clock.now().getTime() - UNPUBLISHED_MS;
  for (const [key, value] of taken) {
    const json = asObject(value, 'unpublished');
    const other = parseGun(stringAt(json, 'gun', 'unpublished'));
    const isPublished = (await index.get(keysOf(other).head)) !== undefined;
    if (!isPublished && Date.parse(stringAt(json, 'at', 'unpublished')) > before) continue;
    const { snapshot, timestamp } = readHeld(await index.get(keysOf(other).held));
    if (!isPublished) await removeAll(holder, [...snapshot, ...timestamp]);
    await index.transaction(tx => {
      tx.delete(key);
      if (!isPublished) tx.delete(keysOf(other).held);
    });
    free++;
  }
  if (free > 0) return;
  throw new WritError(
    'NOTARY_KEYS',
    `${taken.length} names that nobody published have keys in the signer: no more are made today`,
  );
}
