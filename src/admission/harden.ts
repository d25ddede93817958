/**
 * Which members a container's security context lacks, for its grants to hold. Unset members are set; explicit ones
 * stay: those that are wider were already denied, those that are tighter are the user's own wish.
 */
import { isEmpty, isJsonObject, member, type JsonObject, type JsonValue } from '../json/types.js';
import { share } from './json-patch.js';
import type { Settings } from './settings.js';

export interface Hardening {
  /** What to set in the container's own security context. */
  readonly set: ReadonlyMap<string, JsonValue>;
  /** Those of them without which the container could do more than was granted. */
  readonly missing: readonly string[];
}

/** What Kubernetes does with a field that nobody set: where that is what was granted, nothing is missing. */
const DEFAULTS: ReadonlyMap<string, JsonValue> = new Map<string, JsonValue>([
  ['allowPrivilegeEscalation', true],
  ['readOnlyRootFilesystem', false],
]);

/** What a container lacks that says nothing itself: the same for all of them. */
const UNTOUCHED = new WeakMap<Settings, Hardening>();

/**
 * @param own - the container's security context
 * @param whole - the same with what it inherits from the pod
 */
export function harden(own: JsonObject, whole: JsonObject, settings: Settings): Hardening {
  if (!isEmpty(whole)) return hardenBeside(own, whole, settings);
  let hardening = UNTOUCHED.get(settings);
  if (hardening === undefined) {
    hardening = hardenBeside(own, whole, settings);
    share(hardening.set);
    UNTOUCHED.set(settings, hardening);
  }
  return hardening;
}

function hardenBeside(own: JsonObject, whole: JsonObject, settings: Settings): Hardening {
  const set = new Map<string, JsonValue>();
  const missing: string[] = [];
  for (const [key, value] of settings.securityContext) {
    if (isSet(whole, key)) continue;
    set.set(key, value);
    if (DEFAULTS.get(key) !== value) missing.push(key);
  }
  const capabilities = hardenCapabilities(member(own, 'capabilities'), settings.capabilities);
  if (capabilities !== undefined) {
    set.set('capabilities', capabilities);
    missing.push('capabilities');
  }
  if (!isSet(whole, 'seccompProfile')) {
    set.set('seccompProfile', settings.seccompProfile);
    missing.push('seccompProfile');
  }
  return { set, missing };
}

const isSet = (object: JsonObject, key: string): boolean => {
  const value = member(object, key);
  return value !== undefined && value !== null;
};

/** All dropped, then what was granted and the user did not drop; undefined when it is so already. */
function hardenCapabilities(own: JsonValue | undefined, granted: readonly string[]): JsonObject | undefined {
  const added = isJsonObject(own) ? member(own, 'add') : undefined;
  const dropped = isJsonObject(own) ? member(own, 'drop') : undefined;
  const drop: readonly JsonValue[] = Array.isArray(dropped) ? dropped : [];
  if (drop.includes('ALL')) return undefined;
  const add = Array.isArray(added) ? added : granted.filter(name => !drop.includes(name));
  return add.length > 0 ? { drop: ['ALL'], add } : { drop: ['ALL'] };
}
