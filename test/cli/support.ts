/** A terminal that is not there: runs a command line in this process and gives what it printed. */
import '../support/cheap-keys.js'; // first: what is imported below seals keys
import '../support/patient-locks.js';
import { PassThrough, Writable } from 'node:stream';
import { COMMANDS } from '../../src/cli/commands.js';
import type { CliInput, CliIo } from '../../src/cli/io.js';
import type { Services } from '../../src/cli/services.js';
import { runCli } from '../../src/cli/run.js';

export interface Ran {
  readonly code: number;
  readonly stdout: string;
  readonly stderr: string;
}

export interface FakeOptions {
  readonly env?: Readonly<Record<string, string | undefined>>;
  /** What stands in standard input. */
  readonly stdin?: string | Uint8Array;
  /** What a person types at prompts, one line a time, on a terminal. */
  readonly types?: readonly string[];
  readonly now?: () => Date;
}

export class FakeIo implements CliIo {
  readonly stdin: CliInput;
  readonly stdout: Writable & { isTTY?: boolean };
  readonly stderr: Writable;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: { now(): Date };
  readonly out: Uint8Array[] = [];
  readonly err: Uint8Array[] = [];
  /** True while the terminal echoes nothing. */
  raw = false;
  #stop: ((signal: string) => void) | undefined;

  constructor({ env = {}, stdin, types, now = () => new Date() }: FakeOptions = {}) {
    this.env = env;
    this.clock = { now };
    this.stdin = types === undefined ? input(stdin) : this.#terminal(types);
    this.stdout = sink(this.out);
    this.stderr = sink(this.err);
  }

  readonly onStop = (stop: (signal: string) => void): (() => void) => {
    this.#stop = stop;
    return () => {
      this.#stop = undefined;
    };
  };

  /** As if the process got a signal. */
  signal(name = 'SIGTERM'): void {
    this.#stop?.(name);
  }

  get stdoutText(): string {
    return Buffer.concat(this.out).toString('utf8');
  }

  get stderrText(): string {
    return Buffer.concat(this.err).toString('utf8');
  }

  #terminal(lines: readonly string[]): CliInput {
    const left = [...lines];
    const stream: PassThrough & { isTTY?: boolean; setRawMode?: (raw: boolean) => void } = new PassThrough();
    stream.isTTY = true;
    stream.setRawMode = raw => {
      this.raw = raw;
    };
    // A prompt listens, takes one line, and pauses.
    let asking = false;
    const { resume, pause } = stream;
    stream.resume = () => {
      const line = asking ? undefined : left.shift();
      asking = true;
      if (line !== undefined) setImmediate(() => stream.write(line));
      return resume.call(stream);
    };
    stream.pause = () => {
      asking = false;
      return pause.call(stream);
    };
    return stream;
  }
}

function input(content: string | Uint8Array = ''): CliInput {
  const stream = new PassThrough();
  stream.end(content);
  return stream;
}

function sink(chunks: Uint8Array[]): Writable {
  return new Writable({
    write(chunk: Uint8Array, _encoding, done) {
      chunks.push(chunk);
      done();
    },
  });
}

const noServices: Services = {
  startServer: () => Promise.reject(new Error('this test has no server')),
};

/** Run `writ ARGV` with a fake terminal. */
export async function run(
  argv: readonly string[],
  options: FakeOptions = {},
  services = noServices,
): Promise<Ran> {
  const io = new FakeIo(options);
  const code = await runCli(argv, { io, services, commands: COMMANDS });
  return { code, stdout: io.stdoutText, stderr: io.stderrText };
}
