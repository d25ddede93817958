/** The field table against the fields of the API, and what each row that is a right reads. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { CONTAINER, EPHEMERAL_CONTAINER } from '../../src/admission/fields/container.js';
import type { Row, Table } from '../../src/admission/fields/model.js';
import { POD, POD_SPEC } from '../../src/admission/fields/pod.js';
import { POD_SECURITY_CONTEXT, SECURITY_CONTEXT } from '../../src/admission/fields/security-context.js';
import { VOLUME } from '../../src/admission/fields/volume.js';
import { APP, cluster, codes, mutated, pod, policy, reasons, grants } from './world.js';

/** Every field of these types in the OpenAPI schemas of Kubernetes 1.32 to 1.36. */
const SCHEMA = JSON.parse(
  readFileSync(new URL('../golden/admission/pod-fields.json', import.meta.url), 'utf8'),
) as Record<string, string[]>;

function inside(table: Table, ...path: string[]): Table {
  return path.reduce<Table>((at, key) => {
    const row = at.get(key);
    if (row?.fate !== 'table') throw new Error(`${key} has no table`);
    return row.table;
  }, table);
}

const TABLES: Record<string, Table> = {
  Pod: POD,
  PodSpec: POD_SPEC,
  Container: CONTAINER,
  EphemeralContainer: EPHEMERAL_CONTAINER,
  SecurityContext: SECURITY_CONTEXT,
  PodSecurityContext: POD_SECURITY_CONTEXT,
  Volume: VOLUME,
  Capabilities: inside(SECURITY_CONTEXT, 'capabilities'),
  SELinuxOptions: inside(SECURITY_CONTEXT, 'seLinuxOptions'),
  ContainerPort: inside(CONTAINER, 'ports'),
  VolumeMount: inside(CONTAINER, 'volumeMounts'),
  Probe: inside(CONTAINER, 'livenessProbe'),
  Lifecycle: inside(CONTAINER, 'lifecycle'),
  LifecycleHandler: inside(CONTAINER, 'lifecycle', 'preStop'),
  HTTPGetAction: inside(CONTAINER, 'readinessProbe', 'httpGet'),
  TCPSocketAction: inside(CONTAINER, 'startupProbe', 'tcpSocket'),
  ImageVolumeSource: inside(VOLUME, 'image'),
};

describe('the field table', () => {
  it('has a table for every type of the schema', () => {
    expect(Object.keys(TABLES)).toEqual(Object.keys(SCHEMA));
  });
  it.each(Object.keys(SCHEMA))('has a row for every field of %s, and no other', type => {
    expect([...TABLES[type]!.keys()].sort()).toEqual(SCHEMA[type]);
  });
  it('says why in every row', () => {
    const rows = Object.values(TABLES).flatMap(table => [...table.values()]);
    const why = (row: Row): string => (row.fate === 'table' ? 'a table' : row.why);
    expect(rows.filter(row => why(row).length < 6)).toEqual([]);
  });
});

const container = (fields: object) => codes(reasons(pod({ ...fields })));
const spec = (fields: object) => codes(reasons(pod({}, { ...fields })));

describe('rights that were not granted', () => {
  it.each([
    ['hostNetwork', { hostNetwork: true }],
    ['hostPID', { hostPID: true }],
    ['hostIPC', { hostIPC: true }],
    ['resourceClaims', { resourceClaims: [{ name: 'gpu' }] }],
    ['hostPath', { volumes: [{ name: 'v', hostPath: { path: '/' } }] }],
    ['sysctl', { securityContext: { sysctls: [{ name: 'kernel.shm_rmid_forced', value: '1' }] } }],
    [
      'another value of our sysctl',
      { securityContext: { sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '0' }] } },
    ],
    ['inherited user 0', { securityContext: { runAsUser: 0 } }],
    ['inherited runAsNonRoot: false', { securityContext: { runAsNonRoot: false } }],
  ])('%s of the pod', (_, fields) => {
    expect(spec(fields)).toEqual(['ADMISSION_EXCESS']);
  });
  it.each([
    ['user 0', { securityContext: { runAsUser: 0 } }],
    ['runAsNonRoot: false', { securityContext: { runAsNonRoot: false } }],
    ['escalation', { securityContext: { allowPrivilegeEscalation: true } }],
    ['a writable root', { securityContext: { readOnlyRootFilesystem: false } }],
    ['procMount', { securityContext: { procMount: 'Unmasked' } }],
    ['hostPort', { ports: [{ containerPort: 80, hostPort: 80 }] }],
  ])('%s of a container', (_, fields) => {
    expect(container(fields)).toEqual(['ADMISSION_EXCESS']);
  });
});

