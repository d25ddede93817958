/** The outside of the command line, as a value: tests give it streams of their own. */
import type { Readable, Writable } from 'node:stream';

/** Standard input; a terminal has `isTTY` and `setRawMode`. */
export type CliInput = Readable & {
  readonly isTTY?: boolean | undefined;
  setRawMode?: ((raw: boolean) => unknown) | undefined;
};

export interface CliIo {
  readonly stdin: CliInput;
  readonly stdout: Writable & { readonly isTTY?: boolean | undefined };
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  /** Calls `stop` once when the process is asked to end (SIGTERM, SIGINT); gives a function that stops listening. */
  readonly onStop: (stop: (signal: string) => void) => () => void;
}

/** The io of this process. */
export function processIo(): CliIo {
  // A reader that went away (`writ list | head -1`) must not change the exit code: what is left is dropped.
  for (const stream of [process.stdout, process.stderr]) {
    stream.on('error', (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EPIPE') throw error;
    });
  }
  return { stdin: process.stdin, stdout: process.stdout, stderr: process.stderr, env: process.env, onStop };
}

const STOP_SIGNALS = ['SIGTERM', 'SIGINT'] as const;

function onStop(stop: (signal: string) => void): () => void {
  for (const signal of STOP_SIGNALS) process.once(signal, stop);
  return () => {
    for (const signal of STOP_SIGNALS) process.removeListener(signal, stop);
  };
}
