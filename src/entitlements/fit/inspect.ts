/** What `docker inspect` says of a container: as it runs, so the engine's default capabilities count as asked for. */
import { WritError } from '../../errors.js';
import { parseWide } from '../../json/wide.js';
import { isJsonObject, member, type JsonObject } from '../../json/types.js';
import { readSeccompObject } from '../algebra/seccomp-object.js';
import type { Architecture, Catalogue } from '../model.js';
import { FACTS } from '../architectures.js';
import {
  capabilityName,
  Collector,
  NO_FILTER,
  numberIn,
  objectIn,
  objectsIn,
  pairsIn,
  textIn,
  textsIn,
} from './collect.js';
import type { Asked } from './wants.js';

/** What the engine gives to a container that neither adds nor drops any. */
const DEFAULT_CAPABILITIES = [
  ...['AUDIT_WRITE', 'CHOWN', 'DAC_OVERRIDE', 'FOWNER', 'FSETID', 'KILL', 'MKNOD', 'NET_BIND_SERVICE'],
  ...['NET_RAW', 'SETFCAP', 'SETGID', 'SETPCAP', 'SETUID', 'SYS_CHROOT'],
];

/**
 * @param names - the calls of the architecture
 * @throws WritError PROFILE_OBJECT when a seccomp profile in it is none
 */
