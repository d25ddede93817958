/** What belongs to the pod as a whole: all its containers share it, so it must be granted to each of them. */
import { isJsonObject, member, type JsonValue } from '../json/types.js';
import { securityContextOf } from './containers.js';
import { readFields, type Ask, type Denial } from './fields/model.js';
import { POD, POD_SPEC } from './fields/pod.js';
import type { GrantedImage } from './image-decisions.js';
import { finding, judge } from './judge.js';
import { setMembers, share } from './json-patch.js';
import { listOr } from './review.js';
import type { Work } from './work.js';

/** @param more - denials that were found elsewhere in the pod */
export function decidePodFields(work: Work, more: readonly Denial[]): void {
  const { pod, spec } = work.scope;
  const asks = [...readFields(POD, pod, 'pod'), ...readFields(POD_SPEC, spec, 'spec'), ...more];
  const granted = work.granted();
  for (const ask of asks) decideAsk(work, ask, granted);
}

function decideAsk(work: Work, ask: Ask, granted: readonly GrantedImage[]): void {
  if (ask.kind === 'deny') {
    work.findings.add(work.strictest(), () => finding(ask.code, `the pod: ${ask.field} ${ask.why}`));
    return;
  }
  const other = ask.kind === 'join' ? differing(work, granted) : undefined;
  for (const image of granted) {
    const peer = other === undefined ? image : other.image;
    const say = judge(ask, image, () => `the pod, for ${image.vouched.pinned.toString()}`, peer);
    if (say === undefined) continue;
    work.findings.add(work.modeOf(image), say);
  }
}

/** A container of the pod, decided now or running already, whose grants are not those of the first. */
function differing(
  work: Work,
  [first]: readonly GrantedImage[],
): { image: GrantedImage | undefined } | undefined {
  const peers = work.peers();
  const at = peers.findIndex(peer => peer?.settings.intent !== first?.settings.intent);
  return at === -1 ? undefined : { image: peers[at] };
}

function sysctlsOf(images: readonly GrantedImage[]): ReadonlyMap<string, string> {
  const [only] = images;
  if (only !== undefined && images.length === 1) return only.settings.sysctls;
  return new Map(images.flatMap(({ settings }) => [...settings.sysctls]));
}

const sysctlMembers = (
  wanted: Iterable<readonly [name: string, value: string]>,
  present: readonly JsonValue[] = [],
): ReadonlyMap<string, JsonValue> =>
  new Map([['sysctls', [...present, ...Array.from(wanted, ([name, value]) => ({ name, value }))]]]);

const SYSCTLS = new WeakMap<ReadonlyMap<string, string>, ReadonlyMap<string, JsonValue>>();

/** For a pod that sets none itself: the same for all of them. */
function allSysctls(wanted: ReadonlyMap<string, string>): ReadonlyMap<string, JsonValue> {
  let members = SYSCTLS.get(wanted);
  if (members === undefined) SYSCTLS.set(wanted, (members = share(sysctlMembers(wanted))));
  return members;
}

/** The sysctls of the pod, as the grants want them. */
export function hardenPod(work: Work): void {
  const { spec, editable } = work.scope;
  const wanted = sysctlsOf(work.enforced());
  if (wanted.size === 0) return;
  const context = securityContextOf(spec);
  const present = listOr(context, 'sysctls');
  const names = new Set(present.map(item => (isJsonObject(item) ? member(item, 'name') : undefined)));
  const missing = [...wanted].filter(([name]) => !names.has(name));
  if (missing.length === 0) return;
  if (work.phase === 'mutate' && editable === 'everything') {
    const members = present.length === 0 ? allSysctls(wanted) : sysctlMembers(missing, present);
    work.patch.push(...setMembers(spec, '/spec', 'securityContext', members));
    return;
  }
  work.findings.add('enforce', () =>
    finding(
      'ADMISSION_UNPROTECTED',
      `the pod: spec.securityContext lacks the sysctls ${missing.map(([name]) => name).join(', ')} as granted`,
    ),
  );
}
