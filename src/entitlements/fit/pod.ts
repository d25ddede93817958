/** A pod, or the template in a workload: what each container explicitly asks for. Unset fields ask for nothing. */
import { isJsonObject, member, type JsonObject } from '../../json/types.js';
import type { Catalogue } from '../model.js';
import { Collector, listIn, NO_FILTER, numberIn, objectIn, objectsIn, textIn, textsIn } from './collect.js';
import type { Asked } from './wants.js';

/** The specification of the pod in an object of Kubernetes, and where it stands; undefined when there is none. */
export function podSpecOf(
  object: JsonObject,
): { readonly spec: JsonObject; readonly at: string } | undefined {
  if (typeof member(object, 'kind') !== 'string') return undefined;
  let spec = member(object, 'spec');
  let at = 'spec';
  for (const step of ['jobTemplate', 'template']) {
    const inner = isJsonObject(spec) ? member(spec, step) : undefined;
    if (!isJsonObject(inner)) continue;
    spec = member(inner, 'spec');
    at += `.${step}.spec`;
  }
  return isJsonObject(spec) && Array.isArray(member(spec, 'containers')) ? { spec, at } : undefined;
}

/** One entry for each container, init container and ephemeral container. */
export function podAsks(spec: JsonObject, at: string, catalogue: Catalogue): Asked[] {
  return ['containers', 'initContainers', 'ephemeralContainers'].flatMap(list =>
    objectsIn(spec, list).map((container, i) => {
      const collector = new Collector(catalogue);
      readPod(spec, at, collector);
      readContainer(spec, container, `${at}.${list}[${i}]`, collector);
      return collector.asked(textIn(container, 'name') ?? `${list}[${i}]`);
    }),
  );
}

function readPod(spec: JsonObject, at: string, collector: Collector): void {
  const shared = { hostNetwork: 'network', hostPID: 'pid', hostIPC: 'ipc', hostUsers: 'user' };
  for (const [field, type] of Object.entries(shared))
    if (member(spec, field) === true) collector.namespace(`${at}.${field}`, type);
  if (member(spec, 'automountServiceAccountToken') === true)
    collector.freedom(`${at}.automountServiceAccountToken`, 'mount-token');
  for (const sysctl of objectsIn(objectIn(spec, 'securityContext'), 'sysctls'))
    collector.sysctl(
      `${at}.securityContext.sysctls`,
      textIn(sysctl, 'name') ?? '',
      textIn(sysctl, 'value') ?? '',
    );
}

function readContainer(spec: JsonObject, container: JsonObject, at: string, collector: Collector): void {
  readSecurity(spec, objectIn(container, 'securityContext'), `${at}.securityContext`, collector);
  readPorts(container, at, collector);
  readVolumes(spec, container, at, collector);
  const limits = objectIn(objectIn(container, 'resources'), 'limits');
  for (const [name, value] of Object.entries(limits)) {
    const text = typeof value === 'number' ? String(value) : value;
    if (typeof text !== 'string') continue;
    const field = `${at}.resources.limits.${name}`;
    if (name === 'memory') collector.limitIn(field, 'memory', text, 'bytes');
    else if (name === 'cpu') collector.limitIn(field, 'cpu', text, 'cpus');
    else if (name.includes('/')) collector.beyond(field, 'devices of plug-ins have no grant of their own');
  }
}

function readSecurity(spec: JsonObject, own: JsonObject, at: string, collector: Collector): void {
  const whole = { ...objectIn(spec, 'securityContext'), ...own };
  const ask = (field: string, value: unknown, then: (from: string) => void): void => {
    if (member(whole, field) === value) then(`${at}.${field}`);
  };
  ask('privileged', true, from => {
    collector.privileged(from);
  });
  ask('allowPrivilegeEscalation', true, from => {
    collector.freedom(from, 'gain-privileges');
  });
  ask('readOnlyRootFilesystem', false, from => {
    collector.freedom(from, 'write-root');
  });
  ask('procMount', 'Unmasked', from => {
    collector.bareProc(from);
  });
  ask('runAsUser', 0, from => {
    collector.freedom(from, 'run-as-root');
  });
  for (const [i, name] of textsIn(objectIn(own, 'capabilities'), 'add').entries())
    collector.capability(`${at}.capabilities.add[${i}]`, name);
  if (numberIn(whole, 'runAsUser') === undefined && member(whole, 'runAsNonRoot') !== true)
    collector.unsaid('the user: the image names it, and identity=root is needed where that is user 0');
  const type = textIn(objectIn(whole, 'seccompProfile'), 'type');
  if (type === 'Unconfined') collector.beyond(`${at}.seccompProfile`, NO_FILTER);
  else collector.unsaid('system calls: a pod only names a filter');
}

function readPorts(container: JsonObject, at: string, collector: Collector): void {
  for (const [i, port] of listIn(container, 'ports').entries()) {
    if (!isJsonObject(port)) continue;
    const from = `${at}.ports[${i}]`;
    collector.listens(from, numberIn(port, 'containerPort') ?? 0);
    const hostPort = numberIn(port, 'hostPort') ?? 0;
    const protocol = (textIn(port, 'protocol') ?? 'TCP').toLowerCase();
    if (hostPort !== 0) collector.item(from, 'port', `${hostPort}/${protocol}`);
  }
}

function readVolumes(spec: JsonObject, container: JsonObject, at: string, collector: Collector): void {
  const volumes = new Map(objectsIn(spec, 'volumes').map(volume => [textIn(volume, 'name'), volume]));
  for (const [i, mount] of objectsIn(container, 'volumeMounts').entries()) {
    const path = textIn(objectIn(volumes.get(textIn(mount, 'name')) ?? {}, 'hostPath'), 'path');
    const mode = member(mount, 'readOnly') === true ? 'ro' : 'rw';
    if (path !== undefined) collector.item(`${at}.volumeMounts[${i}]`, 'path', `${path}:${mode}`);
  }
  if (objectsIn(container, 'volumeDevices').length > 0)
    collector.unsaid('block devices of claims: the file does not say which devices of the node they are');
}
