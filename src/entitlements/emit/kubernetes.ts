/**
 * Kubernetes: the container's securityContext, the fields of the pod, the least Pod Security level that lets it in, and a
 * NetworkPolicy. The pod names the intent; each node's agent puts the seccomp file for its own architecture and runtime
 * under that name.
 */
import type { JsonObject } from '../../json/types.js';
import type { Profile } from '../profile.js';
import { gap, gapsOf, SAID, unexpressedOf, type Emission, type Gaps } from './emission.js';
import {
  fixedDevices,
  fixedMasks,
  fixedReadonly,
  notShared,
  sysctlsOfNode,
  withoutAmbient,
  noItems,
  noLimits,
} from './gaps.js';
import { networkPolicy } from './network-policy.js';
import { podSecurityLevel } from './pod-security.js';
import { isOffline, isOwn, may, shortCapabilities, sysctlsOf } from './words.js';

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
  maskedPaths: fixedMasks('a pod cannot unmask single paths'),
  readonlyPaths: fixedReadonly('a pod cannot make single paths writable'),
  devices: fixedDevices('a pod has no rules for the device cgroup'),
  freedoms: SAID,
  capabilities: withoutAmbient('a pod'),
  foundation: sysctlsOfNode,
  items: noItems('has to be given where the container is started'),
  limits: noLimits('has to be given where the container is started'),
};

export function emitKubernetes(profile: Profile): Emission<JsonObject> {
  return {
    output: {
      securityContext: securityContext(profile),
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
    readOnlyRootFilesystem: !may(parts, 'write-root'),
    ...(may(parts, 'run-as-root') ? {} : { runAsNonRoot: true }),
    seccompProfile: { type: 'Localhost', localhostProfile: `writ/${intent}.json` },
  };
}

function podFields({ parts }: Profile): JsonObject {
  const sysctls = sysctlsOf(parts).map(([name, value]) => ({ name, value }));
  return {
    automountServiceAccountToken: may(parts, 'mount-token'),
    hostIPC: !isOwn(parts, 'ipc'),
    hostNetwork: !isOwn(parts, 'network'),
    hostPID: !isOwn(parts, 'pid'),
    securityContext: { sysctls },
  };
}
