/**
 * Kubernetes: the container's securityContext, the fields of the pod, the least Pod Security level that lets it in, and a
 * NetworkPolicy. The pod names the intent; each node's agent puts the seccomp file for its own architecture and runtime
 * under that name.
 */
import type { JsonObject } from '../../json/types.js';
import type { Profile, ProfileParts } from '../profile.js';
import { gap, gapsOf, SAID, unexpressedOf, type Emission, type Gaps } from './emission.js';
import {
  fixedDevices,
  fixedMasks,
  fixedReadonly,
  notShared,
  sysctlsOfNode,
  unlessBare,
  unsaidItems,
  withoutAmbient,
} from './gaps.js';
import { hostPaths, hostPorts, MOUNTED_ITEMS, noLimit } from './items.js';
import { networkPolicy } from './network-policy.js';
import { podSecurityLevel } from './pod-security.js';
import { isBare, isOffline, isOwn, may, shortCapabilities, sysctlsOf } from './words.js';

const GAPS: Gaps = {
  calls: SAID,
  namespaces: gapsOf(
    gap(
      'network.namespace',
      isOffline,
      'the containers of a pod share one network namespace; the filter still refuses all sockets but AF_UNIX',
    ),
    notShared('a pod cannot choose its cgroup namespace', 'cgroup'),
  ),
  maskedPaths: unlessBare(fixedMasks('a pod cannot unmask single paths')),
  readonlyPaths: unlessBare(fixedReadonly('a pod cannot make single paths writable')),
  devices: fixedDevices('a pod has no rules for the device cgroup'),
  freedoms: SAID,
  capabilities: withoutAmbient('a pod'),
  foundation: sysctlsOfNode,
  items: gapsOf(MOUNTED_ITEMS, unsaidItems('a pod takes devices from plug-ins of its node', 'device')),
  limits: noLimit('a pod has no such limit', 'pids', 'open-files'),
};

export function emitKubernetes(profile: Profile): Emission<JsonObject> {
  return {
    output: {
      securityContext: securityContext(profile),
      container: containerFields(profile.parts),
      pod: podFields(profile),
      podSecurity: podSecurityLevel(profile.parts),
      networkPolicy: networkPolicy(profile),
    },
    unexpressed: unexpressedOf(GAPS, profile),
  };
}

function securityContext({ parts, intent }: Profile): JsonObject {
  const add = shortCapabilities(parts);
  return {
    allowPrivilegeEscalation: may(parts, 'gain-privileges'),
    capabilities: add.length > 0 ? { drop: ['ALL'], add } : { drop: ['ALL'] },
    privileged: false,
    ...(isBare(parts) ? { procMount: 'Unmasked' } : {}),
    readOnlyRootFilesystem: !may(parts, 'write-root'),
    ...(may(parts, 'run-as-root') ? {} : { runAsNonRoot: true }),
    seccompProfile: { type: 'Localhost', localhostProfile: `writ/${intent}.json` },
  };
}

function podFields({ parts }: Profile): JsonObject {
  const sysctls = sysctlsOf(parts).map(([name, value]) => ({ name, value }));
  const volumes = hostPaths(parts).map(({ path }, i) => ({ name: volumeName(i), hostPath: { path } }));
  return {
    automountServiceAccountToken: may(parts, 'mount-token'),
    hostIPC: !isOwn(parts, 'ipc'),
    hostNetwork: !isOwn(parts, 'network'),
    hostPID: !isOwn(parts, 'pid'),
    securityContext: { sysctls },
    ...(volumes.length > 0 ? { volumes } : {}),
  };
}

const volumeName = (index: number): string => `writ-${index}`;

/** What a container has beside its securityContext. */
function containerFields(parts: ProfileParts): JsonObject {
  const { limits } = parts;
  const [memory, cpu] = [limits.get('memory'), limits.get('cpu')];
  const most = {
    ...(memory === undefined ? {} : { memory: String(memory) }),
    ...(cpu === undefined ? {} : { cpu: `${cpu}m` }),
  };
  const mounts = hostPaths(parts).map(({ path, readOnly }, i) => ({
    name: volumeName(i),
    mountPath: path,
    readOnly,
  }));
  const ports = hostPorts(parts).map(({ port, protocol }) => ({
    containerPort: port,
    hostPort: port,
    protocol: protocol.toUpperCase(),
  }));
  return {
    ...(mounts.length > 0 ? { volumeMounts: mounts } : {}),
    ...(ports.length > 0 ? { ports } : {}),
    ...(Object.keys(most).length > 0 ? { resources: { limits: most } } : {}),
  };
}
