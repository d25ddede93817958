/** Adding targets to a role of hash bins: only the bins that change are read, signed and sent. */
import { isWritError } from '../../errors.js';
import type { ApiClient } from '../../transport/api-client.js';
import type { Pin } from '../../trust/pins.js';
import { signDocument } from '../../tuf/build/sign.js';
import { binName } from '../../tuf/bins.js';
import type { RepositoryView } from '../../tuf/client/view.js';
import type { SuccinctRoles, Targets } from '../../tuf/model.js';
import type { Signer } from '../../tuf/ports.js';
import type { RoleName } from '../../tuf/role-name.js';
import type { Context } from '../command.js';
import { expiryOfYear } from '../lifetime.js';
import { base64, type Published } from '../publish.js';
import { currentRole } from '../role-signers.js';
import { fetcherOf, refreshPin } from '../trusted.js';
import { groupByBin, lacks, nextBin, readBin, type BinSource, type Entries } from './documents.js';
import { signersHere } from './signers.js';
import { BinUploader } from './uploader.js';

export interface BinChange {
  readonly pin: Pin;
  readonly service: ApiClient;
  /** The role that delegates to the bins. */
  readonly role: RoleName;
  readonly entries: Entries;
  /** Names of the keys to sign with; none: those of the key store that may. */
  readonly only?: readonly string[];
}

export interface BinsChanged {
  /** How many bins were signed: none when everything was there already. */
  readonly bins: number;
  readonly signers: readonly string[];
}

const MAX_ATTEMPTS = 12;
/** So many bins are read at once; the next ones are on their way while these are signed. */
const READ_AHEAD = 64;

/** The bins that the current document of `role` delegates to, if it does. */
export async function binsOfRole(
  view: RepositoryView,
  pin: Pin,
  role: RoleName,
): Promise<BinSource | undefined> {
  const { document: delegator } = await currentRole(view, role);
  const succinct = delegator.value.delegations?.succinct;
  return succinct && { view, fetcher: fetcherOf(pin.source), delegator, succinct };
}

/**
 * Adds many targets in one commit: all of them are published or none, and running it again adds what is missing. Their
 * files stay where they are.
 *
 * @param source - the bins as they are now
 * @throws WritError CLI_NO_KEY; as readBin, ApiClient.upload and ApiClient.publish
 */
export async function importIntoBins(
  context: Context,
  change: BinChange,
  source: BinSource,
): Promise<BinsChanged> {
  const signers = await signersHere(context, change.role, source.succinct, change.only);
  return repeated(context, change, source, async current => {
    const { out } = context;
    const groups = groupByBin(current.succinct, change.entries);
    const uploader = new BinUploader(change.service, change.pin.name, sent => {
      out.note(`${sent} bins are signed and sent, of ${groups.size} to look at`);
    });
    let bins = 0;
    const isNeeded = (bin: RoleName, value: Targets): boolean => lacks(value, groups.get(bin) ?? new Map());
    for await (const { bin, document } of signedBins(context, current, { groups, isNeeded, signers })) {
      bins++;
      await uploader.add(bin, document);
    }
    const uploads = await uploader.finish();
    if (bins === 0) return { bins, signers: [] };
    out.note(`publishing ${bins} bins`);
    const request = { documents: {}, base: {}, uploads, filesElsewhere: true };
    await change.service.publish(change.pin.name, request);
    return { bins, signers: idsOf(signers) };
  });
}

/**
 * Adds a few targets whose files come with them, and signs their bins also where they say that already: a signature
 * renews.
 *
 * @returns what was published: of several bins, the one of the last entry
 * @throws WritError as importIntoBins
 */
export async function signIntoBins(
  context: Context,
  change: BinChange & { readonly blobs: readonly Uint8Array[] },
  source: BinSource,
): Promise<Published> {
  const signers = await signersHere(context, change.role, source.succinct, change.only);
  return repeated(context, change, source, async current => {
    const documents: Record<string, string> = {};
    const base: Record<string, number> = {};
    const groups = groupByBin(current.succinct, change.entries);
    const job = { groups, isNeeded: () => true, signers };
    for await (const { bin, version, document } of signedBins(context, current, job)) {
      documents[bin] = base64(document);
      base[bin] = version - 1;
    }
    const request = { documents, base, blobs: change.blobs.map(base64) };
    const { versions } = await change.service.publish(change.pin.name, request);
    const last = [...change.entries.keys()].at(-1) ?? '';
    const role = binName(current.succinct, last);
    return { versions, proposal: null, role, version: versions[role] ?? 0, signers: idsOf(signers) };
  });
}

const idsOf = (signers: readonly Signer[]): string[] => signers.map(({ key }) => key.id);

/** Whoever loses a race begins again from what is current then. */
async function repeated<R>(
  context: Context,
  { pin, role }: BinChange,
  first: BinSource,
  attempt: (source: BinSource) => Promise<R>,
): Promise<R> {
  let source = first;
  for (let attempts = 1; ; attempts++) {
    try {
      return await attempt(source);
    } catch (error) {
      if (!isWritError(error, 'REPOSITORY_CONFLICT') || attempts === MAX_ATTEMPTS) throw error;
      context.out.note(`somebody published bins of ${role} at the same time; signing again on top of them`);
      source = (await binsOfRole(await refreshPin(context, pin), pin, role)) ?? refuseUnbinned(error);
    }
  }
}

function refuseUnbinned(error: Error): never {
  throw error; // the role is no more divided into bins: the next run sees that from its beginning
}

interface SignedBin {
  readonly bin: RoleName;
  readonly version: number;
  readonly document: Uint8Array;
}

interface BinJob {
  /** What to add to which bin. */
  readonly groups: ReadonlyMap<RoleName, Entries>;
  readonly isNeeded: (bin: RoleName, current: Targets) => boolean;
  readonly signers: readonly Signer[];
}

/** The next version of each bin that changes, in the order of their names. */
async function* signedBins(
  { io }: Context,
  source: BinSource,
  { groups, isNeeded, signers }: BinJob,
): AsyncGenerator<SignedBin> {
  const expires = expiryOfYear(io.clock.now());
  const names = [...groups.keys()].sort();
  const read = (from: number) =>
    Promise.all(names.slice(from, from + READ_AHEAD).map(bin => readBin(source, bin)));
  let ahead = read(0);
  for (let from = 0; from < names.length; from += READ_AHEAD) {
    const documents = await ahead;
    ahead = read(from + READ_AHEAD);
    ahead.catch(() => undefined); // awaited in the next turn, if there is one
    for (const { role: bin, value } of documents) {
      if (!isNeeded(bin, value)) continue;
      const next = nextBin(value, groups.get(bin) ?? new Map(), expires);
      yield { bin, version: value.version + 1, document: await signDocument(next, bin, signers) };
    }
  }
}

/** The bins of a role, for messages. */
export const binsInWords = ({ namePrefix, bitLength }: SuccinctRoles): string =>
  `${2 ** bitLength} hash bins ${namePrefix}-…`;
