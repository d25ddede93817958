/**
 * Compose: the members of a service `app`, as a file to merge with one's own (`docker-compose -f own.yml -f this.yml`).
 * It expects the format `docker-seccomp` in a file `<intent>.json`.
 *
 * https://github.com/compose-spec/compose-spec/blob/main/spec.md
 */
import type { JsonObject } from '../../json/types.js';
import type { Profile, ProfileParts } from '../profile.js';
import { ENGINE_GAPS } from './docker.js';
import { unexpressedOf, type Emission } from './emission.js';
import { cpusOf, deviceArguments, hostPaths, hostPorts } from './items.js';
import { isBare, isOffline, isOwn, may, shortCapabilities, sysctlsOf, userOf } from './words.js';

export function emitCompose(profile: Profile): Emission<JsonObject> {
  const { parts, intent } = profile;
  const sealed = may(parts, 'gain-privileges') ? [] : ['no-new-privileges:true'];
  const paths = isBare(parts) ? ['systempaths:unconfined'] : [];
  const devices = parts.devices.map(({ type, access }) => `${type} *:* ${access}`);
  const service = {
    ...sharedMembers(parts),
    ...namespaces(parts),
    ...(devices.length > 0 ? { device_cgroup_rules: devices } : {}),
    ...items(parts),
    ...limits(parts),
    security_opt: [...sealed, ...paths, `seccomp:${intent}.json`],
  };
  return { output: { services: { app: service } }, unexpressed: unexpressedOf(ENGINE_GAPS, profile) };
}

/** What Compose and Swarm files say alike. */
export function sharedMembers(parts: ProfileParts): JsonObject {
  const add = shortCapabilities(parts);
  const user = userOf(parts);
  return {
    cap_drop: ['ALL'],
    ...(add.length > 0 ? { cap_add: add } : {}),
    read_only: !may(parts, 'write-root'),
    sysctls: Object.fromEntries(sysctlsOf(parts)),
    ...(user === undefined ? {} : { user }),
  };
}

/** A cgroup namespace of its own is what an engine gives with cgroup v2, and what older Compose has no word for. */
function namespaces(parts: ProfileParts): JsonObject {
  const host = ['pid', 'ipc', 'uts', 'cgroup'].filter(type => !isOwn(parts, type));
  const mode = isOwn(parts, 'network') ? (isOffline(parts) ? 'none' : undefined) : 'host';
  return {
    ...Object.fromEntries(host.map(type => [type, 'host'])),
    ...(mode === undefined ? {} : { network_mode: mode }),
  };
}

/** What Compose and Swarm files say alike of paths of the node. */
export function volumes(parts: ProfileParts): JsonObject {
  const mounts = hostPaths(parts).map(({ path, readOnly }) => ({
    type: 'bind',
    source: path,
    target: path,
    read_only: readOnly,
  }));
  return mounts.length > 0 ? { volumes: mounts } : {};
}

function items(parts: ProfileParts): JsonObject {
  const ports = hostPorts(parts).map(({ port, protocol }) => `${port}:${port}/${protocol}`);
  const devices = deviceArguments(parts);
  return {
    ...volumes(parts),
    ...(ports.length > 0 ? { ports } : {}),
    ...(devices.length > 0 ? { devices } : {}),
  };
}

/** What Compose and Swarm files say alike of open files. */
export function ulimits(parts: ProfileParts): JsonObject {
  const files = parts.limits.get('open-files');
  return files === undefined ? {} : { ulimits: { nofile: { soft: files, hard: files } } };
}

function limits(parts: ProfileParts): JsonObject {
  const [memory, pids, cpus] = [parts.limits.get('memory'), parts.limits.get('pids'), cpusOf(parts)];
  return {
    ...(memory === undefined ? {} : { mem_limit: memory }),
    ...(pids === undefined ? {} : { pids_limit: pids }),
    ...(cpus === undefined ? {} : { cpus: Number(cpus) }),
    ...ulimits(parts),
  };
}
