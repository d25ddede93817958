/** The outside of the command line, as a value: tests give it streams of their own. */
import type { Readable, Writable } from 'node:stream';
import type { Clock } from '../tuf/ports.js';

/** Standard input; a terminal has `isTTY` and `setRawMode`. */
export type CliInput = Readable & {
  readonly isTTY?: boolean | undefined;
  setRawMode?: ((raw: boolean) => unknown) | undefined;
};

export interface CliIo {
  readonly stdin: CliInput;
  readonly stdout: Writable & { readonly isTTY?: boolean | undefined };
  readonly stderr: Writable & { readonly fd?: number | undefined };
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  /** Calls `stop` once when the process is asked to end (SIGTERM, SIGINT); gives a function that stops listening. */
  readonly onStop: (stop: (signal: string) => void) => () => void;
}

/** The io of this process. Streams are made when first used: each costs a command that does not use it a millisecond. */
export function processIo(): CliIo {
  return {
    get stdin() {
      return process.stdin;
    },
    get stdout() {
      return surviving(process.stdout);
    },
    get stderr() {
      return surviving(process.stderr);
    },
    env: process.env,
    clock: { now: () => new Date() },
    onStop,
  };
}

type OutputStream = NodeJS.WriteStream & { readonly fd: number };

const used = new Set<OutputStream>();

/** A stream that cannot be written any more must not end the program: see {@link finishOutput}. */
function surviving(stream: OutputStream): OutputStream {
  if (used.has(stream)) return stream;
  used.add(stream);
  return stream.on('error', () => undefined);
}

/**
 * Resolves when everything written is out, or cannot be. A reader that went away (`writ list | head -1`) does not
 * change the exit code; a result that did not fit on the disk is a failure.
 */
export async function finishOutput(): Promise<void> {
  await Promise.all([...used].map(written));
  for (const { fd, errored } of used) {
    if (fd !== 1 || errored === null || ('code' in errored && errored.code === 'EPIPE')) continue;
    process.stderr.write(`error: the output cannot be written: ${errored.message}\n`);
    process.exitCode = 1;
  }
}

function written(stream: NodeJS.WriteStream): Promise<void> | undefined {
  if (stream.writableLength === 0 || stream.destroyed) return undefined;
  // Called when all that was written before is out, or cannot be.
  return new Promise(resolve => {
    stream.write('', () => {
      resolve();
    });
  });
}

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

function onStop(stop: (signal: string) => void): () => void {
  for (const signal of STOP_SIGNALS) process.once(signal, stop);
  return () => {
    for (const signal of STOP_SIGNALS) process.removeListener(signal, stop);
  };
}
