/**
 * One holder at a time, among all processes of a machine. To acquire: publish a claim, then look at all others;
 * when one is alive, withdraw. Of two contenders the one that looks last sees the other, whatever the order, so
 * never do both hold it; that both withdraw costs a random pause. Claims of dead processes are removed by
 * whoever sees them, which needs no lock of its own because their names are unique.
 *
 * Holds on local file systems and on volumes that one machine mounts; a folder that two machines mount at once
 * is refused to the second by the claim's host and boot.
 */
import { readdir, type FileHandle } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { WritError } from '../errors.js';
import {
  Claim,
  claimant,
  openFolder,
  removeClaim,
  stateOfClaim,
  sweepDraft,
  type ClaimState,
} from './claim.js';
import { failedWith, storeFailure } from './failure.js';
import { DRAFT_PREFIX, ensureDataDir } from './files.js';

export interface Lock {
  release(): Promise<void>;
}

interface Rival {
  readonly name: string;
  readonly state: Exclude<ClaimState, 'dead'>;
}

const PAUSE_MS = { first: 2, most: 50 };
/** Two contenders that meet withdraw both; a holder answers each look. This long tells one from the other. */
const SETTLE_MS = 300;

/**
 * Acquires the lock that lives in the folder `dir`, which is made when absent.
 *
 * @param what - names the locked thing in messages
 * @param waitMs - how long to wait for another holder
 * @throws WritError STORE_LOCKED when it is still held then, STORE_PERMISSIONS, STORE_FULL, STORE_IO
 */
export async function acquireLock(dir: string, what: string, waitMs = SETTLE_MS): Promise<Lock> {
  await ensureDataDir(dir);
  try {
    const folder = await openFolder(dir);
    try {
      return heldBy(await claimWithin(folder, dir, what, waitMs), folder);
    } catch (error) {
      await folder.close();
      throw error;
    }
  } catch (cause) {
    throw storeFailure(cause, `${what} cannot be locked`);
  }
}

function heldBy(claim: Claim, folder: FileHandle): Lock {
  let released: Promise<void> | undefined;
  const release = async (): Promise<void> => {
    await claim.withdraw();
    await folder.close();
  };
  return { release: () => (released ??= release()) };
}

async function claimWithin(folder: FileHandle, dir: string, what: string, waitMs: number): Promise<Claim> {
  const deadline = performance.now() + waitMs;
  for (let most = PAUSE_MS.first; ; most = Math.min(most * 2, PAUSE_MS.most)) {
    const outcome = await tryToClaim(folder, dir);
    if (outcome instanceof Claim) return outcome;
    if (outcome?.state === 'foreign' || performance.now() >= deadline) throw locked(dir, what, outcome);
    await pause(most * (0.5 + Math.random()));
  }
}

/** The claim, or the rival that stands in its way; undefined when the draft of the claim was swept away. */
async function tryToClaim(folder: FileHandle, dir: string): Promise<Claim | Rival | undefined> {
  const before = await findRival(folder, dir);
  if (before) return before;
  const claim = await publish(folder, dir);
  if (claim === undefined) return undefined;
  const rival = await findRivalOf(claim, folder, dir);
  if (rival === undefined) return claim;
  await claim.withdraw();
  return rival;
}

async function publish(folder: FileHandle, dir: string): Promise<Claim | undefined> {
  try {
    return await Claim.publish(folder, dir);
  } catch (error) {
    if (failedWith(error, 'ENOENT')) return undefined;
    throw error;
  }
}

async function findRivalOf(claim: Claim, folder: FileHandle, dir: string): Promise<Rival | undefined> {
  try {
    return await findRival(folder, dir, claim.name);
  } catch (error) {
    await claim.withdraw();
    throw error;
  }
}

/** Any claim but `own` that is not dead; dead ones are removed on the way. */
async function findRival(folder: FileHandle, dir: string, own?: string): Promise<Rival | undefined> {
  for (const name of await readdir(dir)) {
    if (name.startsWith(DRAFT_PREFIX)) await sweepDraft(folder, dir, name);
    if (name === own || claimant(name) === undefined) continue;
    const state = await stateOfClaim(folder, dir, name);
    if (state !== 'dead') return { name, state };
    await removeClaim(dir, name);
  }
  return undefined;
}

function locked(dir: string, what: string, rival: Rival | undefined): WritError {
  if (rival?.state !== 'foreign') {
    const pid = rival && claimant(rival.name);
    const who = pid === undefined ? 'another process' : `process ${pid}`;
    return new WritError('STORE_LOCKED', `${what} is in use by ${who}`, { details: pid ? { pid } : {} });
  }
  const path = join(dir, rival.name);
  return new WritError('STORE_LOCKED', `${what} is in use by a process on another machine`, {
    hint: `if that machine is gone, remove ${path}`,
    details: { claim: path },
  });
}
