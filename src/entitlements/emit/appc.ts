/**
 * rkt: the isolators of an App Container, the user of its app, and `readOnlyRootFS` of the pod manifest. Its seccomp isolator is a
 * list of names without conditions: calls that are permitted for some arguments only stay out of it.
 *
 * https://github.com/appc/spec/blob/master/spec/ace.md
 */
import type { JsonObject, JsonValue } from '../../json/types.js';
import { partsOf } from '../parts.js';
import type { Profile, ProfileParts } from '../profile.js';
import { gap, gapsOf, SAID, unexpressedOf, type Emission, type Gaps } from './emission.js';
import {
  fixedDevices,
  fixedMasks,
  fixedReadonly,
  notShared,
  sysctlsOfNode,
  withoutAmbient,
  noItems,
} from './gaps.js';
import { noLimit } from './items.js';
import { may, sysctlsOf } from './words.js';

const GAPS: Gaps = {
  calls: gapsOf(
    gap(
      'seccomp.arguments',
      ({ calls }) => calls.some(({ permits }) => typeof permits === 'object'),
      ({ calls }) =>
        `an isolator names calls without conditions: ${calls
          .filter(({ permits }) => typeof permits === 'object')
          .map(({ name }) => name)
          .join(', ')} are refused whole`,
    ),
    gap('seccomp.errno', () => true, 'an isolator has one error for every refused call: ENOSYS'),
  ),
  capabilities: withoutAmbient('an app'),
  namespaces: notShared(
    'the namespaces of a pod are chosen where it is started',
    'network',
    'pid',
    'ipc',
    'uts',
    'cgroup',
  ),
  maskedPaths: fixedMasks('an isolator has no list of paths'),
  readonlyPaths: fixedReadonly('an isolator has no list of paths'),
  devices: fixedDevices('there is no isolator for devices'),
  freedoms: SAID,
  foundation: sysctlsOfNode,
  items: noItems('is given where the pod is started'),
  limits: noLimit('there is no isolator for it', 'pids', 'open-files'),
};

export function emitAppc(profile: Profile): Emission<JsonObject> {
  const { parts } = profile;
  const { uid, gid } = parts.foundation.nonroot;
  return {
    output: {
      app: {
        ...(may(parts, 'run-as-root') ? {} : { user: String(uid), group: String(gid) }),
        isolators: isolators(parts),
      },
      readOnlyRootFS: !may(parts, 'write-root'),
    },
    unexpressed: unexpressedOf(GAPS, profile),
  };
}

function isolators(parts: ProfileParts): JsonObject[] {
  const always = parts.calls.filter(({ permits }) => permits === 'always').map(({ name }) => name);
  const [memory, cpu] = [parts.limits.get('memory'), parts.limits.get('cpu')];
  const sysctls = Object.fromEntries(sysctlsOf(parts));
  return [
    capabilities(parts),
    isolator('os/linux/seccomp-retain-set', { errno: 'ENOSYS', set: always }),
    isolator('os/linux/no-new-privileges', !may(parts, 'gain-privileges')),
    isolator('os/unix/sysctl', sysctls),
    ...(memory === undefined ? [] : [isolator('resource/memory', { limit: String(memory) })]),
    ...(cpu === undefined ? [] : [isolator('resource/cpu', { limit: `${cpu}m` })]),
  ];
}

/** A set to retain must not be empty: where nothing is granted, all that there are, are removed. */
function capabilities({ capabilities: granted, grants }: ProfileParts): JsonObject {
  if (granted.length > 0) return isolator('os/linux/capabilities-retain-set', { set: granted });
  const { domains, reserved } = grants.catalogue;
  const known = [
    ...[...domains.values()].flatMap(domain =>
      partsOf(domain).flatMap(({ effects }) => effects.capabilities),
    ),
    ...reserved.flatMap(each => each.capabilities),
  ];
  return isolator('os/linux/capabilities-remove-set', { set: [...new Set(known)].sort() });
}

const isolator = (name: string, value: JsonValue): JsonObject => ({ name, value });
