/** Text that others wrote - names in metadata, messages of servers - on somebody's terminal. */
import { describe, expect, it } from 'vitest';
import { Output } from '../../src/cli/output.js';
import { columns } from '../../src/cli/table.js';
import { WritError } from '../../src/errors.js';
import { FakeIo } from './support.js';

/** C0, DEL, C1 and what turns or hides text; each of them alone. */
const STEERING = [
  ...['\u0000', '\u0007', '\u0008', '\r', '\u001b', '\u007f', '\u0080', '\u009b', '\u009f'],
  ...[
    '\u061c',
    '\u200b',
    '\u200e',
    '\u200f',
    '\u2028',
    '\u2029',
    '\u202a',
    '\u202e',
    '\u2066',
    '\u2069',
    '\ufeff',
  ],
];
const escaped = (char: string): string => `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;

function output(json = false): { io: FakeIo; out: Output } {
  const io = new FakeIo();
  return { io, out: new Output(io, { json, quiet: false, verbose: true }) };
}

describe('attack: text that steers a terminal', () => {
  it.each(STEERING)('%j is written out', char => {
    const { io, out } = output();
    const evil = `a${char}b`;
    out.result({}, () => evil);
    out.note(evil);
    out.warn(evil);
    out.detail(() => evil);
    out.failure(new WritError('TUF_ROLE_NAME', evil, { hint: evil }));
    const shown = `a${escaped(char)}b`;
    expect(io.stdoutText).toBe(`${shown}\n`);
    expect(io.stderrText).toBe(
      `${shown}\nwarning: ${shown}\n${shown}\nerror: ${shown}\nhint: ${shown}\ncode: TUF_ROLE_NAME\n`,
    );
  });

  it('a line end does not make a line of ours', () => {
    const { io, out } = output();
    out.warn('a\nerror: b');
    out.failure(new WritError('TUF_ROLE_NAME', 'a\nhint: b', { hint: 'c\tcode: d' }));
    expect(io.stderrText).toBe(
      'warning: a\\u000aerror: b\nerror: a\\u000ahint: b\nhint: c\\u0009code: d\ncode: TUF_ROLE_NAME\n',
    );
    expect(columns([['a\nb', 'c']], '')).toBe('a\\u000ab  c');
  });

  it.each([...STEERING, '\n'])('%j is what it is in JSON, and written out there too', char => {
    const { io, out } = output(true);
    out.result({ name: char }, () => '');
    expect(JSON.parse(io.stdoutText)).toEqual({ name: char });
    expect(io.stdoutText.replaceAll('\n', '')).toMatch(/^[\x20-\x7e]*$/);
  });
});

describe('a failure', () => {
  const failed = (options: { json?: boolean; verbose?: boolean }, error: unknown): FakeIo => {
    const io = new FakeIo();
    new Output(io, { json: false, quiet: true, verbose: false, ...options }).failure(error);
    return io;
  };
  const error = new WritError('TUF_EXPIRED', 'what', { hint: 'how', cause: new Error('why') });

  it('names its code without being asked again; causes only with -v', () => {
    expect(failed({}, error).stderrText).toBe('error: what\nhint: how\ncode: TUF_EXPIRED\n');
    expect(failed({ verbose: true }, error).stderrText).toMatch(
      /^error: what\nhint: how\ncode: TUF_EXPIRED\ncause: Error: why\n/,
    );
  });

  it('of the command line says with exit 2 what it is', () => {
    const misuse = new WritError('USAGE', 'what', { hint: 'how' });
    expect(failed({}, misuse).stderrText).toBe('error: what\nhint: how\n');
    expect(failed({ verbose: true }, misuse).stderrText).toBe('error: what\nhint: how\ncode: USAGE\n');
  });

  it('as JSON leaves stderr empty', () => {
    expect(failed({ json: true }, error)).toMatchObject({ stderrText: '' });
  });
});
