/** A config.json of the OCI runtime specification: the container as it will be, so what is not restricted counts as asked for. */
import { isJsonObject, member, type JsonObject } from '../../json/types.js';
import { readSeccompObject } from '../algebra/seccomp-object.js';
import type { Catalogue } from '../model.js';
import { Collector, NO_FILTER, numberIn, objectIn, objectsIn, pairsIn, textIn, textsIn } from './collect.js';
import type { Asked } from './wants.js';

const SETS = ['bounding', 'effective', 'permitted', 'inheritable', 'ambient'];

/**
 * @param names - the calls of the architecture
 * @throws WritError PROFILE_OBJECT when `linux.seccomp` is no seccomp object
 */
export function configAsks(config: JsonObject, catalogue: Catalogue, names: readonly string[]): Asked {
  const collector = new Collector(catalogue);
  readProcess(objectIn(config, 'process'), collector);
  if (member(objectIn(config, 'root'), 'readonly') !== true) collector.freedom('root.readonly', 'write-root');
  readLinux(objectIn(config, 'linux'), catalogue, collector);
  for (const [i, mount] of objectsIn(config, 'mounts').entries()) {
    const options = textsIn(mount, 'options');
    const isBind = textIn(mount, 'type') === 'bind' || options.includes('bind') || options.includes('rbind');
    const source = textIn(mount, 'source');
    if (isBind && source !== undefined)
      collector.item(`mounts[${i}]`, 'path', `${source}:${options.includes('ro') ? 'ro' : 'rw'}`);
  }
  const seccomp = member(objectIn(config, 'linux'), 'seccomp');
  if (!isJsonObject(seccomp)) collector.beyond('linux.seccomp', `there is no filter: ${NO_FILTER}`);
  else collector.filter('linux.seccomp', readSeccompObject(seccomp), names);
  return collector.asked(textIn(config, 'hostname') ?? 'container');
}

function readProcess(process: JsonObject, collector: Collector): void {
  if ((numberIn(objectIn(process, 'user'), 'uid') ?? 0) === 0)
    collector.freedom('process.user', 'run-as-root');
  if (member(process, 'noNewPrivileges') !== true)
    collector.freedom('process.noNewPrivileges', 'gain-privileges');
  const capabilities = objectIn(process, 'capabilities');
  for (const set of SETS)
    for (const name of textsIn(capabilities, set)) collector.capability(`process.capabilities.${set}`, name);
  for (const limit of objectsIn(process, 'rlimits'))
    if (textIn(limit, 'type') === 'RLIMIT_NOFILE')
      collector.limit('process.rlimits', 'open-files', numberIn(limit, 'hard'));
}

function readLinux(linux: JsonObject, { foundation }: Catalogue, collector: Collector): void {
  const own = objectsIn(linux, 'namespaces').filter(namespace => member(namespace, 'path') === undefined);
  const types = new Set(own.map(namespace => textIn(namespace, 'type')));
  for (const type of foundation.namespaces)
    if (!types.has(type)) collector.namespace('linux.namespaces', type);
  collector.masks('linux.maskedPaths', textsIn(linux, 'maskedPaths'));
  collector.readonlyPaths('linux.readonlyPaths', textsIn(linux, 'readonlyPaths'));
  for (const [name, value] of pairsIn(linux, 'sysctl')) collector.sysctl('linux.sysctl', name, value);
  readResources(objectIn(linux, 'resources'), collector);
  readDevices(linux, collector);
}

const MILLIS = 1_000;

function readResources(resources: JsonObject, collector: Collector): void {
  collector.limit(
    'linux.resources.memory',
    'memory',
    positive(numberIn(objectIn(resources, 'memory'), 'limit')),
  );
  collector.limit('linux.resources.pids', 'pids', positive(numberIn(objectIn(resources, 'pids'), 'limit')));
  const cpu = objectIn(resources, 'cpu');
  const [quota, period] = [positive(numberIn(cpu, 'quota')), positive(numberIn(cpu, 'period'))];
  if (quota !== undefined && period !== undefined)
    collector.limit('linux.resources.cpu', 'cpu', Math.ceil((quota * MILLIS) / period));
}

/** -1 and 0 mean no limit. */
const positive = (amount: number | undefined): number | undefined =>
  amount !== undefined && amount > 0 ? amount : undefined;

/** Of a rule for all devices runc and cgroup v1 take no notice of what else it names: it is for all access to all. */
const isForAll = (rule: JsonObject): boolean => !['b', 'c', 'u'].includes(textIn(rule, 'type') ?? 'a');

/** Device files by their names, and rules that are not about one of them. */
function readDevices(linux: JsonObject, collector: Collector): void {
  const allowing = objectsIn(objectIn(linux, 'resources'), 'devices').filter(
    rule => member(rule, 'allow') === true,
  );
  if (allowing.some(isForAll)) collector.devices('linux.resources.devices', 'a', 'rwm');
  const rules = allowing.filter(rule => !isForAll(rule));
  const numbered = (rule: JsonObject): string => `${numberIn(rule, 'major')}:${numberIn(rule, 'minor')}`;
  const files = objectsIn(linux, 'devices');
  for (const file of files) {
    const about = rules.filter(rule => numbered(rule) === numbered(file));
    const access = about.map(rule => textIn(rule, 'access') ?? 'rwm');
    for (const each of access.length > 0 ? access : ['rwm'])
      collector.item('linux.devices', 'device', `${textIn(file, 'path') ?? ''}:${each}`);
  }
  const known = new Set(files.map(numbered));
  for (const rule of rules.filter(each => !known.has(numbered(each)))) {
    collector.devices('linux.resources.devices', textIn(rule, 'type'), textIn(rule, 'access') ?? 'rwm');
  }
}
