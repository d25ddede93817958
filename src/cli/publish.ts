/**
 * Publishing new versions of one role, or proposing them where the keys at hand are too few. What a lost race asks for
 * is to start again from what is current.
 */
import { isWritError } from '../errors.js';
import type { JsonObject } from '../json/types.js';
import type { ApiClient } from '../transport/api-client.js';
import type { Proposal, Versions } from '../transport/api-types.js';
import type { Pin } from '../trust/pins.js';
import { signDocument } from '../tuf/build/sign.js';
import type { RepositoryView } from '../tuf/client/view.js';
import { parseDocument } from '../tuf/document.js';
import { ROOT, type RoleName } from '../tuf/role-name.js';
import type { Context } from './command.js';
import { refreshPin } from './trusted.js';
import {
  isComplete,
  keysAtHand,
  progressOf,
  signVisit,
  type HeldKey,
  type SignerGroup,
  type Unlocked,
  type Visited,
} from './visit.js';

/** The next version of a role, not signed yet, and the version that it was made from. */
export interface NextVersion {
  readonly role: RoleName;
  readonly base: number;
  /** The signed part, as a builder gives it. */
  readonly signed: JsonObject;
  /** Who may sign it. */
  readonly groups: readonly SignerGroup[];
  /** Names of the keys to sign with; none: those of the key store that may. */
  readonly only?: readonly string[];
  /** Documents with all their signatures that go live together with it, by role. */
  readonly companions?: ReadonlyMap<RoleName, { readonly base: number; readonly document: Uint8Array }>;
  /** Manifests that the service stores. */
  readonly blobs?: readonly Uint8Array[];
}

export interface Published {
  /** The versions of all roles after the publication; null when it waits for signatures. */
  readonly versions: Versions | null;
  /** What waits for signatures. */
  readonly proposal: Proposal | null;
  readonly role: RoleName;
  /** That of the new document. */
  readonly version: number;
  /** Ids of the keys that signed it here. */
  readonly signers: readonly string[];
}

const MAX_ATTEMPTS = 12;
const PAUSE_MS = 100;

/**
 * Makes the next version of a role from what is current and signs it with the keys at hand, as many as it needs. It is
 * published, or proposed when they are too few. When somebody else was faster, does so again from what they published,
 * at most 12 times.
 *
 * @param make - makes the next version from verified metadata
 * @throws WritError REPOSITORY_CONFLICT when every attempt lost; REPOSITORY_PROPOSAL_OPEN; CLI_NO_KEY; as refreshPin,
 *   `make` and ApiClient.publish
 */
export async function publishNext(
  context: Context,
  pin: Pin,
  service: ApiClient,
  make: (view: RepositoryView) => Promise<NextVersion>,
): Promise<Published> {
  const unlocked: Unlocked = new Map();
  for (let attempt = 1; ; attempt++) {
    const next = await make(await refreshPin(context, pin));
    try {
      return await send(service, pin.name, next, await signNext(context, next, unlocked));
    } catch (error) {
      if (!isWritError(error, 'REPOSITORY_CONFLICT') || attempt === MAX_ATTEMPTS) throw error;
      context.out.note(
        `somebody published ${next.role} of ${pin.name} at the same time; signing again on top of it`,
      );
      await pause(PAUSE_MS * Math.min(attempt, 4) * (0.5 + Math.random()));
    }
  }
}

interface SignedNext {
  readonly bytes: Uint8Array;
  readonly version: number;
  readonly complete: boolean;
  readonly signers: readonly string[];
}

async function signNext(
  context: Context,
  { role, signed, groups, only }: NextVersion,
  unlocked: Unlocked,
): Promise<SignedNext> {
  const visited = visitOf(role, await signDocument(signed, role, []), groups);
  const held = fewest(await keysAtHand(context, visited, only), groups);
  const { bytes } = await signVisit(context, visited, held, unlocked);
  const after = visitOf(role, bytes, groups);
  return {
    bytes,
    version: visited.document.signed.version,
    complete: isComplete(progressOf(after)),
    signers: held.map(({ info }) => info.publicKey.id),
  };
}

function visitOf(
  role: RoleName,
  bytes: Uint8Array,
  groups: readonly SignerGroup[],
): Visited<{ readonly version: number }> {
  return { role, document: parseDocument(bytes, role === ROOT ? 'root' : 'targets'), groups };
}

/** As many as the groups need, each person's pass-phrases being asked for no more often than that. */
function fewest(held: readonly HeldKey[], groups: readonly SignerGroup[]): HeldKey[] {
  const wanted = groups.map(({ role }) => role.threshold);
  return held.filter(({ ids }) => {
    const serves = groups.map(
      ({ role }, i) => (wanted[i] ?? 0) > 0 && ids.some(id => role.keyIds.includes(id)),
    );
    for (const [i, yes] of serves.entries()) if (yes) wanted[i] = (wanted[i] ?? 0) - 1;
    return serves.includes(true);
  });
}

async function send(
  service: ApiClient,
  name: string,
  { role, base, companions = new Map(), blobs = [] }: NextVersion,
  { bytes, version, complete, signers }: SignedNext,
): Promise<Published> {
  const others = Object.fromEntries(
    [...companions].map(([other, { document }]) => [other, base64(document)]),
  );
  const common = { role, version, signers };
  if (complete) {
    const bases = Object.fromEntries([...companions].map(([other, one]) => [other, one.base]));
    const { versions } = await service.publish(name, {
      documents: { [role]: base64(bytes), ...others },
      blobs: blobs.map(base64),
      base: { [role]: base, ...bases },
    });
    return { ...common, versions, proposal: null };
  }
  const { proposal, published } = await service.propose(name, {
    role,
    document: base64(bytes),
    documents: others,
    blobs: blobs.map(base64),
  });
  return { ...common, versions: published, proposal: published === null ? proposal : null };
}

export const base64 = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64');

const pause = (ms: number): Promise<void> => new Promise(resolve => setTimeout(resolve, ms));
