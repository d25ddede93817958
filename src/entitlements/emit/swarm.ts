/**
 * Swarm: a stack file with the members of a service `app`. Swarm services have neither security options nor namespaces of
 * the node; `docker stack deploy` prints what it ignores, and none of this may be among it.
 *
 * https://docs.docker.com/reference/compose-file/legacy-versions/
 */
import type { JsonObject } from '../../json/types.js';
import type { Profile, ProfileParts } from '../profile.js';
import { sharedMembers, ulimits, volumes } from './compose.js';
import { ENGINE_GAPS } from './docker.js';
import { gap, gapsOf, unexpressedOf, type Emission, type Gaps } from './emission.js';
import { fixedDevices, fixedMasks, fixedReadonly, noFilter, notShared, unsaidItems } from './gaps.js';
import { cpusOf, hostPorts, MOUNTED_ITEMS } from './items.js';
import { isOffline, isOwn, may } from './words.js';

const LISTS = 'swarm services cannot lift the engine’s list of paths';

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
  maskedPaths: fixedMasks(LISTS),
  readonlyPaths: fixedReadonly(LISTS),
  freedoms: gap(
    'no-new-privileges',
    parts => !may(parts, 'gain-privileges'),
    'swarm services cannot set no_new_privs: start the engines with --no-new-privileges',
  ),
  items: gapsOf(MOUNTED_ITEMS, unsaidItems('swarm services take no devices', 'device')),
};

export function emitSwarm(profile: Profile): Emission<JsonObject> {
  const { parts } = profile;
  const network = predefinedNetwork(parts);
  const service = {
    ...sharedMembers(parts),
    ...volumes(parts),
    ...ports(parts),
    ...ulimits(parts),
    ...resources(parts),
    ...(network === undefined ? {} : { networks: [network] }),
  };
  return {
    output: {
      version: '3.9',
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

/** On the node itself, not on every node of the swarm. */
function ports(parts: ProfileParts): JsonObject {
  const published = hostPorts(parts).map(({ port, protocol }) => ({
    target: port,
    published: port,
    protocol,
    mode: 'host',
  }));
  return published.length > 0 ? { ports: published } : {};
}

/** Memory in bytes. */
function resources(parts: ProfileParts): JsonObject {
  const [memory, pids, cpus] = [parts.limits.get('memory'), parts.limits.get('pids'), cpusOf(parts)];
  const limits = {
    ...(memory === undefined ? {} : { memory: String(memory) }),
    ...(pids === undefined ? {} : { pids }),
    ...(cpus === undefined ? {} : { cpus }),
  };
  return Object.keys(limits).length > 0 ? { deploy: { resources: { limits } } } : {};
}
