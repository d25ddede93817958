/** Changing what hash bins say: only those that change are signed and sent, and all of them go live in one commit. */
import { isWritError } from '../../errors.js';
import type { ApiClient } from '../../transport/api-client.js';
import type { Pin } from '../../trust/pins.js';
import { binCount, binName, binNameOf } from '../../tuf/bins.js';
import type { SuccinctRoles, Targets } from '../../tuf/model.js';
import type { Signer } from '../../tuf/ports.js';
import type { RoleName } from '../../tuf/role-name.js';
import type { Context } from '../command.js';
import { base64, type Published } from '../publish.js';
import { refreshPin } from '../trusted.js';
import {
  binsOfRole,
  groupByBin,
  lacks,
  withEntries,
  type BinSource,
  type Entries,
  type NewEntries,
} from './documents.js';
import { signedBins, type BinJob } from './sign-bins.js';
import { signersHere } from './signers.js';
import { BinUploader } from './uploader.js';

export interface BinRole {
  readonly pin: Pin;
  readonly service: ApiClient;
  /** The role that delegates to the bins. */
  readonly role: RoleName;
  /** Names of the keys to sign with; none: those of the key store that may. */
  readonly only?: readonly string[];
}

export interface BinsChanged {
  /** How many bins were signed: none when everything was there already. */
  readonly bins: number;
  readonly signers: readonly string[];
}

const MAX_ATTEMPTS = 12;
const NOTHING: Entries = new Map();

/**
 * Adds many targets in one commit: all of them are published or none, and running it again adds what is missing. Their
 * files stay where they are.
 *
 * @param source - the bins as they are now
 * @throws WritError CLI_NO_KEY; as signedBins, ApiClient.upload and ApiClient.publish
 */
export function importIntoBins(
  context: Context,
  role: BinRole,
  source: BinSource,
  entries: Entries,
): Promise<BinsChanged> {
  return changeMany(context, role, source, ({ succinct }) => {
    const groups = groupByBin(succinct, entries);
    return {
      names: [...groups.keys()].sort(),
      next: (bin, { targets }) => {
        const added = groups.get(bin) ?? NOTHING;
        return lacks(targets, added) ? new Map([...targets, ...added]) : undefined;
      },
    };
  });
}

/** Signs all bins again as they are, with a new expiry. @throws WritError as importIntoBins */
export function resignBins(context: Context, role: BinRole, source: BinSource): Promise<BinsChanged> {
  return changeMany(context, role, source, ({ succinct }) => ({
    names: Array.from({ length: binCount(succinct) }, (_, i) => binNameOf(succinct, i)),
    next: (_bin, { targets }) => targets,
  }));
}

type Plan = Omit<BinJob, 'signers'>;

async function changeMany(
  context: Context,
  role: BinRole,
  source: BinSource,
  plan: (source: BinSource) => Plan,
): Promise<BinsChanged> {
  const { out } = context;
  const { service, pin } = role;
  const signers = await signersHere(context, role.role, source.succinct, role.only);
  return repeated(context, role, source, async current => {
    const planned = plan(current);
    const uploader = new BinUploader(service, pin.name, sent => {
      out.note(`${sent} bins are signed and sent, of ${planned.names.length} to look at`);
    });
    let bins = 0;
    for await (const { bin, document } of signedBins(context, current, { ...planned, signers })) {
      bins++;
      await uploader.add(bin, document);
    }
    const uploads = await uploader.finish();
    if (bins === 0) return { bins, signers: [] };
    out.note(`publishing ${bins} bins`);
    await service.publish(pin.name, { documents: {}, base: {}, uploads, filesElsewhere: true });
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
export function signIntoBins(
  context: Context,
  role: BinRole,
  source: BinSource,
  { entries, merge, blobs }: NewEntries & { readonly blobs: readonly Uint8Array[] },
): Promise<Published> {
  const last = binName(source.succinct, [...entries.keys()].at(-1) ?? '');
  return changeFew(context, role, source, last, ({ succinct }) => {
    const groups = groupByBin(succinct, entries);
    const next: Plan['next'] = (bin, { targets }) =>
      withEntries(targets, { entries: groups.get(bin) ?? NOTHING, merge });
    return { names: [...groups.keys()].sort(), next, blobs };
  });
}

export interface BinEdit {
  readonly bin: RoleName;
  /** Made again on top of what others published. */
  readonly edit: (current: Targets) => Pick<Targets, 'targets'>;
  readonly blobs?: readonly Uint8Array[];
}

/** Changes what one bin says. @throws WritError as importIntoBins and `edit` */
export function editBin(
  context: Context,
  role: BinRole,
  source: BinSource,
  { bin, edit, blobs = [] }: BinEdit,
): Promise<Published> {
  const next: Plan['next'] = (_, current) => edit(current).targets;
  return changeFew(context, role, source, bin, () => ({ names: [bin], next, blobs }));
}

async function changeFew(
  context: Context,
  role: BinRole,
  source: BinSource,
  told: RoleName,
  plan: (source: BinSource) => Plan & { readonly blobs: readonly Uint8Array[] },
): Promise<Published> {
  const signers = await signersHere(context, role.role, source.succinct, role.only);
  return repeated(context, role, source, async current => {
    const { blobs, ...planned } = plan(current);
    const documents: Record<string, string> = {};
    const base: Record<string, number> = {};
    for await (const { bin, version, document } of signedBins(context, current, { ...planned, signers })) {
      documents[bin] = base64(document);
      base[bin] = version - 1;
    }
    const request = { documents, base, blobs: blobs.map(base64) };
    const { versions } = await role.service.publish(role.pin.name, request);
    return { versions, proposal: null, role: told, version: versions[told] ?? 0, signers: idsOf(signers) };
  });
}

const idsOf = (signers: readonly Signer[]): string[] => signers.map(({ key }) => key.id);

/** Whoever loses a race begins again from what is current then. */
async function repeated<R>(
  context: Context,
  { pin, role }: BinRole,
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
      const now = await binsOfRole(await refreshPin(context, pin), pin, role);
      if (now === undefined) throw error; // divided no more: whoever asks again sees that
      source = now;
    }
  }
}

/** The bins of a role, for messages. */
export const binsInWords = ({ namePrefix, bitLength }: SuccinctRoles): string =>
  `${2 ** bitLength} hash bins ${namePrefix}-…`;
