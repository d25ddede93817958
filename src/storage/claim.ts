/**
 * A claim on a lock: a listening socket in the lock's folder. The kernel closes it with the process, however
 * that ends, so a claim is alive exactly when a connection to it is not refused. Process ids prove less: they
 * are used again, and mean nothing in another container on the same volume.
 */
import { randomBytes } from 'node:crypto';
import { constants, readFileSync } from 'node:fs';
import { open, rename, unlink, type FileHandle } from 'node:fs/promises';
import { connect, createServer, type Server } from 'node:net';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { sha256Hex } from '../crypto/digest.js';
import { failedWith } from './failure.js';
import { DRAFT_PREFIX, removeIfThere } from './files.js';

const NAME = /^claim-([0-9a-f]{12})-([0-9a-f]{12})-(\d{1,10})-[0-9a-f]{16}$/;
/** `sun_path` has 108 bytes on Linux, 104 elsewhere. */
const MAX_SOCKET_PATH = 103;
/** A connection on this machine answers at once; one that does not is of a process that is stopped: alive. */
const CONNECT_MS = 1000;

const shorten = (text: string): string => sha256Hex(new TextEncoder().encode(text)).slice(0, 12);
const HOST = shorten(hostname());
const BOOT = shorten(readBootId());

function readBootId(): string {
  try {
    return readFileSync('/proc/sys/kernel/random/boot_id', 'latin1').trim();
  } catch {
    return ''; // not Linux: sockets alone decide
  }
}

/** The process that made a claim, for messages; undefined for a file that is no claim. */
export function claimant(name: string): number | undefined {
  const pid = NAME.exec(name)?.[3];
  return pid === undefined ? undefined : Number(pid);
}

/**
 * `dead`: its process has ended. `foreign`: made on another machine, whose processes cannot be seen from here; a
 * machine of the same name that was started again is this one.
 */
export async function stateOfClaim(folder: FileHandle, dir: string, name: string): Promise<ClaimState> {
  const [, boot, host] = NAME.exec(name) ?? [];
  if (boot !== BOOT) return host === HOST ? 'dead' : 'foreign';
  return (await isListening(socketPath(folder, dir, name))) ? 'alive' : 'dead';
}

export type ClaimState = 'alive' | 'dead' | 'foreign';

function isListening(path: string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = connect(path);
    const finish = (alive: boolean): void => {
      socket.destroy();
      resolve(alive);
    };
    socket.setTimeout(CONNECT_MS, () => finish(true));
    socket.on('connect', () => finish(true));
    // Only these two say that nobody listens; a full backlog or a missing right says that somebody does.
    socket.on('error', error => finish(!failedWith(error, 'ECONNREFUSED', 'ENOENT')));
  });
}

/** Through the open folder when the path is too long for a socket. */
function socketPath(folder: FileHandle, dir: string, name: string): string {
  const path = join(dir, name);
  return Buffer.byteLength(path) <= MAX_SOCKET_PATH ? path : `/proc/self/fd/${folder.fd}/${name}`;
}

export class Claim {
  readonly name: string;
  readonly #path: string;
  readonly #server: Server;

  private constructor(dir: string, name: string, server: Server) {
    this.name = name;
    this.#path = join(dir, name);
    this.#server = server;
  }

  /**
   * Publishes a claim of this process. It listens under another name first: a claim is alive from the moment
   * that it can be seen.
   *
   * @param folder - `dir`, opened; stays open as long as the claim
   */
  static async publish(folder: FileHandle, dir: string): Promise<Claim> {
    const nonce = randomBytes(8).toString('hex');
    const draft = `${DRAFT_PREFIX}${nonce}`;
    const server = await listen(socketPath(folder, dir, draft));
    const claim = new Claim(dir, `claim-${BOOT}-${HOST}-${process.pid}-${nonce}`, server);
    try {
      await rename(join(dir, draft), claim.#path);
      return claim;
    } catch (error) {
      await removeIfThere(join(dir, draft));
      await claim.#stop();
      throw error;
    }
  }

  /** Withdraws the claim. */
  async withdraw(): Promise<void> {
    await removeIfThere(this.#path);
    await this.#stop();
  }

  #stop(): Promise<void> {
    return new Promise(resolve => {
      this.#server.close(() => resolve());
    });
  }
}

function listen(path: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    const server = createServer(socket => socket.destroy());
    server.on('error', reject);
    server.listen({ path, exclusive: true }, () => resolve(server));
    server.unref(); // a lock does not keep a process running
  });
}

/** Opens the folder of a lock. */
export function openFolder(dir: string): Promise<FileHandle> {
  return open(dir, constants.O_RDONLY | constants.O_DIRECTORY);
}

/** Removes the draft of a claim whose process died before it was published. */
export async function sweepDraft(folder: FileHandle, dir: string, name: string): Promise<void> {
  if (!(await isListening(socketPath(folder, dir, name)))) await removeClaim(dir, name);
}

/** Removes a dead claim. Its name is never used again, so this cannot hit another. */
export async function removeClaim(dir: string, name: string): Promise<void> {
  try {
    await unlink(join(dir, name));
  } catch (error) {
    if (!failedWith(error, 'ENOENT')) throw error;
  }
}
