/** A libseccomp, as a process that makes programs of seccomp objects: thousands in the time of one container. */
import { execFileSync, spawn, type ChildProcessWithoutNullStreams } from 'node:child_process';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { parseProgram, type Instruction } from '../../src/entitlements/algebra/bpf-program.js';
import { FACTS } from '../../src/entitlements/architectures.js';
import type { SeccompObject, SeccompRule } from '../../src/entitlements/algebra/seccomp-object.js';

const SOURCE = fileURLToPath(new URL('programs/libseccomp.c', import.meta.url));
/** `enum scmp_compare`. */
const COMPARE = ['', 'NE', 'LT', 'LE', 'EQ', 'GE', 'GT', 'MASKED_EQ'].map(op => `SCMP_CMP_${op}`);
/** libseccomp's own actions are the kernel's words, but for this one. */
const hex = (value: number | bigint): string => value.toString(16);

/** libseccomp's own name for x32, which the kernel calls x86-64. */
const X32_TOKEN = 0x4000003e;
const TOKENS = new Map(
  Object.entries(FACTS).map(([name, { seccomp, audit }]) => [seccomp, name === 'x32' ? X32_TOKEN : audit]),
);

/** Of the tables that an object names, which it must. */
export const tokensOf = ({ architectures }: SeccompObject): number[] =>
  architectures.map(name => {
    const token = TOKENS.get(name);
    if (token === undefined) throw new Error(`no table of ${name}`);
    return token;
  });

/** What libseccomp made: a program, or the negative error number. */
export type Made = Uint8Array | number;

export class Libseccomp {
  readonly #process: ChildProcessWithoutNullStreams;
  #received = Buffer.alloc(0);
  readonly #waiting: ((made: Made) => void)[] = [];

  /**
   * @param folder - where the program is compiled to
   * @param libraries - the folder of another libseccomp than the machine's, with the C library and the loader for it
   */
  constructor(folder: string, libraries?: string) {
    const program = join(folder, 'libseccomp');
    execFileSync('gcc', ['-O2', '-o', program, SOURCE, '-lseccomp']);
    const command = libraries === undefined ? [program] : loadedBy(libraries, program);
    this.#process = spawn(command[0] ?? '', command.slice(1));
    this.#process.stdout.on('data', (chunk: Buffer) => {
      this.#received = Buffer.concat([this.#received, chunk]);
      this.#deliver();
    });
  }

  /** @param architectures - tokens of libseccomp; no other table is in the filter */
  make(object: SeccompObject, architectures: readonly number[]): Promise<Made> {
    const lines = [`f ${[object.defaultAction, ...architectures].map(hex).join(' ')}`];
    for (const rule of object.rules) if (rule.action !== object.defaultAction) lines.push(...linesOf(rule));
    const made = new Promise<Made>(resolve => this.#waiting.push(resolve));
    this.#process.stdin.write(`${lines.join('\n')}\ne\n.\n`);
    return made;
  }

  /** As {@link make}; an error is thrown. */
  async program(
    object: SeccompObject,
    architectures: readonly number[] = tokensOf(object),
  ): Promise<readonly Instruction[]> {
    const made = await this.make(object, architectures);
    if (typeof made === 'number') throw new Error(`libseccomp answered ${made}`);
    return parseProgram(made);
  }

  end(): void {
    this.#process.kill();
  }

  #deliver(): void {
    let at = 0;
    while (this.#received.length - at >= 4) {
      const count = this.#received.readInt32LE(at);
      const end = at + 4 + 8 * Math.max(0, count);
      if (this.#received.length < end) break;
      this.#waiting.shift()?.(count < 0 ? count : Uint8Array.from(this.#received.subarray(at + 4, end)));
      at = end;
    }
    this.#received = this.#received.subarray(at);
  }
}

const loadedBy = (libraries: string, program: string): string[] => [
  join(libraries, 'ld-linux-x86-64.so.2'),
  '--library-path',
  libraries,
  program,
];

/** As runc and crun do: conditions that test one argument twice become rules of their own. */
function linesOf({ names, action, conditions }: SeccompRule): string[] {
  const isRepeated = new Set(conditions.map(({ index }) => index)).size < conditions.length;
  const tests = conditions.map(
    ({ index, op, value, valueTwo }) =>
      ` ${hex(index)} ${hex(COMPARE.indexOf(op))} ${hex(value)} ${hex(valueTwo)}`,
  );
  return names.flatMap(name =>
    (isRepeated ? tests : [tests.join('')]).map(test => `r ${hex(action)} ${name}${test}`),
  );
}
