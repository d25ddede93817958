/**
 * Container and EphemeralContainer, Kubernetes 1.32 to 1.36.
 * https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/#Container
 */
import { isJsonObject, member } from '../../json/types.js';
import {
  grant,
  deny,
  harmless,
  listOf,
  malformed,
  objectOf,
  right,
  rows,
  type Row,
  type Table,
} from './model.js';

const PROGRAM = harmless('what runs inside the profile, not how far it reaches');

/** Kubelets send these requests from the node's own network. As Pod Security `baseline` has it. */
const probeHost: Row = right('the kubelet would connect there from the node', (value, field) =>
  typeof value === 'string' && ['', '127.0.0.1', '::1'].includes(value)
    ? []
    : [deny(field, 'makes the kubelet connect to another host')],
);

const HTTP_GET: Table = new Map<string, Row>([
  ...rows(PROGRAM, 'httpHeaders', 'path', 'port', 'scheme'),
  ['host', probeHost],
]);
const TCP_SOCKET: Table = new Map<string, Row>([
  ['port', PROGRAM],
  ['host', probeHost],
]);
const ACTIONS: readonly [string, Row][] = [
  ['exec', PROGRAM],
  ['httpGet', objectOf(HTTP_GET)],
  ['tcpSocket', objectOf(TCP_SOCKET)],
];
const HANDLER: Table = new Map<string, Row>([...ACTIONS, ['sleep', PROGRAM]]);
const PROBE: Table = new Map<string, Row>([
  ...ACTIONS,
  ...rows(
    PROGRAM,
    'grpc',
    'failureThreshold',
    'initialDelaySeconds',
    'periodSeconds',
    'successThreshold',
    'terminationGracePeriodSeconds',
    'timeoutSeconds',
  ),
]);
const LIFECYCLE: Table = new Map<string, Row>([
  ['postStart', objectOf(HANDLER)],
  ['preStop', objectOf(HANDLER)],
  ['stopSignal', PROGRAM],
]);

const hostPort: Row = right('a port of the node', (value, field, whole) => {
  if (typeof value !== 'number') return [malformed(field, 'a number')];
  const protocol = member(whole, 'protocol') ?? 'TCP';
  if (typeof protocol !== 'string') return [malformed(field, 'a port of a protocol')];
  return value === 0 ? [] : [grant(field, 'host.ports', `${value}/${protocol.toLowerCase()}`)];
});
const PORT: Table = new Map<string, Row>([
  ...rows(harmless('says which port it serves'), 'containerPort', 'hostIP', 'name', 'protocol'),
  ['hostPort', hostPort],
]);

const propagation: Row = right('mounts could reach the node', (value, field) =>
  value === 'None' || value === 'HostToContainer'
    ? []
    : [deny(field, 'lets mounts of the container reach the node')],
);
const VOLUME_MOUNT: Table = new Map<string, Row>([
  ...rows(
    harmless('where a volume appears; the volume has a row of its own'),
    'mountPath',
    'name',
    'readOnly',
    'recursiveReadOnly',
    'subPath',
    'subPathExpr',
  ),
  ['mountPropagation', propagation],
]);

const target: Row = right('reaches the processes of that container', (value, field) => {
  if (typeof value !== 'string') return [malformed(field, 'a string')];
  return value === '' ? [] : [{ kind: 'join', field, container: value }];
});

/** Read together with what the container inherits; here only that it is an object. */
const securityContext: Row = right('has a table of its own', (value, field) =>
  isJsonObject(value) ? [] : [malformed(field, 'an object')],
);

export const CONTAINER: Table = new Map<string, Row>([
  ...rows(PROGRAM, 'args', 'command', 'env', 'envFrom', 'workingDir'),
  ...rows(PROGRAM, 'stdin', 'stdinOnce', 'tty', 'terminationMessagePath', 'terminationMessagePolicy'),
  ...rows(PROGRAM, 'restartPolicy', 'restartPolicyRules'),
  ...rows(harmless('quantities: this catalogue has no domain for them'), 'resizePolicy', 'resources'),
  ...rows(harmless('read with the image'), 'image', 'name'),
  ['securityContext', securityContext],
  ['imagePullPolicy', harmless('which bytes arrive is decided by the digest')],
  ['volumeDevices', harmless('a block device of a claim: volumes have rows of their own')],
  ['ports', listOf(PORT)],
  ['volumeMounts', listOf(VOLUME_MOUNT)],
  ...rows(objectOf(PROBE), 'livenessProbe', 'readinessProbe', 'startupProbe'),
  ['lifecycle', objectOf(LIFECYCLE)],
]);

export const EPHEMERAL_CONTAINER: Table = new Map<string, Row>([
  ...CONTAINER,
  ['targetContainerName', target],
]);