describe('what nobody is granted', () => {
  it.each([
    ['gitRepo', { volumes: [{ name: 'v', gitRepo: { repository: 'x' } }] }, 'ADMISSION_DENIED_FIELD'],
    ['flexVolume', { volumes: [{ name: 'v', flexVolume: { driver: 'x' } }] }, 'ADMISSION_DENIED_FIELD'],
    ['runtime class', { runtimeClassName: 'kata' }, 'ADMISSION_RUNTIME_CLASS'],
    ['windows by os', { os: { name: 'windows' } }, 'ADMISSION_WINDOWS'],
    ['windows by nodeSelector', { nodeSelector: { 'kubernetes.io/os': 'windows' } }, 'ADMISSION_WINDOWS'],
    ['windows by options', { securityContext: { windowsOptions: {} } }, 'ADMISSION_WINDOWS'],
  ])('%s', (_, fields, code) => {
    expect(new Set(spec(fields))).toEqual(new Set([code]));
  });
  it.each([
    ['privileged', { securityContext: { privileged: true } }, 'ADMISSION_PRIVILEGED'],
    ['privileged of another type', { securityContext: { privileged: 'false' } }, 'ADMISSION_PRIVILEGED'],
    ['windowsOptions', { securityContext: { windowsOptions: { hostProcess: true } } }, 'ADMISSION_WINDOWS'],
    [
      'AppArmor Unconfined',
      { securityContext: { appArmorProfile: { type: 'Unconfined' } } },
      'ADMISSION_DENIED_FIELD',
    ],
    ['SELinux spc_t', { securityContext: { seLinuxOptions: { type: 'spc_t' } } }, 'ADMISSION_DENIED_FIELD'],
    ['SELinux user', { securityContext: { seLinuxOptions: { user: 'system_u' } } }, 'ADMISSION_DENIED_FIELD'],
    [
      'a probe of another host',
      { livenessProbe: { httpGet: { host: '10.0.0.1', port: 80 } } },
      'ADMISSION_DENIED_FIELD',
    ],
    [
      'a hook to another host',
      { lifecycle: { preStop: { tcpSocket: { host: 'db', port: 1 } } } },
      'ADMISSION_DENIED_FIELD',
    ],
    [
      'mounts that propagate',
      { volumeMounts: [{ name: 'v', mountPropagation: 'Bidirectional' }] },
      'ADMISSION_DENIED_FIELD',
    ],
  ])('%s', (_, fields, code) => {
    expect(container(fields)).toEqual([code]);
  });
});

describe('values of the wrong type', () => {
  it.each([
    { hostPID: 'true' },
    { hostNetwork: 1 },
    { shareProcessNamespace: 'x' },
    { os: 'linux' },
    { nodeSelector: [] },
    { securityContext: 'x' },
    { volumes: [3] },
  ])('%j of the pod', fields => {
    expect(spec(fields).every(code => code === 'ADMISSION_POD')).toBe(true);
    expect(spec(fields)).not.toEqual([]);
  });
  it.each([
    { securityContext: { runAsUser: '0' } },
    { securityContext: { runAsNonRoot: 1 } },
    { securityContext: { capabilities: [] } },
    { securityContext: { capabilities: { add: 'ALL' } } },
    { securityContext: { procMount: 'x' } },
    { securityContext: { seccompProfile: 'x' } },
    { securityContext: { seccompProfile: {} } },
    { securityContext: { seccompProfile: { type: 'Localhost', localhostProfile: 1 } } },
    { ports: {} },
    { ports: [{ hostPort: '80' }] },
  ])('%j of a container', fields => {
    expect(container(fields)).toEqual(['ADMISSION_POD']);
  });
});

describe('what is allowed', () => {
  it.each([
    {
      securityContext: {
        privileged: false,
        runAsUser: 1000,
        runAsNonRoot: false,
        runAsGroup: 0,
        allowPrivilegeEscalation: false,
        readOnlyRootFilesystem: true,
        procMount: 'Default',
        appArmorProfile: { type: 'RuntimeDefault' },
        seLinuxOptions: { level: 's0:c1', type: 'container_t', user: '' },
        capabilities: { drop: ['ALL', 'NET_RAW'] },
      },
    },
    {
      ports: [{ containerPort: 8080, hostPort: 0 }],
      readinessProbe: { httpGet: { port: 1, host: '127.0.0.1' } },
    },
    { volumeMounts: [{ name: 'v', mountPropagation: 'HostToContainer' }], resources: { limits: { cpu: 1 } } },
  ])('%j of a container', fields => {
    expect(container(fields)).toEqual([]);
  });
  it.each([
    {
      hostNetwork: false,
      hostUsers: false,
      os: { name: 'linux' },
      nodeSelector: { 'kubernetes.io/os': 'linux', x: 'y' },
    },
    {
      securityContext: {
        sysctls: [{ name: 'net.ipv4.ip_unprivileged_port_start', value: '1024' }],
        fsGroup: 1,
      },
    },
    {
      volumes: [
        { name: 'a', emptyDir: {} },
        { name: 'b', persistentVolumeClaim: { claimName: 'x' } },
        { name: 'c', projected: {} },
      ],
    },
  ])('%j of a pod', fields => {
    expect(spec(fields)).toEqual([]);
  });
  it('what was granted', () => {
    const root = {
      image: 'registry.example/team/root:1',
      securityContext: { runAsUser: 0, readOnlyRootFilesystem: false },
    };
    expect(codes(reasons(pod(root)))).toEqual([]);
    expect(codes(reasons(mutated(pod(root)), 'validate'))).toEqual([]);
    const admission = cluster({
      policies: [
        policy({ authority: grants({ network: 'user', privilege: 'escalate' }), ignoreSigned: true }),
      ],
    });
    const escalates = pod({ image: `${APP}:1`, securityContext: { allowPrivilegeEscalation: true } });
    expect(reasons(escalates, 'mutate', admission)).toEqual([]);
  });
});
