/**
 * Documents that collect signatures over several visits: which keys have signed, which of those that may are here, and
 * what they add. The signed bytes never change between visits.
 */
import { hexFromBytes } from '../crypto/hex.js';
import type { KeyId } from '../crypto/key-id.js';
import { WritError } from '../errors.js';
import type { KeyInfo } from '../keystore/key-file.js';
import { withSignatures, type WrittenSignature } from '../tuf/build/sign.js';
import type { KeyHolders } from '../tuf/change/keys.js';
import type { SignedDocument } from '../tuf/document.js';
import type { Signer } from '../tuf/ports.js';
import type { RoleName } from '../tuf/role-name.js';
import { countSignatures } from '../tuf/verified.js';
import type { Context } from './command.js';
import { allKeys, findKey, openKeyStore, unlock } from './keys.js';

/** Keys of which a threshold must sign. A root has two such groups: the keys of the one before, and its own. */
export interface SignerGroup extends KeyHolders {
  /** For people: `the keys of version 1`. */
  readonly name: string;
}

interface Versioned {
  readonly version: number;
}

export interface Visited<M extends Versioned> {
  readonly role: RoleName;
  readonly document: SignedDocument<M>;
  readonly groups: readonly SignerGroup[];
}

export interface GroupProgress {
  readonly name: string;
  /** Distinct keys whose signatures verify, by the ids that the group lists them under. */
  readonly signed: readonly KeyId[];
  readonly needed: number;
}

/** Counted here, from the signatures themselves, whatever anybody says about them. */
export function progressOf<M extends Versioned>({ role, document, groups }: Visited<M>): GroupProgress[] {
  return groups.map(group => ({
    name: group.name,
    signed: countSignatures(document, role, group.keys, group.role).counted.map(({ keyId }) => keyId),
    needed: group.role.threshold,
  }));
}

export const isComplete = (progress: readonly GroupProgress[]): boolean =>
  progress.every(({ signed, needed }) => signed.length >= needed);

/** `1 of 2 signatures`, one line for each group. */
export function progressWords(progress: readonly GroupProgress[]): string {
  return progress
    .map(({ name, signed, needed }) => `signed by ${signed.length} of ${needed} needed of ${name}`)
    .join('\n');
}

/** A key of the key store that may sign, under the ids that the groups list it by. */
export interface HeldKey {
  readonly info: KeyInfo;
  readonly ids: readonly KeyId[];
}

/**
 * The keys of the key store, and of the tokens that the settings name, that may sign the document and have not yet.
 *
 * @param only - ids, or their beginnings, or PKCS #11 URIs of the keys to sign with; none: all that may
 * @throws WritError CLI_NO_KEY when there are none; as findKey and KeyStore.list
 */
export async function keysAtHand<M extends Versioned>(
  context: Context,
  visited: Visited<M>,
  only: readonly string[] = [],
): Promise<HeldKey[]> {
  const store = await openKeyStore(context);
  const candidates =
    only.length === 0
      ? await allKeys(context, store)
      : await Promise.all([...new Set(only)].map(text => findKey(store, text, context)));
  const signed = new Set(progressOf(visited).flatMap((group, i) => group.signed.map(id => `${i} ${id}`)));
  const listed = candidates.map(info => ({ info, places: placesOf(info, visited) }));
  const held = listed
    .map(({ info, places }) => ({
      info,
      ids: places.filter(one => !signed.has(one.place)).map(({ id }) => id),
    }))
    .filter(({ ids }) => ids.length > 0)
    .map(({ info, ids }) => ({ info, ids: [...new Set(ids)] }));
  if (held.length > 0) return held;
  throw noKey(
    visited,
    listed.some(({ places }) => places.length > 0),
  );
}

/** Where the groups list a key: by what it is, whatever they call it. */
function placesOf<M extends Versioned>(
  { publicKey, role }: KeyInfo,
  visited: Visited<M>,
): { place: string; id: KeyId }[] {
  if (role !== undefined && role !== visited.role) return [];
  return visited.groups.flatMap((group, i) =>
    group.role.keyIds
      .filter(id => group.keys.get(id)?.material === publicKey.material)
      .map(id => ({ place: `${i} ${id}`, id })),
  );
}

function noKey<M extends Versioned>({ role, document, groups }: Visited<M>, signed: boolean): WritError {
  const keys = [...new Set(groups.flatMap(group => group.role.keyIds))];
  if (signed) {
    return new WritError('CLI_NO_KEY', `every key of ${role} in the key store has signed it already`, {
      hint: 'pass it on to the people whose signatures are missing',
      details: { role, keys },
    });
  }
  const { version } = document.signed;
  return new WritError('CLI_NO_KEY', `the key store holds no key that may sign ${role} version ${version}`, {
    hint: `${role} has the keys ${keys.join(', ')}; name the folder that holds one in WRIT_KEYS or the setting keys`,
    details: { role, keys },
  });
}

export interface SignedVisit {
  /** The document with all its signatures. */
  readonly bytes: Uint8Array;
  /** Those of this visit. */
  readonly added: readonly WrittenSignature[];
}

/** Signers whose pass-phrases were asked for already, by the ids of their keys. */
export type Unlocked = Map<KeyId, Signer>;

/**
 * Signs with each key, one after the other: each may ask for its pass-phrase.
 *
 * @param unlocked - taken from and added to, so that a second visit does not ask again
 * @throws WritError as unlock, and the signer's
 */
export async function signVisit<M extends Versioned>(
  context: Context,
  { role, document }: Visited<M>,
  held: readonly HeldKey[],
  unlocked: Unlocked = new Map(),
): Promise<SignedVisit> {
  const store = await openKeyStore(context);
  const added: WrittenSignature[] = [];
  for (const { info, ids } of held) {
    const signer = unlocked.get(info.publicKey.id) ?? (await unlock(context, store, info, role));
    unlocked.set(info.publicKey.id, signer);
    const sig = hexFromBytes(await signer.sign(role, document.payload));
    added.push(...ids.map(keyid => ({ keyid, sig })));
  }
  return { bytes: withSignatures(document.bytes, joinSignatures(signaturesOf(document), added)), added };
}

export const signaturesOf = <M>({ signatures }: SignedDocument<M>): WrittenSignature[] =>
  signatures.flatMap(({ keyId, bytes }) =>
    bytes === undefined ? [] : [{ keyid: keyId, sig: hexFromBytes(bytes) }],
  );

/** One signature for each key id: of two, the later. */
export function joinSignatures(
  first: readonly WrittenSignature[],
  later: readonly WrittenSignature[],
): WrittenSignature[] {
  return [...new Map([...first, ...later].map(signature => [signature.keyid, signature])).values()];
}
