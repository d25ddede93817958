/**
 * Podman quadlet: the `[Container]` section of a unit, to be put beside one's own as a drop-in `NAME.container.d/writ.conf`. It
 * expects the format `docker-seccomp` in `/etc/containers/seccomp/<intent>.json`.
 *
 * https://docs.podman.io/en/latest/markdown/podman-systemd.unit.5.html
 */
import type { Profile, ProfileParts } from '../profile.js';
import { unexpressedOf, type Emission } from './emission.js';
import { cpusOf, deviceArguments, hostPaths, hostPorts } from './items.js';
import { PODMAN_GAPS } from './podman.js';
import { isOffline, isOwn, may, sysctlsOf, unmasked, writablePaths } from './words.js';

export function emitQuadlet(profile: Profile): Emission<string> {
  const { parts, intent } = profile;
  const { uid, gid } = parts.foundation.nonroot;
  const shown = [...unmasked(parts), ...writablePaths(parts)];
  const lines = [
    `# ${parts.grants.toString()}`,
    '[Container]',
    'DropCapability=all',
    ...parts.capabilities.map(name => `AddCapability=${name}`),
    `NoNewPrivileges=${!may(parts, 'gain-privileges')}`,
    `SeccompProfile=/etc/containers/seccomp/${intent}.json`,
    ...(may(parts, 'write-root') ? [] : ['ReadOnly=true', 'ReadOnlyTmpfs=false']),
    ...(may(parts, 'run-as-root') ? [] : [`User=${uid}`, `Group=${gid}`]),
    `Mask=${parts.maskedPaths.join(':')}`,
    ...(shown.length > 0 ? [`Unmask=${shown.join(':')}`] : []),
    ...sysctlsOf(parts).map(([name, value]) => `Sysctl=${name}=${value}`),
    ...networkLine(parts),
    ...itemLines(parts),
    ...argumentLines(parts),
    '',
  ];
  return { output: lines.join('\n'), unexpressed: unexpressedOf(PODMAN_GAPS, profile) };
}

function networkLine(parts: ProfileParts): string[] {
  if (!isOwn(parts, 'network')) return ['Network=host'];
  return isOffline(parts) ? ['Network=none'] : [];
}

/** What a unit has no key for goes to the command line. */
function argumentLines(parts: ProfileParts): string[] {
  const [cpus, memory] = [cpusOf(parts), parts.limits.get('memory')];
  const shared = ['pid', 'ipc', 'uts', 'cgroup'].filter(type => !isOwn(parts, type));
  return [
    ...shared.map(type => `PodmanArgs=--${type === 'cgroup' ? 'cgroupns' : type}=host`),
    ...(cpus === undefined ? [] : [`PodmanArgs=--cpus=${cpus}`]),
    ...(memory === undefined ? [] : [`PodmanArgs=--memory=${memory}`]),
    ...parts.devices.map(({ type, access }) => `PodmanArgs="--device-cgroup-rule=${type} *:* ${access}"`),
  ];
}

function itemLines(parts: ProfileParts): string[] {
  const [pids, files] = [parts.limits.get('pids'), parts.limits.get('open-files')];
  return [
    ...hostPaths(parts).map(({ path, readOnly }) => `Volume=${path}:${path}:${readOnly ? 'ro' : 'rw'}`),
    ...hostPorts(parts).map(({ port, protocol }) => `PublishPort=${port}:${port}/${protocol}`),
    ...deviceArguments(parts).map(device => `AddDevice=${device}`),
    ...(pids === undefined ? [] : [`PidsLimit=${pids}`]),
    ...(files === undefined ? [] : [`Ulimit=nofile=${files}:${files}`]),
  ];
}
