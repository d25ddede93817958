/** One container: its image, what it asks for, what it lacks. */
import { quote } from '../json/quote.js';
import { isEmpty, member, type JsonObject, type JsonValue } from '../json/types.js';
import { securityContextOf, type Container } from './containers.js';
import { CONTAINER, EPHEMERAL_CONTAINER } from './fields/container.js';
import { readFields, type Ask } from './fields/model.js';
import { INHERITED_FIELDS, SECURITY_CONTEXT } from './fields/security-context.js';
import { harden } from './harden.js';
import type { GrantedImage } from './image-decisions.js';
import { finding, judge } from './judge.js';
import { setMember, setMembers } from './json-patch.js';
import type { Work } from './work.js';

/** Decide about a container; a refused image is noted and reported once for all its containers. */
export function decideContainer(work: Work, container: Container): void {
  const image = work.toRun(container);
  if (image.kind === 'refused') return;
  const own = securityContextOf(container.json);
  const inherited = inheritedBy(own, securityContextOf(work.scope.spec));
  const whole = inherited === NOTHING ? own : { ...own, ...inherited };
  const who = (): string => `container ${quote(container.name)}`;
  const mode = work.modeOf(image);
  for (const ask of asksOf(container, own, inherited, whole)) {
    const say = judge(ask, image, who, ask.kind === 'join' ? work.peer(ask.container) : undefined);
    if (say !== undefined) work.findings.add(mode, say);
  }
  if (mode !== 'enforce') return;
  pin(work, container, image, who);
  protect(work, container, harden(own, whole, image.settings), who);
}

const NOTHING: JsonObject = {};

/** What the container does not say itself; null is what unset is. */
function inheritedBy(own: JsonObject, pod: JsonObject): JsonObject {
  if (isEmpty(pod)) return NOTHING;
  const inherited: [string, JsonValue][] = [];
  for (const key of INHERITED_FIELDS) {
    const value = member(pod, key);
    const mine = member(own, key);
    if (value !== undefined && value !== null && (mine === undefined || mine === null)) {
      inherited.push([key, value]);
    }
  }
  return Object.fromEntries(inherited);
}

function asksOf(container: Container, own: JsonObject, inherited: JsonObject, whole: JsonObject): Ask[] {
  const table = container.list === 'ephemeralContainers' ? EPHEMERAL_CONTAINER : CONTAINER;
  const asks = readFields(table, container.json, container.field);
  if (!isEmpty(own)) {
    asks.push(...readFields(SECURITY_CONTEXT, own, `${container.field}.securityContext`, whole));
  }
  if (!isEmpty(inherited)) {
    asks.push(...readFields(SECURITY_CONTEXT, inherited, 'spec.securityContext', whole));
  }
  return asks;
}

/** What may be patched in a container is what this operation may change at all. */
function mayChange(work: Work, { list }: Container, what: 'image' | 'securityContext'): boolean {
  if (work.phase === 'validate') return false;
  switch (work.scope.editable) {
    case 'everything':
      return true;
    case 'images':
      return what === 'image' && list !== 'ephemeralContainers';
    case 'ephemeral':
      return list === 'ephemeralContainers';
    case 'nothing':
      return false;
  }
}

function pin(work: Work, container: Container, { vouched }: GrantedImage, who: () => string): void {
  if (vouched.reference.digest === vouched.digest) return;
  if (mayChange(work, container, 'image')) {
    work.patch.push(setMember(container.json, container.pointer, 'image', vouched.pinned.toString()));
    return;
  }
  work.findings.add('enforce', () =>
    finding(
      'ADMISSION_UNPINNED',
      `${who()}: the image ${quote(container.image)} is not pinned to ${vouched.digest}, which was signed`,
    ),
  );
}

function protect(
  work: Work,
  container: Container,
  { set, missing }: ReturnType<typeof harden>,
  who: () => string,
): void {
  if (mayChange(work, container, 'securityContext')) {
    work.patch.push(...setMembers(container.json, container.pointer, 'securityContext', set));
    return;
  }
  if (missing.length === 0) return;
  work.findings.add('enforce', () =>
    finding('ADMISSION_UNPROTECTED', `${who()}: its securityContext lacks ${missing.join(', ')} as granted`),
  );
}
