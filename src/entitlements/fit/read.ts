/** Which kind of file it is, told by its content. */
import { WritError } from '../../errors.js';
import { isJsonObject, member, type JsonObject, type JsonValue } from '../../json/types.js';
import type { Architecture, Catalogue } from '../model.js';
import { configAsks } from './config.js';
import { inspectAsks } from './inspect.js';
import { podAsks, podSpecOf } from './pod.js';
import type { Asked } from './wants.js';

export interface AskedFile {
  readonly kind: 'pod' | 'config.json' | 'docker inspect';
  /** At least one. */
  readonly containers: readonly Asked[];
}

/**
 * What a file asks for: a pod or a workload of Kubernetes, a config.json, or what `docker inspect` prints.
 *
 * @param json - with numbers as `parseWide` gives them
 * @param arch - whose calls a seccomp profile is read for
 * @throws WritError FIT_FILE for anything else; PROFILE_OBJECT
 */
export function readAsked(json: JsonValue, catalogue: Catalogue, arch: Architecture): AskedFile {
  const names = [...(catalogue.tables.get(arch)?.numbers.keys() ?? [])];
  const objects = (Array.isArray(json) ? (json as readonly JsonValue[]) : [json]).filter(isJsonObject);
  const [first] = objects;
  if (first === undefined) throw unknown();
  if (isJsonObject(member(first, 'HostConfig')))
    return {
      kind: 'docker inspect',
      containers: objects.map(each => inspectAsks(each, catalogue, arch, names)),
    };
  const pod = podSpecOf(first);
  if (pod !== undefined) return { kind: 'pod', containers: someOf(podAsks(pod.spec, pod.at, catalogue)) };
  if (isConfig(first)) return { kind: 'config.json', containers: [configAsks(first, catalogue, names)] };
  throw unknown();
}

const isConfig = (object: JsonObject): boolean =>
  isJsonObject(member(object, 'linux')) && isJsonObject(member(object, 'process'));

function someOf(containers: readonly Asked[]): readonly Asked[] {
  if (containers.length > 0) return containers;
  throw new WritError('FIT_FILE', 'the pod has no container');
}

const unknown = (): WritError =>
  new WritError(
    'FIT_FILE',
    'it is neither a pod or workload, nor a config.json, nor what docker inspect prints',
  );
