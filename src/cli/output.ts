/**
 * The rules of the user interface.
 * Results go to stdout; progress, warnings, hints and errors to stderr. With --json stdout carries one JSON
 * document and nothing else. -q keeps stderr to warnings and errors; -v adds details.
 */
import { toWritError } from '../errors.js';
import type { JsonValue } from '../json/types.js';
import type { CliIo } from './io.js';
import { oneLine, printable } from './printable.js';

export interface OutputOptions {
  readonly json: boolean;
  readonly quiet: boolean;
  readonly verbose: boolean;
}

export class Output {
  readonly #io: CliIo;
  readonly #options: OutputOptions;

  constructor(io: CliIo, options: OutputOptions) {
    this.#io = io;
    this.#options = options;
  }

  /** Whether stdout carries JSON. */
  get json(): boolean {
    return this.#options.json;
  }

  /** The result of the command: `json` with --json, else `human` (lines without a line feed at the end). */
  result(json: JsonValue, human: () => string): void {
    if (this.#options.json) this.#io.stdout.write(`${printable(JSON.stringify(json, null, 2))}\n`);
    else this.#line(this.#io.stdout, human());
  }

  /** Bytes as they are: a file that the command emits. A terminal gets a line feed after them. */
  raw(bytes: Uint8Array): void {
    this.#io.stdout.write(bytes);
    if (this.#io.stdout.isTTY === true) this.#io.stdout.write('\n');
  }

  /** Progress: what was done beside the result. */
  note(text: string): void {
    if (!this.#options.quiet) this.#line(this.#io.stderr, text);
  }

  /** What a person is about to be asked about: on stderr, also with -q. */
  show(text: string): void {
    this.#line(this.#io.stderr, text);
  }

  /** What only -v shows; made only then. */
  detail(text: () => string): void {
    if (this.#options.verbose) this.#line(this.#io.stderr, text());
  }

  warn(text: string): void {
    this.#line(this.#io.stderr, `warning: ${oneLine(text)}`);
  }

  /**
   * A failure: `{"error": …}` on stdout with --json, else `error:`, `hint:` and `code:` on stderr. A misuse of the
   * command line has its code in the exit code, and needs no line for it. Gives the exit code.
   */
  failure(thrown: unknown): number {
    const error = toWritError(thrown);
    const { json, verbose } = this.#options;
    if (json) {
      this.#io.stdout.write(`${printable(JSON.stringify({ error }, null, 2))}\n`);
    } else {
      this.#line(this.#io.stderr, `error: ${oneLine(error.message)}`);
      if (error.hint !== '') this.#line(this.#io.stderr, `hint: ${oneLine(error.hint)}`);
    }
    if (verbose || (!json && error.code !== 'USAGE')) this.#line(this.#io.stderr, `code: ${error.code}`);
    for (const cause of causes(error)) this.detail(() => cause);
    return error.exitCode;
  }

  #line(stream: CliIo['stderr'], text: string): void {
    stream.write(`${printable(text)}\n`);
  }
}

const MAX_CAUSES = 8;

/** What lies behind an error, outermost first; a defect shows where it happened. */
function causes(error: Error): string[] {
  const found: string[] = [];
  let cause = error.cause;
  while (cause instanceof Error && found.length < MAX_CAUSES) {
    found.push(`cause: ${cause.stack ?? cause.message}`);
    cause = cause.cause;
  }
  return found;
}