export function inspectAsks(
  object: JsonObject,
  catalogue: Catalogue,
  arch: Architecture,
  names: readonly string[],
): Asked {
  const collector = new Collector(catalogue);
  const host = objectIn(object, 'HostConfig');
  if (member(host, 'Privileged') === true) collector.privileged('HostConfig.Privileged');
  readCapabilities(host, collector);
  readNamespaces(host, collector);
  readUser(objectIn(object, 'Config'), collector);
  if (member(host, 'ReadonlyRootfs') !== true) collector.freedom('HostConfig.ReadonlyRootfs', 'write-root');
  readPaths(host, collector);
  readItems(host, collector);
  readLimits(host, collector);
  readOptions(textsIn(host, 'SecurityOpt'), collector, arch, names);
  return collector.asked((textIn(object, 'Name') ?? 'container').replace(/^\//, ''));
}

function readCapabilities(host: JsonObject, collector: Collector): void {
  const dropped = new Set(textsIn(host, 'CapDrop').map(capabilityName));
  const kept = dropped.has('CAP_ALL')
    ? []
    : DEFAULT_CAPABILITIES.filter(name => !dropped.has(capabilityName(name)));
  for (const name of kept) collector.capability("the engine's default capabilities", name);
  for (const name of textsIn(host, 'CapAdd')) collector.capability('HostConfig.CapAdd', name);
}

function readNamespaces(host: JsonObject, collector: Collector): void {
  const modes = {
    NetworkMode: 'network',
    PidMode: 'pid',
    IpcMode: 'ipc',
    UTSMode: 'uts',
    CgroupnsMode: 'cgroup',
    UsernsMode: 'user',
  };
  for (const [field, type] of Object.entries(modes))
    if (textIn(host, field) === 'host') collector.namespace(`HostConfig.${field}`, type);
}

function readUser(config: JsonObject, collector: Collector): void {
  const [user = ''] = (textIn(config, 'User') ?? '').split(':');
  if (['', '0', 'root'].includes(user)) collector.freedom('Config.User', 'run-as-root');
}

/** Absent where an engine is too old to say; then it has its own lists. */
function readPaths(host: JsonObject, collector: Collector): void {
  const has = (key: string): boolean =>
    Array.isArray(member(host, key)) && member(host, 'Privileged') !== true;
  if (has('MaskedPaths') && textsIn(host, 'MaskedPaths').length === 0)
    collector.masks('HostConfig.MaskedPaths', []);
  if (has('ReadonlyPaths'))
    collector.readonlyPaths('HostConfig.ReadonlyPaths', textsIn(host, 'ReadonlyPaths'));
}

function readItems(host: JsonObject, collector: Collector): void {
  for (const bind of textsIn(host, 'Binds')) {
    const [source = '', , mode = 'rw'] = bind.split(':');
    if (source.startsWith('/'))
      collector.item('HostConfig.Binds', 'path', `${source}:${mode.split(',').includes('ro') ? 'ro' : 'rw'}`);
  }
  for (const mount of objectsIn(host, 'Mounts').filter(each => textIn(each, 'Type') === 'bind'))
    collector.item(
      'HostConfig.Mounts',
      'path',
      `${textIn(mount, 'Source') ?? ''}:${member(mount, 'ReadOnly') === true ? 'ro' : 'rw'}`,
    );
  for (const [port, bindings] of Object.entries(objectIn(host, 'PortBindings'))) {
    collector.listens('HostConfig.PortBindings', Number(port.split('/')[0]));
    for (const binding of Array.isArray(bindings) ? bindings.filter(isJsonObject) : [])
      collector.item(
        'HostConfig.PortBindings',
        'port',
        `${textIn(binding, 'HostPort') ?? ''}/${port.split('/')[1] ?? 'tcp'}`,
      );
  }
  for (const device of objectsIn(host, 'Devices'))
    collector.item(
      'HostConfig.Devices',
      'device',
      `${textIn(device, 'PathOnHost') ?? ''}:${textIn(device, 'CgroupPermissions') ?? 'rwm'}`,
    );
  for (const rule of textsIn(host, 'DeviceCgroupRules')) {
    const [type, , access = 'rwm'] = rule.split(' ');
    collector.devices('HostConfig.DeviceCgroupRules', type, access);
  }
  for (const [name, value] of pairsIn(host, 'Sysctls')) collector.sysctl('HostConfig.Sysctls', name, value);
}

const NANOS_PER_MILLI = 1_000_000;

function readLimits(host: JsonObject, collector: Collector): void {
  const positive = (key: string): number | undefined => {
    const amount = numberIn(host, key) ?? 0;
    return amount > 0 ? amount : undefined;
  };
  const nanos = positive('NanoCpus');
  collector.limit('HostConfig.Memory', 'memory', positive('Memory'));
  collector.limit('HostConfig.PidsLimit', 'pids', positive('PidsLimit'));
  collector.limit(
    'HostConfig.NanoCpus',
    'cpu',
    nanos === undefined ? undefined : Math.ceil(nanos / NANOS_PER_MILLI),
  );
  for (const limit of objectsIn(host, 'Ulimits'))
    if (textIn(limit, 'Name') === 'nofile')
      collector.limit('HostConfig.Ulimits', 'open-files', numberIn(limit, 'Hard'));
}

function readOptions(
  options: readonly string[],
  collector: Collector,
  arch: Architecture,
  names: readonly string[],
): void {
  const has = (name: string): boolean =>
    options.some(option => [name, `${name}:true`, `${name}=true`].includes(option));
  if (!has('no-new-privileges')) collector.freedom('HostConfig.SecurityOpt', 'gain-privileges');
  const [profile] = options
    .filter(option => /^seccomp[=:]/.test(option))
    .map(option => option.slice('seccomp='.length));
  if (profile === undefined) collector.unsaid("system calls: the engine's default filter is not in the file");
  else if (profile === 'unconfined') collector.beyond('HostConfig.SecurityOpt', NO_FILTER);
  else readProfile(profile, collector, arch, names);
}

/** The text of a profile in Docker's format, of which the part for one architecture counts. */
function readProfile(text: string, collector: Collector, arch: Architecture, names: readonly string[]): void {
  const json = parseWide(new TextEncoder().encode(text), { maxBytes: MAX_PROFILE_BYTES, numbers: 'any' });
  if (!isJsonObject(json)) throw new WritError('PROFILE_OBJECT', 'a seccomp profile is no object');
  const { archMap, ...object } = json;
  const architectures = archMap === undefined ? {} : { architectures: [FACTS[arch].seccomp] };
  collector.filter('HostConfig.SecurityOpt', readSeccompObject({ ...object, ...architectures }), names);
}

const MAX_PROFILE_BYTES = 4 * 1024 * 1024;
