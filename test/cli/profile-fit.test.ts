import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { run } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'writ-fit-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});
const NODE = ['--arch', 'amd64', '--runtime', 'runc-1.1', '--libseccomp', '2.5.4'];
const file = (name: string, text: string): string => {
  const path = join(folder, name);
  writeFileSync(path, text);
  return path;
};
const POD = `
kind: Pod
spec:
  hostPID: true
  containers:
    - name: web
      image: example
      ports: [{ containerPort: 80 }]
      securityContext: { readOnlyRootFilesystem: false }
`;

describe('writ profile fit', () => {
  it('prints each grant with the place that needs it, and what the file does not say', async () => {
    const { code, stdout } = await run(['profile', 'fit', file('pod.yaml', POD), ...NODE]);
    expect([code, stdout.split('\n')]).toEqual([
      0,
      [
        'web:',
        '  filesystem=writable  spec.containers[0].securityContext.readOnlyRootFilesystem',
        '  host.processes=view  spec.hostPID',
        '  network=serve        spec.containers[0].ports[0]',
        'not in the file:',
        '  the user: the image names it, and identity=root is needed where that is user 0',
        '  system calls: a pod only names a filter',
        '',
      ],
    ]);
  });

  it('gives JSON, and exit 1 where something is not covered', async () => {
    const inspected = { Name: '/db', HostConfig: { SecurityOpt: ['seccomp=unconfined'], CapDrop: ['ALL'] } };
    const { code, stdout } = await run([
      'profile',
      'fit',
      file('inspect.json', JSON.stringify([inspected])),
      '--json',
      ...NODE,
    ]);
    expect(code).toBe(1);
    expect(JSON.parse(stdout)).toEqual({
      kind: 'docker inspect',
      containers: [
        {
          container: 'db',
          grants: { filesystem: 'writable', identity: 'root', privilege: 'escalate' },
          because: {
            filesystem: 'HostConfig.ReadonlyRootfs',
            identity: 'Config.User',
            privilege: 'HostConfig.SecurityOpt',
          },
          beyond: [
            { from: 'HostConfig.SecurityOpt', why: expect.stringContaining('no grant stands') as string },
          ],
          unsaid: [],
        },
      ],
    });
  });

  it('finds what a compiled profile was granted', async () => {
    const argv = [
      '--grant',
      'network=proxy',
      '--grant',
      'programs=common',
      '--grant',
      'resources.memory=64Mi',
    ];
    const config = await run(['profile', 'compile', ...argv, ...NODE]);
    const { code, stdout } = await run([
      'profile',
      'fit',
      file('config.json', config.stdout),
      '--json',
      ...NODE,
    ]);
    const { kind, containers } = JSON.parse(stdout) as { kind: string; containers: { grants: unknown }[] };
    expect([code, kind, containers[0]?.grants]).toEqual([
      0,
      'config.json',
      { network: 'proxy', programs: 'common', 'resources.memory': 67_108_864 },
    ]);
  });

  it('says what the file is not', async () => {
    const { code, stderr } = await run(['profile', 'fit', file('other.yaml', 'a: 1\n'), ...NODE]);
    expect(code).toBe(1);
    expect(stderr).toMatch(
      /other\.yaml: it is neither a pod or workload, nor a config\.json, nor what docker inspect/,
    );
  });
});
