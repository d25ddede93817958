/** The repositories that this client trusts: pinned roots, and what was verified from them. */
import { join } from 'node:path';
import type { TrustEntry } from '../config/types.js';
import { sha256Hex } from '../crypto/digest.js';
import { isWritError, WritError } from '../errors.js';
import { MetadataFolder } from '../storage/metadata-folder.js';
import { FolderFetcher } from '../transport/folder-fetcher.js';
import { HttpFetcher } from '../transport/http-fetcher.js';
import { fetchRoot } from '../trust/fetch-root.js';
import { PinStore, type Pin, type PinSource } from '../trust/pins.js';
import { pinRoot } from '../tuf/client/load-root.js';
import { refresh } from '../tuf/client/refresh.js';
import type { ClientOptions } from '../tuf/client/session.js';
import type { RepositoryView } from '../tuf/client/view.js';
import { DEFAULT_LIMITS } from '../tuf/limits.js';
import type { Fetcher, MetadataStore } from '../tuf/ports.js';
import { ROOT, SNAPSHOT, TIMESTAMP } from '../tuf/role-name.js';
import type { Context } from './command.js';
import { readInputFile } from './files.js';
import { openNotaryPins } from './notary-format/open.js';

/** The pinned roots of the client state, those that the settings name included. */
export async function openPins(context: Context): Promise<PinStore> {
  const { config } = await context.config();
  const pins = new PinStore(join(config.state, 'trust'));
  for (const entry of config.trust) await ensurePinned(pins, entry);
  return pins;
}

/** A root that the settings name is pinned when it is first needed; another one of that name is an error. */
async function ensurePinned(pins: PinStore, entry: TrustEntry): Promise<void> {
  const source = sourceOf(entry);
  const known = (await pins.list()).find(({ name }) => name === entry.name);
  if (known !== undefined && known.sha256 === entry.sha256) return;
  const root =
    entry.root === undefined
      ? await fetchRoot(fetcherOf(source), entry.sha256 ?? '')
      : await readInputFile(entry.root, DEFAULT_LIMITS.root);
  await pins.add(entry.name, root, source);
}

function sourceOf({ name, url, folder }: TrustEntry): PinSource {
  if (url !== undefined) return { url };
  if (folder !== undefined) return { folder };
  throw new WritError('CONFIG_INVALID', `trust says neither url nor folder for ${name}`);
}

/** Reads the files of a repository from where it is served. */
export function fetcherOf(source: PinSource): Fetcher {
  if ('url' in source) return HttpFetcher.at(source.url);
  if ('folder' in source) return new FolderFetcher(source.folder);
  throw new WritError('TRUST_PIN', 'the pin belongs to a service: a client needs a URL or a folder');
}

/**
 * The pin that is meant: the one named, else the only one.
 *
 * @throws WritError TRUST_UNKNOWN when it, or any, is not pinned; USAGE when none is named and there are several
 */
export async function choosePin(context: Context, name: string | undefined): Promise<Pin> {
  const pins = await openPins(context);
  if (name !== undefined) {
    if (name.includes('/')) await refuseNotary(context, name); // as no repository of writ is named
    return pins.load(name);
  }
  const [only, ...others] = await pins.list();
  if (only === undefined) throw new WritError('TRUST_UNKNOWN', 'no root of any repository is pinned');
  if (others.length === 0) return only;
  throw new WritError('USAGE', 'several repositories are trusted, and --repository names none', {
    hint: `write --repository with one of ${[only, ...others].map(pin => pin.name).join(', ')}`,
  });
}

/** Commands for repositories of writ alone, given the name of another. @throws WritError USAGE, TRUST_UNKNOWN */
async function refuseNotary(context: Context, name: string): Promise<never> {
  const pin = await (await openNotaryPins(context)).findFor(name);
  if (pin !== undefined)
    throw new WritError('USAGE', `${name} is a Notary repository, which this command is not for`, {
      hint: 'see `writ notary --help` and `writ docker-trust --help` for what else can be done with it',
    });
  throw new WritError('TRUST_UNKNOWN', `no root of the repository ${name} is pinned`, {
    details: { repository: name },
  });
}

/** The metadata that was verified from a pin; it starts from the pinned root. */
export async function openMetadata(pin: Pin): Promise<MetadataStore> {
  const store = await MetadataFolder.open(pin.metadataDir);
  if ((await store.load(ROOT)) === null) await pinRoot(store, pin.root);
  return store;
}

/**
 * Asks the repository what is current, and verifies it against what was trusted before. Whatever fails, that stays.
 *
 * @throws WritError as refresh of tuf/client; FETCH_* and what else the fetcher throws
 */
export async function refreshPin(context: Context, pin: Pin): Promise<RepositoryView> {
  const store = await openMetadata(pin);
  const view = await refreshShared({ fetcher: fetcherOf(pin.source), store, clock: context.io.clock });
  const { root, timestamp, snapshot } = view;
  context.out.detail(
    () =>
      `${pin.name}: root ${root.value.version}, timestamp ${timestamp.value.version}, ` +
      `snapshot ${snapshot.value.version}, all verified`,
  );
  return view;
}

/** As many as a publication is tried: whoever publishes overtakes others once. */
const MAX_ATTEMPTS = 12;

/**
 * A refresh of metadata that other processes refresh too. When one of them takes up something newer in the middle of
 * ours, what we just fetched looks like a step back: then, and only then, we begin again. A server that really goes
 * back changes nothing in the store, and is refused at once.
 */
async function refreshShared(options: ClientOptions): Promise<RepositoryView> {
  for (let attempt = 1; ; attempt++) {
    const before = await stateOf(options.store);
    try {
      return await refresh(options);
    } catch (error) {
      if (!isWritError(error, 'TUF_ROLLBACK') || attempt === MAX_ATTEMPTS) throw error;
      if ((await stateOf(options.store)) === before) throw error;
    }
  }
}

async function stateOf(store: MetadataStore): Promise<string> {
  const documents = await Promise.all([store.load(TIMESTAMP), store.load(SNAPSHOT)]);
  return documents.map(bytes => (bytes === null ? '' : sha256Hex(bytes))).join(' ');
}
