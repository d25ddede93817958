/** Two config.json (OCI runtime-spec) compared, part by part; the seccomp objects in them are compared by compare.ts. */
import type { JsonObject } from '../../json/types.js';
import { relationOf, type Relation } from './compare.js';
import { deviceBeyond, deviceRulesOf } from './config-devices.js';
import {
  amount,
  confinement,
  lessCovered,
  moreObjectsOf,
  moreOf,
  mounts,
  namespace,
  processors,
  rlimits,
  same,
  sysctls,
  user,
  type Beyond,
} from './config-orders.js';
import { isTrue } from './config-read.js';

/** How one part of two configurations compares. */
export interface PartComparison {
  /** As config.json names it: `process.capabilities.bounding`. */
  readonly part: string;
  readonly relation: Relation;
  /** What A has beyond B, for people; undefined when it has nothing. */
  readonly looser: string | undefined;
  readonly stricter: string | undefined;
}

/** A restriction that is there or not. */
const restricted =
  (path: string): Beyond =>
  (a, b) =>
    isTrue(b, path) && !isTrue(a, path) ? 'false' : undefined;

const CAPABILITY_SETS = ['bounding', 'effective', 'permitted', 'inheritable', 'ambient'];
const NAMESPACES = ['pid', 'network', 'ipc', 'uts', 'mount', 'user', 'cgroup', 'time'];
const isNegative = (value: bigint): boolean => value < 0n;
const isNotPositive = (value: bigint): boolean => value <= 0n;

const PARTS: ReadonlyMap<string, Beyond> = new Map([
  ...CAPABILITY_SETS.map(set => {
    const path = `process.capabilities.${set}`;
    return [path, moreOf(path)] as const;
  }),
  ['process.noNewPrivileges', restricted('process.noNewPrivileges')],
  ['process.user', user],
  ['process.rlimits', rlimits],
  ['process.apparmorProfile', confinement('process.apparmorProfile')],
  ['process.selinuxLabel', confinement('process.selinuxLabel')],
  ['root.readonly', restricted('root.readonly')],
  ['mounts', mounts],
  ['hooks', same('hooks')],
  ['linux.maskedPaths', lessCovered('linux.maskedPaths', 'linux.maskedPaths')],
  // What is hidden cannot be written either.
  ['linux.readonlyPaths', lessCovered('linux.readonlyPaths', 'linux.readonlyPaths', 'linux.maskedPaths')],
  ...NAMESPACES.map(type => [`linux.namespaces.${type}`, namespace(type)] as const),
  ['linux.uidMappings', same('linux.uidMappings')],
  ['linux.gidMappings', same('linux.gidMappings')],
  ['linux.rootfsPropagation', same('linux.rootfsPropagation')],
  ['linux.devices', moreObjectsOf('linux.devices')],
  ['linux.resources.devices', (a, b) => deviceBeyond(deviceRulesOf(a), deviceRulesOf(b))],
  ['linux.resources.memory.limit', amount('linux.resources.memory.limit', isNegative)],
  ['linux.resources.memory.swap', amount('linux.resources.memory.swap', isNegative)],
  ['linux.resources.cpu.quota', processors],
  ['linux.resources.pids.limit', amount('linux.resources.pids.limit', isNotPositive)],
  ['linux.sysctl', sysctls],
]);

/**
 * Every part in which rights are given or taken. What has no order (mappings, hooks, most sysctls) is equal or incomparable.
 * What is no right is not looked at: arguments, environment, labels, names.
 *
 * @throws WritError JSON_TYPE for a member of another type than runtime-spec has
 */
export function compareConfigs(a: JsonObject, b: JsonObject): PartComparison[] {
  return [...PARTS].map(([part, beyond]) => {
    const [looser, stricter] = [beyond(a, b), beyond(b, a)];
    return { part, relation: relationOf(looser !== undefined, stricter !== undefined), looser, stricter };
  });
}
