/**
 * AppArmor: the text of a profile `writ-<intent>`, self-contained, for parsers from 2.13. It is a second wall beside the filter,
 * not in its place: capabilities, socket families, mounts, tracing, signals, and the paths that are hidden or read-only.
 *
 * https://gitlab.com/apparmor/apparmor/-/wikis/QuickProfileLanguage
 */
import type { Cube } from '../model.js';
import type { CallPolicy, Profile, ProfileParts } from '../profile.js';
import { gap, gapsOf, SAID, unexpressedOf, type Emission, type Gaps } from './emission.js';
import { noFilter, noItems } from './gaps.js';
import { noLimit } from './items.js';
import { isOwn, may, shortCapabilities } from './words.js';

const ELSEWHERE = 'an AppArmor profile does not start containers: what starts them decides';

const GAPS: Gaps = {
  calls: noFilter('an AppArmor profile does not know system calls: load a seccomp profile too'),
  capabilities: SAID,
  namespaces: gap('namespaces', () => true, ELSEWHERE),
  maskedPaths: SAID,
  readonlyPaths: SAID,
  devices: gap('devices', () => true, ELSEWHERE),
  freedoms: gapsOf(
    gap('no-new-privileges', parts => !may(parts, 'gain-privileges'), ELSEWHERE),
    gap(
      'read-only-root',
      parts => !may(parts, 'write-root'),
      'paths of volumes and of the root file system look alike',
    ),
    gap('user', parts => !may(parts, 'run-as-root'), ELSEWHERE),
  ),
  foundation: gap('sysctls', () => true, ELSEWHERE),
  items: noItems('is given where the container is started'),
  limits: noLimit('an AppArmor profile has no such limit', 'memory', 'cpu', 'pids'),
};

export function emitAppArmor(profile: Profile): Emission<string> {
  const { parts, intent } = profile;
  const name = `writ-${intent}`;
  const files = parts.limits.get('open-files');
  const rules = [
    'file,',
    'unix,',
    ...shortCapabilities(parts).map(capability => `capability ${capability.toLowerCase()},`),
    ...networkRules(parts),
    ...mountRules(parts),
    ...processRules(parts, name),
    ...(files === undefined ? [] : [`set rlimit nofile <= ${files},`]),
    ...parts.maskedPaths.map(path => `deny ${path}{,/**} mrwklx,`),
    ...parts.readonlyPaths.map(path => `deny ${path}{,/**} wkl,`),
  ];
  return {
    output: [
      `# ${parts.grants.toString()}`,
      `profile ${name} flags=(attach_disconnected,mediate_deleted) {`,
      ...rules.map(rule => `  ${rule}`),
      '}',
      '',
    ].join('\n'),
    unexpressed: unexpressedOf(GAPS, profile),
  };
}

const callOf = ({ calls }: ProfileParts, name: string): CallPolicy | undefined =>
  calls.find(call => call.name === name);

const permits = (parts: ProfileParts, name: string): boolean =>
  (callOf(parts, name)?.permits ?? 'never') !== 'never';

/** AF_* that profiles can name, by number, and SOCK_*. */
const FAMILIES: readonly (readonly [number, string])[] = [
  [1, 'unix'],
  [2, 'inet'],
  [10, 'inet6'],
  [16, 'netlink'],
  [17, 'packet'],
  [21, 'rds'],
  [29, 'can'],
  [30, 'tipc'],
  [31, 'bluetooth'],
  [38, 'alg'],
  [40, 'vsock'],
  [44, 'xdp'],
];
const TYPES: readonly (readonly [number, string])[] = [
  [1, 'stream'],
  [2, 'dgram'],
  [3, 'raw'],
  [4, 'rdm'],
  [5, 'seqpacket'],
];
/** Of the argument that holds the type; the rest are flags. */
const TYPE_MASK = 0xf;

/** Protocols cannot be told apart: a family and type are named when the filter permits them for any protocol. */
function networkRules(parts: ProfileParts): string[] {
  const socket = callOf(parts, 'socket')?.permits ?? 'never';
  if (socket === 'never') return [];
  if (socket === 'always') return ['network,'];
  return FAMILIES.flatMap(([family, word]) =>
    TYPES.filter(([type]) => socket.some(cube => meets(cube, family, type))).map(
      ([, type]) => `network ${word} ${type},`,
    ),
  );
}

/** True iff a call `socket(family, type | flags, protocol)` can be in `cube`. */
const meets = (cube: Cube, family: number, type: number): boolean =>
  cube.every(({ index, mask, value }) => {
    if (index === 0) return (family & mask) >>> 0 === value;
    return index !== 1 || (type & mask & TYPE_MASK) === (value & TYPE_MASK);
  });

const mountRules = (parts: ProfileParts): string[] => [
  ...(permits(parts, 'mount') ? ['mount,', 'remount,'] : []),
  ...(permits(parts, 'umount2') ? ['umount,'] : []),
  ...(permits(parts, 'pivot_root') ? ['pivot_root,'] : []),
];

/** Whoever started the container may signal it; nobody outside it is traced or signalled unless processes are shared. */
function processRules(parts: ProfileParts, name: string): string[] {
  const peer = isOwn(parts, 'pid') ? ` peer=${name}` : '';
  const tracing = permits(parts, 'ptrace') ? '(trace, read, tracedby, readby)' : '(read, readby)';
  return [`signal (send, receive)${peer},`, 'signal (receive) peer=unconfined,', `ptrace ${tracing}${peer},`];
}
