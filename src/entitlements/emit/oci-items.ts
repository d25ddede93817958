/** What config.json says of granted items and limits: mounts, device files, resources, rlimits. */
import type { JsonObject } from '../../json/types.js';
import { parted } from '../items.js';
import type { ProfileParts } from '../profile.js';
import { gap, type Gap } from './emission.js';

const isRoot = (item: string): boolean => item.startsWith('/:');

/** All of the node cannot be mounted over all of the container. */
export const ROOT_OF_NODE: Gap = gap(
  'host-paths',
  ({ items }) => (items.get('path') ?? []).some(isRoot),
  'the root of the node cannot be mounted as the root of the container: say where it should be',
);

/** Each granted path of the node, at the same place in the container; they come after the mounts of the engine. */
export function mountsOf({ items }: ProfileParts): JsonObject {
  const paths = (items.get('path') ?? []).filter(item => !isRoot(item)).map(parted);
  if (paths.length === 0) return {};
  const mounts = paths.map(([path, mode]) => ({
    destination: path,
    options: ['rbind', 'nosuid', 'nodev', mode],
    source: path,
    type: 'bind',
  }));
  return { mounts };
}

/** Device files whose numbers are the same on every node; Documentation/admin-guide/devices.txt of the kernel. */
const NUMBERS: ReadonlyMap<string, readonly [major: number, minor: number]> = new Map([
  ['/dev/fuse', [10, 229]],
  ['/dev/kvm', [10, 232]],
  ['/dev/loop-control', [10, 237]],
  ['/dev/net/tun', [10, 200]],
  ['/dev/ppp', [108, 0]],
  ['/dev/uinput', [10, 223]],
  ['/dev/vhost-net', [10, 238]],
  ['/dev/vhost-vsock', [10, 241]],
]);

interface KnownDevice {
  readonly path: string;
  readonly access: string;
  readonly major: number;
  readonly minor: number;
}

function knownDevices({ items }: ProfileParts): KnownDevice[] {
  return (items.get('device') ?? []).flatMap(item => {
    const [path, access] = parted(item);
    const [major, minor] = NUMBERS.get(path) ?? [];
    return major === undefined || minor === undefined ? [] : [{ path, access, major, minor }];
  });
}

/** The numbers of other device files are known to the node alone. */
export const UNKNOWN_DEVICES: Gap = gap(
  'device-files',
  parts => unknownDevices(parts).length > 0,
  parts => `which numbers these have is known to the node alone: ${unknownDevices(parts).join(', ')}`,
);

const unknownDevices = ({ items }: ProfileParts): string[] =>
  (items.get('device') ?? []).filter(item => !NUMBERS.has(parted(item)[0]));

/** `linux.devices`: the files to be made. */
export function deviceFiles(parts: ProfileParts): JsonObject {
  const devices = unique(knownDevices(parts)).map(({ path, major, minor }) => ({
    fileMode: 0o666,
    major,
    minor,
    path,
    type: 'c',
  }));
  return devices.length === 0 ? {} : { devices };
}

/** One file for each path, though reading and writing may be granted apart. */
const unique = (devices: readonly KnownDevice[]): KnownDevice[] => [
  ...new Map(devices.map(device => [device.path, device])).values(),
];

/** What the device cgroup lets through to them. */
export const deviceFileRules = (parts: ProfileParts): JsonObject[] =>
  knownDevices(parts).map(({ access, major, minor }) => ({ access, allow: true, major, minor, type: 'c' }));

/** The period that a share of CPU time is counted in, in microseconds: that of the kernel. */
const PERIOD = 100_000;
const MICROS_PER_MILLI = PERIOD / 1_000;

/** Members of `linux.resources`; only what has a limit. */
export function limitsOf({ limits }: ProfileParts): JsonObject {
  const [memory, cpu, pids] = [limits.get('memory'), limits.get('cpu'), limits.get('pids')];
  return {
    ...(cpu === undefined ? {} : { cpu: { period: PERIOD, quota: cpu * MICROS_PER_MILLI } }),
    ...(memory === undefined ? {} : { memory: { limit: memory } }),
    ...(pids === undefined ? {} : { pids: { limit: pids } }),
  };
}

export function rlimitsOf({ limits }: ProfileParts): JsonObject {
  const files = limits.get('open-files');
  if (files === undefined) return {};
  return { rlimits: [{ hard: files, soft: files, type: 'RLIMIT_NOFILE' }] };
}
