/** Programs that run beside a test: started with what they say kept, and ended before their folders go. */
import { spawn, type ChildProcess } from 'node:child_process';
import { findProgram } from './programs.js';

const KEPT = 65_536;
const LISTENS_WITHIN_MS = 60_000;

export interface Running {
  readonly process: ChildProcess;
  /** The last of what it wrote. */
  output(): string;
  alive(): boolean;
  /** Ends it with a signal, SIGKILL unless another is said; resolves when it is gone. */
  stop(signal?: NodeJS.Signals): Promise<void>;
}

/** @param program - its path, or a name that {@link findProgram} knows */
export function startProgram(
  program: string,
  args: readonly string[],
  { env, cwd }: { env?: NodeJS.ProcessEnv; cwd?: string } = {},
): Running {
  const child = spawn(findProgram(program) ?? program, args, {
    ...(env && { env }),
    ...(cwd !== undefined && { cwd }),
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let output = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.on('data', (text: Buffer) => (output = (output + text.toString()).slice(-KEPT)));
  }
  return {
    process: child,
    output: () => output,
    alive: () => isRunning(child),
    stop: signal => end(child, signal),
  };
}

export const isRunning = (child: ChildProcess): boolean =>
  child.exitCode === null && child.signalCode === null;

/** A process that ended has said more than was read of it until its pipes are shut. */
const isShut = (child: ChildProcess): boolean =>
  !isRunning(child) && [child.stdout, child.stderr].every(stream => stream?.closed !== false);

/** Ends a process, one that does not listen by force; resolves when it is gone and its pipes are shut. */
export async function end(child: ChildProcess, signal: NodeJS.Signals = 'SIGKILL'): Promise<void> {
  if (isShut(child)) return;
  const gone = new Promise(resolve => child.once('close', resolve));
  child.kill(signal);
  const force = setTimeout(() => child.kill('SIGKILL'), LISTENS_WITHIN_MS);
  await gone;
  clearTimeout(force);
}
