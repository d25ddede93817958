/** Dividing a role into hash bins: its targets move into them, and all go live in one commit. */
import { WritError } from '../../errors.js';
import type { ApiClient } from '../../transport/api-client.js';
import type { Pin } from '../../trust/pins.js';
import { signDocument } from '../../tuf/build/sign.js';
import { buildTargets } from '../../tuf/build/signed-part.js';
import { binCount, binNameOf, isBinName, MAX_WRITTEN_BIT_LENGTH, type BinNaming } from '../../tuf/bins.js';
import type { RepositoryView } from '../../tuf/client/view.js';
import type { Keys, RoleKeys, SuccinctRoles, Targets } from '../../tuf/model.js';
import { TARGETS, type RoleName } from '../../tuf/role-name.js';
import type { Context } from '../command.js';
import { expiryOfYear } from '../lifetime.js';
import { base64 } from '../publish.js';
import { currentRole } from '../role-signers.js';
import { refreshPin } from '../trusted.js';
import { firstBin, groupByBin } from './documents.js';
import { signersHere } from './signers.js';
import { BinUploader } from './uploader.js';

/** Keys, and how many of them must sign. */
export interface KeyHolders {
  readonly keys: Keys;
  readonly role: RoleKeys;
}

export interface MakeBins {
  readonly pin: Pin;
  readonly service: ApiClient;
  /** The role that is divided. */
  readonly role: RoleName;
  /** 1 to 15: there are 2^bits bins. */
  readonly bits: number;
  /** What their names begin with; by default `bins` below the role's name. */
  readonly prefix?: string | undefined;
  /** Who signs the bins; by default who signs the role. */
  readonly holders?: KeyHolders | undefined;
}

export interface MadeBins {
  readonly succinct: SuccinctRoles;
  /** How many targets moved into them. */
  readonly moved: number;
  /** Of the role. */
  readonly version: number;
}

/**
 * Signs all bins and the role that delegates to them, and publishes them in one commit.
 *
 * @throws WritError USAGE for a role that delegates already, or bins that no client could read; CLI_NO_KEY; as
 *   refreshPin, currentRole, ApiClient.upload and ApiClient.publish
 */
export async function makeBins(context: Context, options: MakeBins): Promise<MadeBins> {
  const { pin, service, role } = options;
  const view = await refreshPin(context, pin);
  const { document, keys } = await currentRole(view, role);
  refuseDelegating(role, document.value);
  const holders = options.holders ?? keys;
  const succinct = { ...namingOf(view, options), ...holders.role };
  const roleSigners = await signersHere(context, role, keys.role);
  const binSigners = options.holders === undefined ? roleSigners : await signersHere(context, role, succinct);
  const expires = expiryOfYear(context.io.clock.now());
  const groups = groupByBin(succinct, document.value.targets);
  const total = binCount(succinct);
  const uploader = new BinUploader(service, pin.name, sent => {
    context.out.note(`${sent} of ${total} bins are signed and sent`);
  });
  for (let i = 0; i < total; i++) {
    const bin = binNameOf(succinct, i);
    const signed = firstBin(view, bin, groups.get(bin) ?? new Map(), expires);
    await uploader.add(bin, await signDocument(signed, bin, binSigners));
  }
  const version = document.value.version + 1;
  const listed = new Map([...holders.keys].filter(([id]) => succinct.keyIds.includes(id)));
  const delegations = { keys: listed, roles: [], succinct };
  const next = buildTargets({ ...document.value, version, expires, targets: new Map(), delegations });
  const uploads = await uploader.finish();
  context.out.note(`publishing ${total} bins and ${role}`);
  await service.publish(pin.name, {
    documents: { [role]: base64(await signDocument(next, role, roleSigners)) },
    base: { [role]: document.value.version },
    uploads,
    filesElsewhere: true,
  });
  return { succinct, moved: document.value.targets.size, version };
}

function refuseDelegating(role: RoleName, { delegations }: Targets): void {
  if (delegations === undefined) return;
  throw new WritError(
    'USAGE',
    delegations.succinct === undefined
      ? `${role} delegates to other roles, and a role delegates either to those or to hash bins`
      : `${role} is divided into hash bins already`,
    { hint: 'delegate a role of its own with `writ delegation add`, and divide that' },
  );
}

/** @throws WritError USAGE for too many bins, or names that there were before */
function namingOf({ snapshot }: RepositoryView, { role, bits, prefix }: MakeBins): BinNaming {
  if (!Number.isInteger(bits) || bits < 1 || bits > MAX_WRITTEN_BIT_LENGTH) {
    throw new WritError('USAGE', `--bits must be 1 to ${MAX_WRITTEN_BIT_LENGTH}: there are 2 to that power`);
  }
  const naming = { bitLength: bits, namePrefix: prefix ?? (role === TARGETS ? 'bins' : `${role}/bins`) };
  binNameOf(naming, 0);
  for (const file of snapshot.value.meta.keys()) {
    if (!isBinName(naming, file.replace(/\.json$/, ''))) continue;
    throw new WritError('USAGE', `there is, or was, a role ${file.replace(/\.json$/, '')}`, {
      hint: 'write another --prefix: a snapshot never forgets the bins that it listed',
    });
  }
  return naming;
}
