/**
 * LinuxKit: the members of a service in `linuxkit.yml` (or of the label `org.mobyproject.config`). Namespaces are the node's
 * unless the file says `new`, except those for mounts, processes and cgroups, which are always of the service's own.
 *
 * https://github.com/linuxkit/linuxkit/blob/master/docs/yaml.md
 */
import type { JsonObject } from '../../json/types.js';
import type { Profile, ProfileParts } from '../profile.js';
import { gapsOf, SAID, unexpressedOf, type Emission, type Gaps } from './emission.js';
import { noFilter, notShared, sysctlsOfNode, undecided, unsaidItems } from './gaps.js';
import { hostPaths } from './items.js';
import { limitsOf, ROOT_OF_NODE } from './oci-items.js';
import { deviceRules } from './oci.js';
import { ambientOf, isOwn, may, sysctlsOf } from './words.js';

const GAPS: Gaps = {
  calls: noFilter('a linuxkit service has no filter of system calls'),
  capabilities: SAID,
  namespaces: notShared('a linuxkit service always has a cgroup namespace of its own', 'cgroup'),
  maskedPaths: SAID,
  readonlyPaths: SAID,
  devices: SAID,
  freedoms: SAID,
  foundation: sysctlsOfNode,
  items: gapsOf(
    unsaidItems('a linuxkit file has no word for it', 'port', 'api', 'device'),
    ROOT_OF_NODE,
    undecided,
  ),
  limits: SAID,
};

const orNone = (names: readonly string[]): readonly string[] => (names.length > 0 ? names : ['none']);

export function emitLinuxkit(profile: Profile): Emission<JsonObject> {
  const { parts } = profile;
  const { capabilities, maskedPaths, readonlyPaths, foundation } = parts;
  const { uid, gid } = foundation.nonroot;
  const files = parts.limits.get('open-files');
  const binds = hostPaths(parts).map(({ path, readOnly }) => `${path}:${path}:${readOnly ? 'ro' : 'rw'}`);
  return {
    output: {
      capabilities: orNone(capabilities),
      ambient: orNone(ambientOf(parts)),
      net: namespace(parts, 'network'),
      ipc: namespace(parts, 'ipc'),
      uts: namespace(parts, 'uts'),
      pid: namespace(parts, 'pid'),
      readonly: !may(parts, 'write-root'),
      maskedPaths,
      readonlyPaths,
      noNewPrivileges: !may(parts, 'gain-privileges'),
      resources: { devices: deviceRules(parts), ...limitsOf(parts) },
      ...(files === undefined ? {} : { rlimits: [`nofile,${files},${files}`] }),
      ...(binds.length > 0 ? { binds } : {}),
      sysctl: Object.fromEntries(sysctlsOf(parts)),
      ...(may(parts, 'run-as-root') ? {} : { uid, gid }),
    },
    unexpressed: unexpressedOf(GAPS, profile),
  };
}

const namespace = (parts: ProfileParts, type: string): string => (isOwn(parts, type) ? 'new' : 'host');
