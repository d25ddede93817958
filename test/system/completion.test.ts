/** The completion scripts in the shells that they are for. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { SHELLS } from '../../src/cli/completion/scripts.js';
import { describeWith } from '../support/system.js';
import { builtWrit } from './writ-serve.js';

const folder = mkdtempSync(join(tmpdir(), 'writ-completion-'));
const scriptFor = (shell: string): string => join(folder, `writ.${shell}`);
const environment = { PATH: process.env['PATH'] ?? '', HOME: folder, TERM: 'dumb' };

beforeAll(() => {
  for (const shell of SHELLS) {
    const { stdout, status } = spawnSync(process.execPath, [builtWrit(), 'completion', shell]);
    expect(status).toBe(0);
    writeFileSync(scriptFor(shell), stdout);
  }
});
afterAll(() => {
  rmSync(folder, { recursive: true });
});

/** What stands on the line, and what is offered for its last word; in bash, what follows the `=` before it. */
const LINES: readonly (readonly [line: string, offered: readonly string[]])[] = [
  ['writ verif', ['verify']],
  ['writ help verif', ['verify']],
  ['writ profile comp', ['compare', 'compile']],
  ['writ docker-trust signer a', ['add']],
  ['writ --config list delegation b', ['bins']],
  ['writ profile compile --for', ['--format']],
  ['writ profile compile --format sw', ['swarm']],
  ['writ profile compile --preset static', ['static-binary']],
  ['writ profile compile --runtime crun-1.8', ['crun-1.8']],
  ['writ sign --grant network=us', ['network=user']],
  ['writ completion f', ['fish']],
  ['writ sign --manifest writ.b', ['writ.bash']],
];

function asked(shell: string, script: string): string[][] {
  const { stdout, stderr } = spawnSync(shell, shell === 'zsh' ? ['-fc', script] : ['-c', script], {
    cwd: folder,
    env: environment,
    encoding: 'utf8',
  });
  expect(stderr).toBe('');
  return stdout
    .split('== ')
    .slice(1)
    .map(answer => answer.split('\n').filter(line => line !== ''));
}

describeWith(['bash'], 'bash', () => {
  const complete = (lines: readonly string[]): string[][] =>
    asked(
      'bash',
      `source ${scriptFor('bash')}
for COMP_LINE in ${lines.map(line => `'${line}'`).join(' ')}; do
  COMP_POINT=\${#COMP_LINE} COMPREPLY=()
  _writ
  printf '== \\n'; printf '%s\\n' "\${COMPREPLY[@]}"
done`,
    ).map(words => words.sort());

  it('offers what may follow', () => {
    // What stands before the `=` is on the line already, and no part of the word that bash completes.
    expect(complete(LINES.map(([line]) => line))).toEqual(
      LINES.map(([, offered]) => offered.map(word => word.replace(/^.*=/, ''))),
    );
  });

  it('offers values behind an option and its `=`', () => {
    expect(complete(['writ profile compile --preset=static'])).toEqual([['static-binary']]);
  });
});

describeWith(['fish'], 'fish', () => {
  it('offers what may follow', () => {
    const script = `source ${scriptFor('fish')}
for line in ${LINES.map(([line]) => `'${line}'`).join(' ')}
  echo '== '; complete -C $line | string replace -r '\\t.*' ''
end`;
    expect(asked('fish', script)).toEqual(LINES.map(([, offered]) => offered));
  });
});

/** Completion proper needs a terminal: here what the function hands to zsh's own functions is looked at. */
describeWith(['zsh'], 'zsh', () => {
  const script = `
compdef() { : }
compset() { return 1 }
_describe() { print -rl -- \${(P)@[-1]} }
_files() { print -rl -- \${words[CURRENT]}*(N) }
compadd() { shift; print -rl -- "$@" }
source ${scriptFor('zsh')}
for line in ${LINES.map(([line]) => `'${line}'`).join(' ')}; do
  words=(\${(z)line}) CURRENT=\${#words}
  print '== '; _writ
done`;

  it('offers what may follow, and what it means', () => {
    const answers = asked('zsh', script);
    const shown = answers.map((answer, i) => {
      const typed = LINES[i]?.[0].split(' ').at(-1) ?? '';
      return answer.filter(word => word.startsWith(typed)).map(word => word.replace(/:.*$/, ''));
    });
    expect(shown.map(words => words.sort())).toEqual(LINES.map(([, offered]) => [...offered].sort()));
    expect(answers[0]).toContain('verify:say what is signed about an image, or why nothing is');
  });
});
