/**
 * Swarm: a stack file with the members of a service `app`. Swarm services have neither security options nor namespaces of
 * the node; `docker stack deploy` prints what it ignores, and none of this may be among it.
 *
 * https://docs.docker.com/reference/compose-file/legacy-versions/
 */
import type { JsonObject } from '../../json/types.js';
import type { Profile, ProfileParts } from '../profile.js';
import { sharedMembers } from './compose.js';
import { ENGINE_GAPS } from './docker.js';
import { gap, unexpressedOf, type Emission, type Gaps } from './emission.js';
import { fixedDevices, noFilter, notShared } from './gaps.js';
import { isOffline, isOwn, may } from './words.js';

const GAPS: Gaps = {
  ...ENGINE_GAPS,
  calls: noFilter('swarm services take no seccomp file: the engine’s own filter stays'),
  namespaces: notShared(
    'swarm services share no namespace but that of the network',
    'pid',
    'ipc',
    'uts',
    'cgroup',
  ),
  devices: fixedDevices('swarm services have no rules for the device cgroup'),
  freedoms: gap(
    'no-new-privileges',
    parts => !may(parts, 'gain-privileges'),
    'swarm services cannot set no_new_privs: start the engines with --no-new-privileges',
  ),
};

export function emitSwarm(profile: Profile): Emission<JsonObject> {
  const { parts } = profile;
  const network = predefinedNetwork(parts);
  const service = { ...sharedMembers(parts), ...(network === undefined ? {} : { networks: [network] }) };
  return {
    output: {
      version: '3.8',
      services: { app: service },
      ...(network === undefined ? {} : { networks: { [network]: { external: true, name: network } } }),
    },
    unexpressed: unexpressedOf(GAPS, profile),
  };
}

/** `host` and `none` are networks that every engine has. */
function predefinedNetwork(parts: ProfileParts): 'host' | 'none' | undefined {
  if (!isOwn(parts, 'network')) return 'host';
  return isOffline(parts) ? 'none' : undefined;
}
