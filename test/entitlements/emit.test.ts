import { describe, expect, it } from 'vitest';
import { emit, FORMATS } from '../../src/entitlements/emit/index.js';
import type { Emission } from '../../src/entitlements/emit/emission.js';
import type { JsonObject } from '../../src/json/types.js';
import { profileOf, seccompOf } from './catalogue.js';

type Document = Emission<JsonObject>;
const as = (format: string, ...entries: string[]): Document => emit(format, profileOf(entries)) as Document;
const names = ({ unexpressed }: Document): string[] => unexpressed.map(({ name }) => name);

describe('the table of formats', () => {
  it('refuses others', () => {
    expect(() => as('helm')).toThrow(
      expect.objectContaining({
        code: 'PROFILE_FORMAT',
        message: 'there is no output format "helm"',
        hint: `the formats are ${FORMATS.join(', ')}`,
      }),
    );
    expect(() => as('__proto__')).toThrow('there is no output format');
  });
});

describe('oci and seccomp', () => {
  it('say everything: the fragment of config.json, and its seccomp object alone', () => {
    expect(as('oci', 'network=user')).toEqual({
      output: profileOf(['network=user']).toOci(),
      unexpressed: [],
    });
    expect(as('seccomp', 'network=user')).toEqual({
      output: seccompOf(profileOf(['network=user'])),
      unexpressed: [],
    });
  });
});

describe('docker', () => {
  it('gives the arguments of docker run', () => {
    const { intent } = profileOf();
    expect(as('docker').output['run']).toEqual([
      '--cap-drop=ALL',
      '--security-opt=no-new-privileges',
      `--security-opt=seccomp=${intent}.json`,
      '--read-only',
      '--user=65534:65534',
      '--network=none',
      '--cgroupns=private',
      '--sysctl=net.ipv4.ip_unprivileged_port_start=1024',
    ]);
  });

  it('leaves out what the grants lift, and adds what they give', () => {
    const grants = [
      'network=serve',
      'identity=root',
      'privilege=escalate',
      'filesystem=writable',
      'host.processes=view',
      'host.devices=view',
    ];
    expect(as('docker', ...grants).output['run']).toEqual([
      '--cap-drop=ALL',
      '--cap-add=NET_BIND_SERVICE',
      `--security-opt=seccomp=${profileOf(grants).intent}.json`,
      '--pid=host',
      '--cgroupns=private',
      '--device-cgroup-rule=b *:* r',
      '--device-cgroup-rule=c *:* r',
      '--sysctl=net.ipv4.ip_unprivileged_port_start=1024',
    ]);
  });

  it("writes the filter in Docker's format: an archMap without other widths, and the same rules", () => {
    const seccomp = as('docker').output['seccomp'];
    expect(seccomp).toEqual({
      defaultAction: 'SCMP_ACT_ERRNO',
      defaultErrnoRet: 38,
      archMap: [{ architecture: 'SCMP_ARCH_X86_64', subArchitectures: [] }],
      syscalls: expect.arrayContaining(seccompOf(profileOf())['syscalls'] as unknown[]) as unknown,
    });
  });

  it('cannot lift single paths', () => {
    expect(as('docker').unexpressed).toEqual([]);
    expect(names(as('docker', 'host.devices=view'))).toEqual(['masked-paths']);
    expect(as('docker', 'host.devices=admin', 'identity=root').unexpressed).toEqual([
      { name: 'masked-paths', reason: 'docker has no flag for single paths: its default list stays' },
      { name: 'readonly-paths', reason: 'docker has no flag for single paths: its default list stays' },
    ]);
  });
});

describe('kubernetes', () => {
  it('gives the securityContext and the fields of the pod', () => {
    expect(as('kubernetes', 'network=user')).toMatchObject({
      output: {
        securityContext: {
          allowPrivilegeEscalation: false,
          capabilities: { drop: ['ALL'] },
          privileged: false,
          readOnlyRootFilesystem: true,
          runAsNonRoot: true,
          seccompProfile: {
            type: 'Localhost',
            localhostProfile: `writ/${profileOf(['network=user']).intent}.json`,
          },
        },
        pod: {
          hostPID: false,
          securityContext: { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '1024' }] },
        },
      },
      unexpressed: [],
    });
  });

  it('spells capabilities without CAP_, and leaves out runAsNonRoot once root is granted', () => {
    const { output } = as(
      'kubernetes',
      'network=serve',
      'identity=root',
      'privilege=escalate',
      'filesystem=writable',
      'host.processes=view',
    );
    expect(output['securityContext']).toMatchObject({
      allowPrivilegeEscalation: true,
      capabilities: { drop: ['ALL'], add: ['NET_BIND_SERVICE'] },
      readOnlyRootFilesystem: false,
    });
    expect(output['securityContext']).not.toHaveProperty('runAsNonRoot');
    expect(output['pod']).toMatchObject({ hostPID: true });
  });

  it('names the same intent whatever the node', () => {
    const on = (arch: string, runtime: string): unknown =>
      emit('kubernetes', profileOf([], { arch, runtime })).output;
    expect(on('arm64', 'crun-1.28')).toEqual(on('amd64', 'runc-1.1'));
  });

  it('says what a pod cannot express', () => {
    expect(as('kubernetes').unexpressed).toEqual([
      {
        name: 'network.namespace',
        reason:
          'the containers of a pod share one network namespace; the filter still refuses all sockets but AF_UNIX',
      },
    ]);
    expect(names(as('kubernetes', 'network=user', 'host.devices=view'))).toEqual(['masked-paths', 'devices']);
    expect(names(as('kubernetes', 'network=user', 'host.devices=admin', 'identity=root'))).toEqual([
      'masked-paths',
      'readonly-paths',
      'devices',
    ]);
    expect(as('kubernetes', 'network=serve').unexpressed).toEqual([
      {
        name: 'ambient-capabilities',
        reason:
          'a pod cannot set ambient capabilities: CAP_NET_BIND_SERVICE have no effect for a user other than 0',
      },
    ]);
    expect(names(as('kubernetes', 'network=serve', 'identity=root'))).toEqual([]);
  });
});
