/**
 * PodSpec, Kubernetes 1.32 to 1.36.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#PodSpec
 */
import { isJsonObject, member } from '../../json/types.js';
import {
  deny,
  flag,
  harmless,
  listOf,
  malformed,
  objectOf,
  right,
  rows,
  type Row,
  type Table,
} from './model.js';
import { POD_SECURITY_CONTEXT } from './security-context.js';
import { VOLUME } from './volume.js';

const SCHEDULING = harmless('says where and when the pod runs, not what it may do');
const NAMES = harmless('names that the pod has or resolves');
const ELSEWHERE = harmless('read container by container');

const runtimeClass: Row = right('another runtime may ignore the profile', (_, field) => [
  deny(field, 'names a runtime class that no policy lists', 'ADMISSION_RUNTIME_CLASS'),
]);

const os: Row = right('the profile is one of Linux', (value, field) => {
  if (!isJsonObject(value)) return [malformed(field, 'an object')];
  return member(value, 'name') === 'linux' ? [] : [windows(field)];
});

const nodeSelector: Row = right('the profile is one of Linux', (value, field) => {
  if (!isJsonObject(value)) return [malformed(field, 'an object')];
  const named = member(value, 'kubernetes.io/os') ?? 'linux';
  return named === 'linux' ? [] : [windows(`${field}["kubernetes.io/os"]`)];
});

const windows = (field: string) => deny(field, 'asks for a system other than Linux', 'ADMISSION_WINDOWS');

const shareProcesses: Row = right('a container reaches the processes of the others', (value, field) => {
  if (typeof value !== 'boolean') return [malformed(field, 'a boolean')];
  return value ? [{ kind: 'join', field, container: '*' }] : [];
});

const resourceClaims: Row = right('a claim may bring devices of the node', (_, field) => [
  { kind: 'grant', field, domain: 'host.devices', level: 'view' },
]);

export const POD_SPEC: Table = new Map<string, Row>([
  ...rows(ELSEWHERE, 'containers', 'initContainers', 'ephemeralContainers'),
  ...rows(
    SCHEDULING,
    'activeDeadlineSeconds',
    'affinity',
    'nodeName',
    'overhead',
    'preemptionPolicy',
    'priority',
    'priorityClassName',
    'readinessGates',
    'restartPolicy',
    'schedulerName',
    'schedulingGates',
    'schedulingGroup',
    'terminationGracePeriodSeconds',
    'tolerations',
    'topologySpreadConstraints',
    'workloadRef',
  ),
  ...rows(
    NAMES,
    'dnsConfig',
    'dnsPolicy',
    'enableServiceLinks',
    'hostAliases',
    'hostname',
    'hostnameOverride',
    'setHostnameAsFQDN',
    'subdomain',
  ),
  ['resources', harmless('quantities: this catalogue has no domain for them')],
  ['imagePullSecrets', harmless('which bytes arrive is decided by the digest')],
  ...rows(
    harmless('an identity in the cluster: this catalogue has no domain for it'),
    'automountServiceAccountToken',
    'serviceAccount',
    'serviceAccountName',
  ),
  ['hostUsers', harmless('false is tighter, true is what an unset field means')],
  ['hostIPC', flag(true, 'host.ipc', 'host', 'the IPC namespace of the node')],
  ['hostNetwork', flag(true, 'network.host', 'host', 'the network namespace of the node')],
  ['hostPID', flag(true, 'host.processes', 'view', 'the processes of the node')],
  ['nodeSelector', nodeSelector],
  ['os', os],
  ['resourceClaims', resourceClaims],
  ['runtimeClassName', runtimeClass],
  ['securityContext', objectOf(POD_SECURITY_CONTEXT)],
  ['shareProcessNamespace', shareProcesses],
  ['volumes', listOf(VOLUME)],
]);

const RECORD = harmless('a record, never an instruction');

/** The members of a Pod itself. */
export const POD: Table = new Map<string, Row>([
  ...rows(RECORD, 'apiVersion', 'kind', 'metadata', 'status'),
  ['spec', harmless('read by the table of PodSpec')],
]);
