/** Granted items and limits, taken apart for formats that have words for them. */
import { ANY, parted } from '../items.js';
import type { ItemKind, Resource } from '../model.js';
import type { ProfileParts } from '../profile.js';
import { gap, gapsOf, type Gap } from './emission.js';
import { undecided, unsaidItems } from './gaps.js';
import { isOffline, isOwn } from './words.js';

export interface HostPath {
  readonly path: string;
  readonly readOnly: boolean;
}

export interface HostPort {
  readonly port: number;
  readonly protocol: 'tcp' | 'udp' | 'sctp';
}

const itemsOf = ({ items }: ProfileParts, kind: ItemKind): readonly string[] => items.get(kind) ?? [];

/** Paths of the node that can be mounted at the same place in the container: all but its root. */
export const hostPaths = (parts: ProfileParts): HostPath[] =>
  itemsOf(parts, 'path')
    .map(parted)
    .filter(([path]) => path !== '/')
    .map(([path, mode]) => ({ path, readOnly: mode === 'ro' }));

/** Ports to publish: only a network namespace with interfaces of its own has any. */
export function hostPorts(parts: ProfileParts): HostPort[] {
  if (!isOwn(parts, 'network') || isOffline(parts)) return [];
  return itemsOf(parts, 'port')
    .filter(item => item !== ANY)
    .map(item => {
      const [port, protocol] = item.split('/');
      return {
        port: Number(port),
        protocol: protocol === 'udp' || protocol === 'sctp' ? protocol : ('tcp' as const),
      };
    });
}

/** Device files and names of the Container Device Interface, as engines take them. */
export const deviceArguments = (parts: ProfileParts): string[] =>
  namedDevices(parts).map(item => {
    if (!item.startsWith('/')) return item;
    const [path, access] = parted(item);
    return `${path}:${path}:${access}`;
  });

const namedDevices = (parts: ProfileParts): string[] =>
  itemsOf(parts, 'device').filter(item => !item.endsWith(ANY));

const PATHS: Gap = gap(
  'host-paths',
  parts => itemsOf(parts, 'path').some(item => item.startsWith('/:')),
  'the root of the node cannot be mounted as the root of the container: say where it should be',
);

const PORTS: Gap = gapsOf(
  gap(
    'host-ports',
    parts => itemsOf(parts, 'port').includes(ANY),
    'any port of the node: say which ones are to be published',
  ),
  gap(
    'host-ports',
    parts => itemsOf(parts, 'port').length > 0 && isOffline(parts),
    'a container without a network has no ports to publish',
  ),
);

const DEVICES: Gap = gap(
  'device-files',
  parts => itemsOf(parts, 'device').length > namedDevices(parts).length,
  'any device: say which ones are to be handed over',
);

const APIS: Gap = unsaidItems('what stands before an API decides about it', 'api');

/** Of formats that mount paths and publish ports. */
export const MOUNTED_ITEMS: Gap = gapsOf(PATHS, PORTS, APIS, undecided);

/** Of formats that hand over devices too. */
export const ENGINE_ITEMS: Gap = gapsOf(MOUNTED_ITEMS, DEVICES);

const MILLIS = 1_000;

/** `0.5` CPUs. */
export const cpusOf = ({ limits }: ProfileParts): string | undefined => {
  const millis = limits.get('cpu');
  return millis === undefined ? undefined : String(millis / MILLIS);
};

/** The limits that a format has no word for. */
export const noLimit = (reason: string, ...resources: readonly Resource[]): Gap =>
  gap(
    'limits',
    ({ limits }) => resources.some(resource => limits.has(resource)),
    ({ limits }) => `${reason}: ${resources.filter(resource => limits.has(resource)).join(', ')}`,
  );
