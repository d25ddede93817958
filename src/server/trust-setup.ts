/** Which repositories the service trusts: those that `trust:` pins, or in development those that it hosts. */
import { readNamedFile } from '../config/named-file.js';
import type { TrustEntry } from '../config/types.js';
import { sha256Hex } from '../crypto/digest.js';
import { isWritError, reasonOf, WritError } from '../errors.js';
import { parseRepositoryName, type RepositoryName } from '../image/repository-name.js';
import type { RepositoryService } from '../repository/types.js';
import { MetadataFolder } from '../storage/metadata-folder.js';
import { FolderFetcher } from '../transport/folder-fetcher.js';
import { HttpFetcher } from '../transport/http-fetcher.js';
import { fetchRoot } from '../trust/fetch-root.js';
import type { Pin, PinSource, PinStore } from '../trust/pins.js';
import { TrustedRepository } from '../trust/trusted-repository.js';
import { DEFAULT_LIMITS } from '../tuf/limits.js';
import type { Clock, Fetcher } from '../tuf/ports.js';
import { metadataFileName, ROOT } from '../tuf/role-name.js';

type RemoteSource = Exclude<PinSource, { local: true }>;

/**
 * Pins the root of a `trust:` entry. What the configuration says wins over a pin of an earlier one.
 *
 * @throws WritError TRUST_ROOT when the file of the root cannot be read; TUF_HASH when another root is served than the one
 *   of `sha256`; TRUST_*, TUF_*, FETCH_*, STORE_*
 */
export async function pinConfigured(entry: TrustEntry, pins: PinStore): Promise<Pin> {
  const name = parseRepositoryName(entry.name);
  const source = sourceOf(entry);
  const known = await pins.load(name).catch((error: unknown) => {
    if (isWritError(error, 'TRUST_UNKNOWN')) return undefined;
    throw error;
  });
  const root = await rootOf(entry, source, known);
  if (known !== undefined && !isPinOf(known, root, source)) await pins.remove(name);
  return pins.add(name, root, source);
}

function sourceOf({ name, url, folder }: TrustEntry): RemoteSource {
  if (url !== undefined) return { url };
  if (folder !== undefined) return { folder };
  throw new WritError('TRUST_ROOT', `the trusted repository ${name} has neither url nor folder`);
}

function isPinOf(pin: Pin, root: Uint8Array, source: RemoteSource): boolean {
  return pin.sha256 === sha256Hex(root) && JSON.stringify(pin.source) === JSON.stringify(source);
}

/** From the file, else from the pin of an earlier start, else from the repository itself; the last two by their hash. */
async function rootOf(entry: TrustEntry, source: RemoteSource, known: Pin | undefined): Promise<Uint8Array> {
  if (entry.root !== undefined) return readRoot(entry.root);
  if (known !== undefined && known.sha256 === entry.sha256) return known.root;
  if (entry.sha256 !== undefined) return fetchRoot(fetcherOf(source), entry.sha256);
  throw new WritError('TRUST_ROOT', `the trusted repository ${entry.name} has neither root nor sha256`);
}

async function readRoot(path: string): Promise<Uint8Array> {
  try {
    return (await readNamedFile(path, DEFAULT_LIMITS.root)).bytes;
  } catch (cause) {
    throw new WritError('TRUST_ROOT', `the trusted root ${path} cannot be read: ${reasonOf(cause)}`, {
      cause,
    });
  }
}

function fetcherOf(source: RemoteSource): Fetcher {
  return 'url' in source ? HttpFetcher.at(source.url) : new FolderFetcher(source.folder);
}

/**
 * Pins the first root of a repository that this service hosts. Only in development: the service then trusts what it
 * serves, which says nothing about who signed the root.
 *
 * @throws WritError TRUST_ROOT, TRUST_PINNED, STORE_*
 */
export async function pinHosted(
  name: RepositoryName,
  repositories: RepositoryService,
  pins: PinStore,
): Promise<Pin> {
  const root = await repositories.metadata(name, metadataFileName(ROOT, 1));
  if (root === null) throw new WritError('TRUST_ROOT', `the repository ${name} serves no 1.root.json`);
  return pins.add(name, root.bytes, { local: true });
}

/** The repository behind a pin; hosted ones are read in this process. */
export async function trustedRepository(
  pin: Pin,
  repositories: RepositoryService,
  clock: Clock,
): Promise<TrustedRepository> {
  const { name, root, source } = pin;
  const common = { name, root, clock, store: await MetadataFolder.open(pin.metadataDir) };
  if (!('local' in source)) return new TrustedRepository({ ...common, fetcher: fetcherOf(source) });
  return new TrustedRepository({
    ...common,
    fetcher: repositories.fetcher(name),
    contents: digest => repositories.target(name, `${digest.slice('sha256:'.length)}.manifest`),
  });
}
