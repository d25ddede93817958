/** Gaps that several formats have. */
import type { ProfileParts } from '../profile.js';
import { gap, type Gap } from './emission.js';
import { isOwn, may, nodeSysctls, unmasked, writablePaths } from './words.js';

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
