/** Gaps that several formats have. */
import type { ProfileParts } from '../profile.js';
import type { ItemKind } from '../model.js';
import { gap, gapsOf, type Gap } from './emission.js';
import type { UnexpressedName } from './unexpressed.js';
import { isBare, isOwn, may, nodeSysctls, undecidedSysctls, unmasked, writablePaths } from './words.js';

/** A capability is of no use to a program of another user than 0 where it cannot be made ambient. */
export const withoutAmbient = (who: string): Gap =>
  gap(
    'ambient-capabilities',
    parts => parts.capabilities.length > 0 && !may(parts, 'run-as-root'),
    ({ capabilities }) =>
      `${who} cannot set ambient capabilities: ${capabilities.join(', ')} have no effect for a user other than 0`,
  );

export const fixedMasks = (reason: string): Gap =>
  gap('masked-paths', parts => unmasked(parts).length > 0, reason);

export const fixedReadonly = (reason: string): Gap =>
  gap('readonly-paths', parts => writablePaths(parts).length > 0, reason);

export const fixedDevices = (reason: string): Gap =>
  gap('devices', ({ devices }) => devices.length > 0, reason);

/** No filter on calls. */
export const noFilter = (reason: string): Gap => gap('seccomp', () => true, reason);

/** Kernel settings of namespaces that the container shares with the node. */
export const sysctlsOfNode: Gap = gap(
  'sysctls',
  parts => nodeSysctls(parts).length > 0,
  parts =>
    `${nodeSysctls(parts).join(', ')} would be set on the node, whose namespace the container shares: it stays as it is`,
);

/** Namespaces of the node that were granted and that the format cannot give. */
export const notShared = (reason: string, ...types: readonly string[]): Gap =>
  gap('namespaces', parts => types.some(type => !isOwn(parts, type) && inFoundation(parts, type)), reason);

const inFoundation = ({ foundation }: ProfileParts, type: string): boolean =>
  foundation.namespaces.includes(type);

const ITEM_NAMES: Readonly<Record<Exclude<ItemKind, 'sysctl'>, UnexpressedName>> = {
  path: 'host-paths',
  port: 'host-ports',
  api: 'api-access',
  device: 'device-files',
};

/** Items of these kinds, where any is granted. */
export const unsaidItems = (reason: string, ...kinds: readonly (keyof typeof ITEM_NAMES)[]): Gap =>
  gapsOf(
    ...kinds.map(kind =>
      gap(
        ITEM_NAMES[kind],
        ({ items }) => items.has(kind),
        ({ items }) => `${reason}: ${(items.get(kind) ?? []).join(', ')}`,
      ),
    ),
  );

/** Granted settings of which the format cannot know the value. */
export const undecided: Gap = gap(
  'sysctls',
  parts => undecidedSysctls(parts).length > 0,
  parts => `which value is meant is not said: ${undecidedSysctls(parts).join(', ')}`,
);

/** Nothing of what open sets grant but settings. */
export const noItems = (reason: string): Gap =>
  gapsOf(unsaidItems(reason, 'path', 'port', 'api', 'device'), undecided);

/** For engines that lift all restrictions on paths or none. */
export const unlessBare =
  (each: Gap): Gap =>
  profile =>
    isBare(profile.parts) ? [] : each(profile);
