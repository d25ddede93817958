/**
 * Docker: the arguments of `docker run`, and the seccomp file in Docker's format that they name.
 * `output.run` expects `output.seccomp` in a file `<intent>.json`.
 */
import type { JsonObject } from '../../json/types.js';
import type { Profile, ProfileParts } from '../profile.js';
import { gapsOf, SAID, unexpressedOf, type Emission, type Gaps } from './emission.js';
import { fixedMasks, fixedReadonly, sysctlsOfNode, unlessBare, withoutAmbient } from './gaps.js';
import { cpusOf, deviceArguments, ENGINE_ITEMS, hostPaths, hostPorts } from './items.js';
import { architecturesOf, ENOSYS, missingRules, rulesOf } from './seccomp.js';
import { isBare, isOffline, isOwn, may, shortCapabilities, sysctlsOf, userOf } from './words.js';

const LISTS = 'docker has no flag for single paths: its default list stays';

/** Of every way to start a container through a Docker engine. */
export const ENGINE_GAPS: Gaps = {
  calls: SAID,
  capabilities: withoutAmbient('docker'),
  namespaces: SAID,
  maskedPaths: unlessBare(fixedMasks(LISTS)),
  readonlyPaths: unlessBare(fixedReadonly(LISTS)),
  devices: SAID,
  freedoms: SAID,
  foundation: gapsOf(sysctlsOfNode),
  items: ENGINE_ITEMS,
  limits: SAID,
};

export function emitDocker(profile: Profile): Emission<JsonObject> {
  return {
    output: {
      run: [...dockerArguments(profile), ...bare(profile.parts)],
      seccomp: dockerSeccomp(profile.parts),
    },
    unexpressed: unexpressedOf(ENGINE_GAPS, profile),
  };
}

/** The `docker-seccomp` format: the file that `--security-opt seccomp=` and the Docker engine's own default take. */
export function emitDockerSeccomp({ parts }: Profile): Emission<JsonObject> {
  return { output: dockerSeccomp(parts), unexpressed: [] };
}

function dockerSeccomp(parts: ProfileParts): JsonObject {
  const [own = '', ...others] = architecturesOf(parts);
  return {
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: ENOSYS,
    // Without legacy32 there are no subArchitectures: the tables of other widths stay out of the filter.
    archMap: [{ architecture: own, subArchitectures: others }],
    // Engines before 23 do not read the default's number: what is known to be missing is named.
    syscalls: [...rulesOf(parts.calls), ...missingRules(parts.calls)],
  };
}

/** The arguments that `docker run` and `podman run` share. */
export function dockerArguments({ parts, intent }: Profile): string[] {
  const user = userOf(parts);
  return [
    '--cap-drop=ALL',
    ...shortCapabilities(parts).map(name => `--cap-add=${name}`),
    ...(may(parts, 'gain-privileges') ? [] : ['--security-opt=no-new-privileges']),
    `--security-opt=seccomp=${intent}.json`,
    ...(may(parts, 'write-root') ? [] : ['--read-only']),
    ...(user === undefined ? [] : [`--user=${user}`]),
    ...namespaceArguments(parts),
    ...parts.devices.map(({ type, access }) => `--device-cgroup-rule=${type} *:* ${access}`),
    ...sysctlsOf(parts).map(([name, value]) => `--sysctl=${name}=${value}`),
    ...itemArguments(parts),
    ...limitArguments(parts),
  ];
}

/** Where the profile has a namespace of its own, the engine's default is one, but for that of cgroups. */
function namespaceArguments(parts: ProfileParts): string[] {
  const shared = ['pid', 'ipc', 'uts'].filter(type => !isOwn(parts, type)).map(type => `--${type}=host`);
  const network = isOwn(parts, 'network') ? (isOffline(parts) ? ['--network=none'] : []) : ['--network=host'];
  return [...network, ...shared, `--cgroupns=${isOwn(parts, 'cgroup') ? 'private' : 'host'}`];
}

const itemArguments = (parts: ProfileParts): string[] => [
  ...hostPaths(parts).map(
    ({ path, readOnly }) => `--mount=type=bind,source=${path},target=${path}${readOnly ? ',readonly' : ''}`,
  ),
  ...hostPorts(parts).map(({ port, protocol }) => `--publish=${port}:${port}/${protocol}`),
  ...deviceArguments(parts).map(device => `--device=${device}`),
];

/** Memory in bytes. */
function limitArguments(parts: ProfileParts): string[] {
  const { limits } = parts;
  const cpus = cpusOf(parts);
  const files = limits.get('open-files');
  const flag = (name: string, value: number | string | undefined): string[] =>
    value === undefined ? [] : [`--${name}=${value}`];
  return [
    ...flag('memory', limits.get('memory')),
    ...flag('cpus', cpus),
    ...flag('pids-limit', limits.get('pids')),
    ...flag('ulimit', files === undefined ? undefined : `nofile=${files}:${files}`),
  ];
}

/** Docker lifts its whole list or none of it; Podman has arguments for single paths. */
const bare = (parts: ProfileParts): string[] =>
  isBare(parts) ? ['--security-opt=systempaths=unconfined'] : [];
