/**
 * Calls that are tried in a real container and never made. The runtime is started behind a filter that answers each call
 * with a magic word as its sixth argument with an errno that no kernel has (`programs/outer.c`), and the program in the
 * container makes all its calls with that word (`programs/marked.c`). What the container's own filter refuses comes back
 * with its answer, for it is the newer one; what it permits comes back as MARKED of calls.ts.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { setTimeout } from 'node:timers/promises';
import { commandOf, filterOf, makeBundle, type Start } from './container.js';

/** The sixth argument, as filters see it. */
export const MAGIC = { syscall: 0x77726974504f4245n, 'int 0x80': 0x77726974n } as const;

export interface MarkedCall {
  readonly gate: keyof typeof MAGIC;
  readonly number: number;
  /** At most five, unsigned 64-bit. */
  readonly args: readonly bigint[];
}

export interface Marked {
  /** For each call the errno, 0 when it was made, or minus the signal that ended who tried it. */
  readonly answers: readonly number[];
  /** The container's own filter, read back from the program that made the calls. */
  readonly filter: string;
}

/** Makes `calls` one after the other in one container. */
export async function tryMarked(start: Omit<Start, 'args'>, calls: readonly MarkedCall[]): Promise<Marked> {
  const { bundle, id } = makeBundle({ ...start, args: ['marked'] });
  const pidFile = join(bundle, 'pid');
  const [program, ...args] = commandOf(start.runtime, ['run', '--pid-file', pidFile, '--bundle', bundle, id]);
  const child = spawn(join(start.root, 'outer'), [program ?? '', ...args], {
    stdio: ['pipe', 'pipe', 'pipe'],
    timeout: 200_000,
  });
  const [ended, errors] = [once(child, 'exit'), buffer(child.stderr)];
  try {
    child.stdin.on('error', () => undefined); // a container that did not start: what it says is told below
    child.stdin.write(encode(calls));
    const answers = await readAnswers(child.stdout, calls.length);
    if (answers === undefined) throw new Error(`${start.runtime.version}: ${(await errors).toString()}`);
    const filter = filterOf(start.root, await pidIn(pidFile), 1);
    child.stdin.end();
    const [status] = (await ended) as [number | null];
    if (status !== 0) throw new Error(`marked ended with ${status}: ${(await errors).toString()}`);
    return { answers, filter };
  } finally {
    child.stdin.end();
    await ended;
    rmSync(bundle, { recursive: true });
  }
}

/** Written once the program runs: it may have made its calls by then. */
async function pidIn(file: string): Promise<number> {
  for (;;) {
    const text = existsSync(file) ? readFileSync(file, 'utf8') : '';
    if (text !== '') return Number(text);
    await setTimeout(10);
  }
}

const WORDS = 7;

function encode(calls: readonly MarkedCall[]): Uint8Array {
  const words = new BigUint64Array(1 + WORDS * calls.length);
  words[0] = BigInt(calls.length);
  calls.forEach(({ gate, number, args }, i) => {
    words.set([gate === 'syscall' ? 0n : 1n, BigInt(number), ...args], 1 + WORDS * i);
  });
  return new Uint8Array(words.buffer);
}

async function readAnswers(
  stream: AsyncIterable<unknown>,
  count: number,
): Promise<readonly number[] | undefined> {
  const parts: Buffer[] = [];
  let size = 0;
  for await (const part of stream) {
    if (!Buffer.isBuffer(part)) continue;
    parts.push(part);
    size += part.length;
    if (size < 4 * count) continue;
    const all = Buffer.concat(parts);
    return Array.from({ length: count }, (_, i) => all.readInt32LE(4 * i));
  }
  return undefined;
}
