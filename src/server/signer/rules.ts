/**
 * What the signer signs: the next snapshot or timestamp of a repository as writ itself would have made it, and nothing
 * else. Whoever owns the process that asks can neither take clients back, nor push them so far ahead that they refuse
 * what comes after, nor have anything signed that lives on when the theft is over.
 */
import { WritError } from '../../errors.js';
import { writeCanonical } from '../../json/canonical-writer.js';
import { asObject } from '../../json/read.js';
import { parseStrict } from '../../json/strict.js';
import { buildSnapshot, buildTimestamp } from '../../tuf/build/signed-part.js';
import { readSigned } from '../../tuf/format/tuf1.js';
import { DEFAULT_LIMITS } from '../../tuf/limits.js';
import type { MetaFile, Snapshot, Timestamp } from '../../tuf/model.js';
import { metadataFileName, SNAPSHOT, TARGETS, TIMESTAMP, type RoleName } from '../../tuf/role-name.js';

/** How far a version may be above the one before: what is lost between two writes is not more than this. */
const MAX_STEP = 1000;
/** The highest first version: a repository may be old when it gets its signer. */
const MAX_FIRST = 10_000_000;

export type OnlineDocument = Snapshot | Timestamp;
export type OnlineRole = typeof SNAPSHOT | typeof TIMESTAMP;

/** The longest life from now, in milliseconds. */
export type MaxLifetime = Readonly<Record<'snapshot' | 'timestamp', number>>;

/** What was signed last for a repository. */
export interface Before {
  readonly snapshot: Snapshot | undefined;
  readonly timestamp: Timestamp | undefined;
}

export const refused = (message: string): WritError => new WritError('KEYSTORE_REFUSED', message);

/** @throws WritError KEYSTORE_REFUSED for root, targets and every delegated role */
export function checkRole(role: RoleName): 'snapshot' | 'timestamp' {
  if (role === SNAPSHOT) return 'snapshot';
  if (role === TIMESTAMP) return 'timestamp';
  throw refused(`the signer signs snapshot and timestamp, never ${role}`);
}

/**
 * The snapshot or timestamp that `payload` is: byte for byte what writ would have written for it.
 *
 * @throws WritError KEYSTORE_REFUSED
 */
export function readPlain(role: 'snapshot', payload: Uint8Array): Snapshot;
export function readPlain(role: 'timestamp', payload: Uint8Array): Timestamp;
export function readPlain(role: 'snapshot' | 'timestamp', payload: Uint8Array): OnlineDocument;
export function readPlain(role: 'snapshot' | 'timestamp', payload: Uint8Array): OnlineDocument {
  if (payload.length > DEFAULT_LIMITS[role])
    throw refused(`the ${role} has ${payload.length} bytes, more than clients read`);
  let document: OnlineDocument;
  let plain: Uint8Array;
  try {
    const signed = asObject(parseStrict(payload), 'signed');
    document = readSigned(role, signed);
    plain = writeCanonical(document.type === 'snapshot' ? plainSnapshot(document) : plainTimestamp(document));
  } catch (cause) {
    const reason = cause instanceof Error ? cause.message : String(cause);
    throw new WritError('KEYSTORE_REFUSED', `this is no ${role} to sign: ${reason}`, { cause });
  }
  if (Buffer.compare(plain, payload) === 0) return document;
  throw refused(`the ${role} is not in canonical form, or holds more than a ${role} does`);
}

const plainSnapshot = ({ specVersion, version, expires, meta }: Snapshot) =>
  buildSnapshot({
    specVersion,
    version,
    expires,
    meta: new Map([...meta].map(([name, file]) => [name, plainFile(file)])),
  });

const plainTimestamp = ({ specVersion, version, expires, snapshot }: Timestamp) =>
  buildTimestamp({ specVersion, version, expires, snapshot: plainFile(snapshot) });

const plainFile = ({ version, length, hashes }: MetaFile): MetaFile => ({ version, length, hashes });

/** @throws WritError KEYSTORE_REFUSED for what is past, or lives longer than the signer allows */
export function checkExpiry({ type, expires }: OnlineDocument, now: Date, limits: MaxLifetime): void {
  const life = expires.getTime() - now.getTime();
  if (life <= 0) throw refused(`the ${type} would expire at ${expires.toISOString()}, which is past`);
  const limit = limits[type];
  if (life > limit)
    throw refused(
      `the ${type} would expire at ${expires.toISOString()}, more than ${limit / 1000} seconds away`,
    );
}

/**
 * @throws WritError SIGNER_VERSION with `details.last` for a version that is not above the last; KEYSTORE_REFUSED for
 *   one that leaps, and for a document that names what cannot come next
 */
export function checkNext(next: OnlineDocument, before: Before): void {
  const last = before[next.type]?.version;
  if (last !== undefined && next.version <= last) {
    throw new WritError(
      'SIGNER_VERSION',
      `version ${next.version} of the ${next.type} is not above ${last}, the last that was signed`,
      { details: { last } },
    );
  }
  checkStep(`the ${next.type}`, next.version, last);
  if (next.type === 'snapshot') checkMeta(next, before.snapshot);
  else checkNamed(next, before);
}

function checkStep(what: string, version: number, last: number | undefined): void {
  const limit = last === undefined ? MAX_FIRST : last + MAX_STEP;
  if (version <= limit) return;
  const from = last === undefined ? '' : ` after ${last}`;
  throw refused(`${what} would leap to version ${version}${from}, beyond ${limit}`);
}

/** A snapshot never forgets a role and never takes one back; clients would refuse it for ever after. */
function checkMeta({ meta }: Snapshot, before: Snapshot | undefined): void {
  if (!meta.has(metadataFileName(TARGETS))) throw refused('the snapshot does not list targets.json');
  for (const [name, { version }] of before?.meta ?? []) {
    const next = meta.get(name)?.version;
    if (next === undefined) throw refused(`the snapshot would forget ${name}`);
    if (next < version) throw refused(`the snapshot would take ${name} back from ${version} to ${next}`);
  }
  for (const [name, { version }] of meta) checkStep(name, version, before?.meta.get(name)?.version);
}

/** A timestamp names a snapshot that was signed here, and none older than the one before named. */
function checkNamed({ snapshot: { version } }: Timestamp, { snapshot, timestamp }: Before): void {
  const named = timestamp?.snapshot.version ?? 1;
  if (version < named)
    throw refused(`the timestamp would take the snapshot back from ${named} to ${version}`);
  if (snapshot === undefined) checkStep('snapshot.json', version, undefined);
  else if (version > snapshot.version)
    throw refused(`the timestamp names snapshot ${version}, the last that was signed is ${snapshot.version}`);
}
