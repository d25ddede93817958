/** A service in a container: started, asked until it answers or ends, and removed. */
import { spawn, spawnSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout } from 'node:timers/promises';
import type { Profile } from '../../src/entitlements/profile.js';
import { commandOf, makeBundle } from './container.js';
import { mountsOf, type Image } from './images.js';
import type { Runtime } from './runtimes.js';

export interface Service {
  /** What `makeImages` gave. */
  readonly root: string;
  readonly image: Image;
  readonly runtime: Runtime;
  readonly profile: Profile;
}

export interface Served {
  /** What the request printed; undefined when there was no answer. */
  readonly answer: string | undefined;
  /** All that the container printed. */
  readonly said: string;
}

const PATIENCE_MS = 200_000;
const PAUSE_MS = 50;

/** Starts the service as the user that the profile leaves to an image whose user is root, and asks it once. */
export async function serve({ root, image, runtime, profile }: Service): Promise<Served> {
  const user = profile.toOci()['process'] as { user?: { uid: number } };
  const { bundle, id } = makeBundle({
    root,
    runtime,
    profile,
    uid: user.user?.uid ?? 0,
    args: image.args,
    mounts: mountsOf(image),
  });
  const pidFile = join(bundle, 'pid');
  const command = commandOf(runtime, ['run', '--pid-file', pidFile, '--bundle', bundle, id]);
  // Through a pipe of the shell: what node makes are sockets, which /dev/stderr cannot be opened on.
  const child = spawn('sh', ['-c', '"$@" 2>&1 | cat', 'sh', ...command], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let [said, isOver] = ['', false];
  // Not when it ends: what it said last may still be on its way.
  const ended = once(child, 'close').then(() => (isOver = true));
  child.stdout.on('data', part => (said += String(part)));
  try {
    const deadline = Date.now() + PATIENCE_MS;
    while (Date.now() < deadline && !isOver) {
      const answer = existsSync(pidFile) ? ask(image, readFileSync(pidFile, 'utf8')) : undefined;
      if (answer !== undefined) return { answer, said };
      await setTimeout(PAUSE_MS);
    }
    return { answer: undefined, said };
  } finally {
    const [remove = '', ...rest] = commandOf(runtime, ['delete', '--force', id]);
    spawnSync(remove, rest, { stdio: 'ignore' });
    await ended;
    rmSync(bundle, { recursive: true });
  }
}

/** One request from the container's network namespace. */
function ask({ request, answer }: Image, pid: string): string | undefined {
  const { stdout } = spawnSync('nsenter', ['-t', pid, '-n', ...request], {
    encoding: 'utf8',
    timeout: 60_000,
  });
  return answer.test(stdout) ? stdout : undefined;
}
