/** Annotations: what writ writes down on a pod, and those of others that would loosen it. */
import { quote } from '../json/quote.js';
import { canonicalText } from '../json/canonical.js';
import { isJsonObject, member, type JsonObject, type JsonValue } from '../json/types.js';
import { deny, type Denial } from './fields/model.js';
import type { GrantedImage } from './image-decisions.js';
import type { Settings } from './settings.js';
import { pointer, setMembers, share, type PatchOperation } from './json-patch.js';

const PREFIX = 'writ.dev/';

/**
 * Annotations that runtimes and old kubelets obey beside, or instead of, the fields of the pod: the seccomp and
 * AppArmor annotations from before the fields, and what CRI-O takes from a pod.
 */
export const LOOSENING =
  /^(?:(?:container\.)?seccomp\.security\.alpha\.kubernetes\.io\/|container\.apparmor\.security\.beta\.kubernetes\.io\/|seccomp-profile\.kubernetes\.cri-o\.io|io\.kubernetes\.cri-o\.|io\.containers\.|run\.oci\.|org\.systemd\.property\.)/;

/** AppArmor's own annotation may say the same as its field. */
const HARMLESS_APPARMOR = /^(?:runtime\/default|localhost\/.+)$/;

/** What the annotations of a pod ask for that a decision cannot allow. */
export function loosening(metadata: JsonObject): Denial[] {
  const annotations = member(metadata, 'annotations');
  if (!isJsonObject(annotations)) return [];
  return Object.entries(annotations)
    .filter(([key, value]) => LOOSENING.test(key) && !isHarmless(key, value))
    .map(([key]) =>
      deny(
        `metadata.annotations[${quote(key)}]`,
        'tells the runtime to loosen the pod',
        'ADMISSION_ANNOTATION',
      ),
    );
}

const isHarmless = (key: string, value: JsonValue): boolean =>
  key.startsWith('container.apparmor.') && typeof value === 'string' && HARMLESS_APPARMOR.test(value);

/**
 * Writes the decision down, over whatever the client wrote under `writ.dev/`. Nobody reads it to decide.
 *
 * @param images - distinct images that were granted under enforcing policies
 */
export function recordPatch(pod: JsonObject, images: readonly GrantedImage[]): PatchOperation[] {
  const metadata = member(pod, 'metadata');
  const record = recordOf(images);
  if (!isJsonObject(metadata)) {
    return setMembers(pod, '', 'metadata', new Map([['annotations', Object.fromEntries(record)]]));
  }
  const annotations = member(metadata, 'annotations');
  if (!isJsonObject(annotations)) return setMembers(metadata, '/metadata', 'annotations', record);
  const forged = Object.keys(annotations);
  return [
    ...forged
      .filter(key => key.startsWith(PREFIX) && !record.has(key))
      .map(key => ({ op: 'remove' as const, path: pointer('metadata', 'annotations', key) })),
    ...setMembers(metadata, '/metadata', 'annotations', record),
  ];
}

/** Most pods have one image, or several with the same grants: their record is written once. */
const records = new WeakMap<Settings, ReadonlyMap<string, string>>();

function recordOf(images: readonly GrantedImage[]): ReadonlyMap<string, string> {
  const [only] = images;
  if (only === undefined || images.length > 1) return writeRecord(images);
  let record = records.get(only.settings);
  if (record === undefined) {
    record = share(writeRecord(images));
    records.set(only.settings, record);
  }
  return record;
}

/** With one intent the annotations are plain; with several, grants are listed by intent. */
function writeRecord(images: readonly GrantedImage[]): Map<string, string> {
  const grants = new Map(images.map(({ settings }) => [settings.intent, settings.grantsJson]));
  const intents = [...grants.keys()].sort();
  const [only] = intents;
  if (only === undefined) return new Map();
  const shown = intents.length === 1 ? (grants.get(only) ?? {}) : Object.fromEntries(grants);
  return new Map([
    [`${PREFIX}decision`, canonicalText(decisionOf(images))],
    [`${PREFIX}grants`, canonicalText(shown)],
    [`${PREFIX}intent`, intents.join(',')],
  ]);
}

function decisionOf(images: readonly GrantedImage[]): JsonObject {
  const accepted = sorted(images.flatMap(({ settings }) => settings.accepted));
  return {
    policies: sorted(images.map(({ vouched }) => vouched.policy.name)),
    profile: sorted(images.map(({ vouched }) => vouched.policy.profile)).join(','),
    ...(accepted.length > 0 ? { notExpressed: accepted } : {}),
  };
}

const sorted = (names: readonly string[]): string[] => [...new Set(names)].sort();
