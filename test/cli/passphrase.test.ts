import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { passphraseFor, passphraseVariable, type PassphraseRequest } from '../../src/cli/passphrase.js';
import { loadConfig } from '../../src/config/load.js';
import { FakeIo, type FakeOptions } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'writ-phrase-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const file = (name: string, text: string): string => {
  writeFileSync(join(folder, name), text, { mode: 0o600 });
  return join(folder, name);
};

function ask(options: FakeOptions, request: Partial<PassphraseRequest> = {}, noInput = false) {
  const io = new FakeIo(options);
  const config = () => loadConfig({ env: { HOME: folder, ...io.env }, flags: {} });
  const phrase = passphraseFor(
    { io, noInput, config },
    { role: 'targets', purpose: 'the targets key', ...request },
  );
  return { io, phrase };
}

describe('a pass-phrase', () => {
  it.each([
    [{ WRIT_TARGETS_PASSPHRASE: 'role', WRIT_PASSPHRASE: 'any' }, 'role'],
    [{ WRIT_PASSPHRASE: 'any', WRIT_PASSPHRASE_FILE: '/absent' }, 'any'],
    [{ WRIT_ROOT_PASSPHRASE: 'other', WRIT_PASSPHRASE_FILE: file('a', 'from file\nrest\n') }, 'from file'],
    [{ WRIT_PASSPHRASE_FILE: file('b', 'with\r\n') }, 'with'],
    [{ WRIT_PASSPHRASE_FILE: file('c', ' spaces kept ') }, ' spaces kept '],
  ])('of %j is %j', async (env, expected) => {
    expect(await ask({ env }).phrase).toBe(expected);
  });

  it.each([
    [
      { WRIT_TARGETS_PASSPHRASE: '', WRIT_PASSPHRASE: 'any' },
      'CLI_PASSPHRASE',
      'WRIT_TARGETS_PASSPHRASE is empty',
    ],
    [
      { WRIT_PASSPHRASE_FILE: file('d', '\nsecond') },
      'CLI_PASSPHRASE',
      `the first line of ${join(folder, 'd')} is empty`,
    ],
    [{ WRIT_PASSPHRASE_FILE: '/absent' }, 'CLI_FILE', 'cannot read /absent: there is no such file or folder'],
    [
      { WRIT_PASSPHRASE_FILE: file('e', 'x'.repeat(4097)) },
      'CLI_FILE',
      `cannot read ${join(folder, 'e')}: it has more than 4096 bytes`,
    ],
    [{}, 'CLI_PASSPHRASE', 'no pass-phrase is given for the targets key'],
  ])('of %j is %s', async (env, code, message) => {
    await expect(ask({ env }).phrase).rejects.toMatchObject({ code, message });
  });

  it.each([0o640, 0o604, 0o620])('is not taken from a file of mode %o', async mode => {
    const path = file('open', 'phrase');
    chmodSync(path, mode);
    await expect(ask({ env: { WRIT_PASSPHRASE_FILE: path } }).phrase).rejects.toMatchObject({
      code: 'CLI_PASSPHRASE',
      message: `${path} can be read by others: its mode is ${mode.toString(8)}`,
      hint: `run: chmod 600 ${path}`,
    });
  });

  it('is in the file that writ.yaml names, beside it', async () => {
    file('phrase', 'of the file\n');
    const named = file('writ.yaml', 'passphraseFile: phrase\n');
    expect(await ask({ env: { WRIT_CONFIG: named } }).phrase).toBe('of the file');
    const env = { WRIT_CONFIG: named, WRIT_PASSPHRASE_FILE: file('other', 'of the variable') };
    expect(await ask({ env }).phrase).toBe('of the variable');
  });

  it('is asked for on a terminal, without echo, on stderr', async () => {
    const { io, phrase } = ask({ types: ['sec\u007fcret\r'] });
    expect(await phrase).toBe('secret');
    expect(io.stderrText).toBe('Pass-phrase for the targets key: \n');
    expect(io.stdoutText).toBe('');
    expect(io.raw).toBe(false);
  });

  it('is asked for twice when it is chosen', async () => {
    expect(await ask({ types: ['abc\n', 'abc\n'] }, { choose: true }).phrase).toBe('abc');
    await expect(ask({ types: ['abc\n', 'abd\n'] }, { choose: true }).phrase).rejects.toMatchObject({
      code: 'CLI_PASSPHRASE_MISMATCH',
    });
  });

  it('is not asked for with --no-input', async () => {
    const { io, phrase } = ask({ types: ['abc\r'] }, {}, true);
    await expect(phrase).rejects.toMatchObject({
      code: 'CLI_PASSPHRASE',
      hint: 'set WRIT_TARGETS_PASSPHRASE, WRIT_PASSPHRASE or WRIT_PASSPHRASE_FILE, or run it in a terminal',
    });
    expect(io.stderrText).toBe('');
  });

  it.each([
    ['\r', 'no pass-phrase is given for the targets key'],
    ['ab\u0003', 'interrupted'],
  ])('typed as %j is none, and the terminal is as it was', async (typed, message) => {
    const { io, phrase } = ask({ types: [typed] });
    await expect(phrase).rejects.toMatchObject({ code: 'CLI_PASSPHRASE', message });
    expect(io.raw).toBe(false);
  });

  it('has a variable for each role', () => {
    expect(passphraseVariable('root')).toBe('WRIT_ROOT_PASSPHRASE');
    expect(passphraseVariable('dev/team-1')).toBe('WRIT_DEV_TEAM_1_PASSPHRASE');
  });
});
