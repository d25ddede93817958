/** What a Notary server serves of one repository, as far as its routes lead: NOTARY-WIRE §1.1. */
import { sha256Hex } from '../../crypto/digest.js';
import { isWritError, WritError } from '../../errors.js';
import type { NotaryServer } from '../../notary/server.js';
import { MAX_DOCUMENT } from '../../repository/notary/limits.js';
import type { ForeignDocument, ForeignRepository } from '../../repository/notary/import-history.js';
import { parseDocumentOf } from '../../tuf/document.js';
import { NOTARY1, type NotaryFile, type NotaryModels } from '../../tuf/format/notary1.js';
import { parseNotaryRole, type Gun } from '../../tuf/notary/names.js';
import { ROOT, SNAPSHOT, TIMESTAMP, typeOfRole, type RoleName, type RoleType } from '../../tuf/role-name.js';

/** Older versions of one role that are asked for. */
const MAX_VERSIONS = 10_000;

/** The current timestamp; undefined for a repository that is not there. @throws WritError FETCH_*, NOTARY_* */
export const timestampOf = (server: NotaryServer): Promise<Uint8Array | undefined> =>
  get(server, 'timestamp');

/**
 * Everything that can be reached: the roots by number, what is current by hash, and what was before by number.
 *
 * @param timestamp - its current one, from which all else follows
 * @param now - the moment that it is taken at
 * @throws WritError NOTARY_IMPORT for what cannot be Notary's metadata; FETCH_*, NOTARY_*
 */
export async function hostedRepository(
  gun: Gun,
  server: NotaryServer,
  timestamp: Uint8Array,
  now: Date,
): Promise<ForeignRepository> {
  const reader = new HostedReader(server, now);
  const current = await reader.current(timestamp);
  const older = await Promise.all(current.map(document => reader.before(document)));
  return { gun, documents: [...current, ...older.flat()] };
}

class HostedReader {
  readonly #server: NotaryServer;
  readonly #now: Date;

  constructor(server: NotaryServer, now: Date) {
    this.#server = server;
    this.#now = now;
  }

  async current(timestamp: Uint8Array): Promise<ForeignDocument[]> {
    const found = [this.#document(TIMESTAMP, timestamp)];
    const named = parse(timestamp, 'timestamp').meta.get(SNAPSHOT);
    const snapshot = await this.#byHash(SNAPSHOT, named);
    found.push(this.#document(SNAPSHOT, snapshot));
    for (const [name, file] of parse(snapshot, 'snapshot').meta) {
      const role = attempt(name, () => parseNotaryRole(name));
      found.push(this.#document(role, await this.#byHash(role, file)));
    }
    if (!found.some(({ role }) => role === ROOT)) throw refused('its snapshot names no root');
    return found;
  }

  /** The versions before one. Of roots none may be missing; others are there where the server keeps them. */
  async before({ role, version }: ForeignDocument): Promise<ForeignDocument[]> {
    const isRoot = role === ROOT;
    if (!isRoot && !(await this.#hasNumbers(role, version))) return [];
    const first = isRoot ? await this.#firstRoot(version) : Math.max(1, version - MAX_VERSIONS);
    if (version - first > MAX_VERSIONS) throw refused(`it has more than ${MAX_VERSIONS} roots`);
    return Array.from({ length: version - first }, (_, i) => ({
      role,
      version: first + i,
      at: this.#now,
      size: 0,
      sha256: undefined,
      ...(isRoot ? {} : { optional: true as const }),
      read: () => get(this.#server, `${first + i}.${role}`),
    }));
  }

  /** 2 where the keys of the repository were rotated before it was published: there never was another. */
  async #firstRoot(newest: number): Promise<number> {
    return newest > 1 && (await get(this.#server, `1.${ROOT}`)) === undefined ? 2 : 1;
  }

  /** Servers before 0.6 number roots only. */
  async #hasNumbers(role: RoleName, version: number): Promise<boolean> {
    return version > 1 && (await get(this.#server, `${version}.${role}`)) !== undefined;
  }

  async #byHash(role: RoleName, file: NotaryFile | undefined): Promise<Uint8Array> {
    const hash = file?.hashes.get('sha256');
    const bytes = hash === undefined ? undefined : await get(this.#server, `${role}.${hash}`);
    if (bytes === undefined) throw refused(`its current ${role} is not served`);
    return bytes;
  }

  #document(role: RoleName, bytes: Uint8Array): ForeignDocument {
    const { version } = parse(bytes, typeOfRole(role));
    const [at, size, sha256] = [this.#now, bytes.length, sha256Hex(bytes)];
    return { role, version, at, size, sha256, read: () => Promise.resolve(bytes) };
  }
}

async function get(server: NotaryServer, name: string): Promise<Uint8Array | undefined> {
  return (await server.get(name, MAX_DOCUMENT)) ?? undefined;
}

const parse = <T extends RoleType>(bytes: Uint8Array, type: T): NotaryModels[T] =>
  attempt(type, () => parseDocumentOf(NOTARY1, bytes, type, MAX_DOCUMENT).signed);

function attempt<T>(what: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!isWritError(error)) throw error;
    throw refused(`its current ${what} cannot be read: ${error.message}`);
  }
}

const refused = (why: string): WritError => new WritError('NOTARY_IMPORT', why);
