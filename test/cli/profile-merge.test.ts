import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'writ-merge-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
let count = 0;
function file(text: string): string {
  const path = join(folder, String(count++));
  writeFileSync(path, text);
  return path;
}
const NODE = ['--arch', 'amd64', '--libseccomp', '2.5.4'];
async function compiled(...grants: string[]): Promise<string> {
  const argv = grants.flatMap(grant => ['--grant', grant]);
  return file((await run(['profile', 'compile', '--runtime', 'runc-1.1', ...NODE, ...argv])).stdout);
}
async function merged(operation: string, a: string, b: string): Promise<string> {
  const path = file('');
  const { code } = await run(['profile', operation, a, b, ...NODE, '-o', path]);
  expect(code).toBe(0);
  return path;
}
async function relation(a: string, b: string): Promise<unknown> {
  const { stdout } = await run(['profile', 'compare', a, b, '--json', ...NODE]);
  return (JSON.parse(stdout) as Record<string, unknown>)['relation'];
}

describe('writ profile meet and join', () => {
  it('print what both permit, and what either does', async () => {
    const [a, b] = [await compiled('network=user'), await compiled('kernel.userns=allow')];
    const [least, most] = [await merged('meet', a, b), await merged('join', a, b)];
    expect([await relation(least, a), await relation(least, b)]).toEqual(['subset', 'subset']);
    expect([await relation(a, most), await relation(b, most)]).toEqual(['subset', 'subset']);
    expect(await relation(most, await compiled('network=user', 'kernel.userns=allow'))).toBe('equal');
    expect(await relation(least, await compiled())).toBe('equal');
  });

  it('print the same bytes for the same filters, in either order', async () => {
    const [a, b] = [await compiled('network=user'), await compiled('kernel.userns=allow')];
    const [one, other] = [await merged('join', a, b), await merged('join', b, a)];
    expect(readFileSync(one, 'utf8')).toBe(readFileSync(other, 'utf8'));
  });

  it('refuse what no object says', async () => {
    const rule = (index: number) => ({ index, op: 'SCMP_CMP_NE', value: 2 ** 40 });
    const object = (index: number): string =>
      file(
        JSON.stringify({
          defaultAction: 'SCMP_ACT_ALLOW',
          syscalls: [{ names: ['mount'], action: 'SCMP_ACT_KILL', args: [rule(index), rule(index + 1)] }],
        }),
      );
    const { code, stdout, stderr } = await run(['profile', 'meet', object(0), object(2), ...NODE]);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/4096 instructions/);
  });
});
