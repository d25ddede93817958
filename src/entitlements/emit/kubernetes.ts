/**
 * Kubernetes: the container's securityContext and the fields of the pod. The pod names the intent; each node's
 * agent puts the seccomp file for its own architecture and runtime under that name.
 */
import type { JsonObject } from '../../json/types.js';
import type { Profile } from '../profile.js';
import type { Emission, Unexpressed } from './emission.js';

export function emitKubernetes(profile: Profile): Emission {
  return {
    output: { securityContext: securityContext(profile), pod: podFields(profile) },
    unexpressed: unexpressedBy(profile),
  };
}

function securityContext({ parts, intent }: Profile): JsonObject {
  const { capabilities, freedoms } = parts;
  const add = capabilities.map(name => name.replace(/^CAP_/, ''));
  return {
    allowPrivilegeEscalation: freedoms.has('gain-privileges'),
    capabilities: add.length > 0 ? { drop: ['ALL'], add } : { drop: ['ALL'] },
    privileged: false,
    readOnlyRootFilesystem: !freedoms.has('write-root'),
    ...(freedoms.has('run-as-root') ? {} : { runAsNonRoot: true }),
    seccompProfile: { type: 'Localhost', localhostProfile: `writ/${intent}.json` },
  };
}

function podFields({ parts }: Profile): JsonObject {
  const sysctls = [...parts.foundation.sysctl].map(([name, value]) => ({ name, value }));
  return { hostPID: !parts.namespaces.includes('pid'), securityContext: { sysctls } };
}

/** Where the pod ends up with another right than the profile says, in either direction. */
function unexpressedBy({ parts }: Profile): Unexpressed[] {
  const { grants, foundation, capabilities, freedoms } = parts;
  const found: Unexpressed[] = [];
  const note = (missing: boolean, name: string, reason: string): void => {
    if (missing) found.push({ name, reason });
  };
  note(
    grants.rank('network') === 0,
    'network.namespace',
    'the containers of a pod share one network namespace; the filter still refuses all sockets but AF_UNIX',
  );
  note(
    foundation.maskedPaths.length !== parts.maskedPaths.length,
    'masked-paths',
    'a pod cannot unmask single paths',
  );
  note(
    foundation.readonlyPaths.length !== parts.readonlyPaths.length,
    'readonly-paths',
    'a pod cannot make single paths writable',
  );
  note(parts.devices.length > 0, 'devices', 'a pod has no rules for the device cgroup');
  note(
    capabilities.length > 0 && !freedoms.has('run-as-root'),
    'ambient-capabilities',
    `a pod cannot set ambient capabilities: ${capabilities.join(', ')} have no effect for a user other than 0`,
  );
  return found;
}
