import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'writ-compare-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
let count = 0;
function file(content: unknown): string {
  const path = join(folder, String(count++));
  writeFileSync(path, typeof content === 'string' ? content : JSON.stringify(content));
  return path;
}
const NODE = ['--arch', 'amd64', '--libseccomp', '2.5.4'];
async function compiled(...grants: string[]): Promise<string> {
  const argv = grants.flatMap(grant => ['--grant', grant]);
  const ran = await run(['profile', 'compile', '--runtime', 'runc-1.1', ...NODE, ...argv]);
  return file(ran.stdout);
}
async function compare(
  a: string,
  b: string,
  ...more: string[]
): Promise<{ code: number; json: Record<string, unknown> }> {
  const { code, stdout } = await run(['profile', 'compare', a, b, '--json', ...NODE, ...more]);
  return { code, json: JSON.parse(stdout) as Record<string, unknown> };
}

describe('writ profile compare', () => {
  it('finds a profile equal to itself', async () => {
    const a = await compiled('network=user');
    expect(await compare(a, a)).toMatchObject({
      code: 0,
      json: { relation: 'equal', counterexample: null, answersDiffer: [] },
    });
  });

  it('finds what was granted less in what was granted more, and shows a call that is between them', async () => {
    const [less, more] = [await compiled(), await compiled('kernel.userns=allow')];
    expect(await compare(less, more)).toMatchObject({ code: 0, json: { relation: 'subset' } });
    const { code, json } = await compare(more, less);
    expect([code, json['relation']]).toEqual([1, 'superset']);
    expect(json['counterexample']).toMatchObject({ arch: 'amd64', a: 'allow', b: 'errno 1' });
  });

  it('finds two that each permit something else incomparable, in words too', async () => {
    const [a, b] = [await compiled('kernel.userns=allow'), await compiled('network=proxy')];
    expect(await compare(a, b)).toMatchObject({ code: 1, json: { relation: 'incomparable' } });
    const { stdout } = await run(['profile', 'compare', a, b, ...NODE]);
    expect(stdout).toMatch(
      /^incomparable: .*\n(?:in these parts:\n(?: {2}\S+ +\w+.*\n)+)?for example:\n {2}amd64 \w+\(0x.*A: allow {2}B: errno 1\n$/,
    );
  });

  it('lists calls that are refused with another error', async () => {
    const object = (errnoRet: number) => ({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: [{ names: ['mount'], action: 'SCMP_ACT_ERRNO', errnoRet }],
    });
    expect(await compare(file(object(1)), file(object(2)))).toMatchObject({
      code: 0,
      json: { relation: 'equal', answersDiffer: [{ syscall: 'mount', a: 'errno 1', b: 'errno 2' }] },
    });
  });

  it('warns of rules of which libseccomp loads something else', async () => {
    const object = (...args: readonly (readonly [index: number, op: string])[]) => ({
      defaultAction: 'SCMP_ACT_ALLOW',
      syscalls: args.map(([index, op]) => ({
        names: ['mount'],
        action: 'SCMP_ACT_ERRNO',
        args: [{ index, op: `SCMP_CMP_${op}`, value: 5 }],
      })),
    });
    const [a, b] = [file(object([0, 'LT'], [1, 'EQ'])), file(object([0, 'EQ'], [1, 'EQ']))];
    const doubts = { a: [{ architecture: 'SCMP_ARCH_X86_64', syscall: 'mount' }], b: [] };
    expect((await compare(a, b)).json).toMatchObject({ doubts });
    for (const verb of ['compare', 'meet']) {
      const { stderr } = await run(['profile', verb, a, b, ...NODE]);
      expect(stderr.match(/^warning: .*/gm)).toEqual([
        expect.stringMatching(
          /^warning: \S+: libseccomp 2\.5\.4 may load something else than the rules for mount say/,
        ),
      ]);
    }
  });

  it('compares raw programs, and says where runtimes make different things of one object', async () => {
    const everything = file('BgAAAAAA/38='); // return ALLOW
    const a = file({ defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 1, syscalls: [] });
    expect(await compare(a, everything)).toMatchObject({ code: 0, json: { relation: 'subset' } });
    expect(await compare(everything, everything)).toMatchObject({ code: 0, json: { relation: 'equal' } });
    expect((await compare(everything, a)).json['counterexample']).toMatchObject({ arch: '0x0', a: 'allow' });
  });

  it('compares every part of two config.json that gives or takes rights', async () => {
    const config = (capability: string) => ({ process: { capabilities: { bounding: [capability] } } });
    const [a, b] = [file(config('CAP_KILL')), file(config('CAP_CHOWN'))];
    const { code, json } = await compare(a, b);
    expect([code, json['relation']]).toEqual([1, 'incomparable']);
    expect(json['parts']).toMatchObject({
      'linux.seccomp': { relation: 'equal' },
      'process.capabilities.bounding': { relation: 'incomparable', a: 'CAP_KILL', b: 'CAP_CHOWN' },
    });
    const { stdout } = await run(['profile', 'compare', a, b, ...NODE]);
    expect(stdout).toMatch(
      /in these parts:\n {2}linux.seccomp +equal\n.*bounding +incomparable +A: CAP_KILL +B: CAP_CHOWN/,
    );
    expect(await compare(await compiled(), await compiled('host.processes=view'))).toMatchObject({
      code: 0,
      json: {
        relation: 'subset',
        parts: { 'linux.namespaces.pid': { relation: 'subset', b: "the node's" } },
      },
    });
  });

  it.each([
    ['a file that is no profile', '{"a": 1}', 'PROFILE_OBJECT'],
    ['bytes that are no program', 'AAAA', 'PROFILE_PROGRAM'],
    ["Docker's own format", '{"defaultAction": "SCMP_ACT_ALLOW", "archMap": []}', 'PROFILE_OBJECT'],
    [
      'rules that meet and answer differently',
      '{"defaultAction": "SCMP_ACT_ALLOW", "syscalls": [{"names": ["mount"], "action": "SCMP_ACT_TRAP", "args": [{"index": 0, "op": "SCMP_CMP_EQ", "value": 1}]}, {"names": ["mount"], "action": "SCMP_ACT_ERRNO", "args": [{"index": 1, "op": "SCMP_CMP_EQ", "value": 1}]}]}',
      'PROFILE_AMBIGUOUS',
    ],
    [
      'an architecture without a table',
      '{"defaultAction": "SCMP_ACT_ALLOW", "architectures": ["SCMP_ARCH_MIPS"]}',
      'PROFILE_ARCHITECTURE',
    ],
  ])('refuses %s', async (_name, content, code) => {
    const path = file(content);
    expect((await compare(path, path)).json['error']).toMatchObject({ code });
  });
});
