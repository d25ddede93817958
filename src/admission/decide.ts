/**
 * The decision about one review. Both phases decide from scratch, by the same rules; they differ in what happens to
 * a pod that lacks something: the mutating one sets it, the validating one denies.
 */
import { toWritError } from '../errors.js';
import { loosening, recordPatch } from './annotations.js';
import { containersOf, imageVolumesOf, type Container } from './containers.js';
import { decideContainer } from './decide-container.js';
import { decidePodFields, hardenPod } from './decide-pod.js';
import { decideVolume } from './decide-volume.js';
import { FindingList, type Decision, type Findings, type Phase } from './decision.js';
import { sameJson } from './equal.js';
import type { ImageDecisions } from './image-decisions.js';
import { finding } from './judge.js';
import { listOr, textOr, type Review } from './review.js';
import { scopeOf, type PodReview } from './scope.js';
import { Work } from './work.js';
import { isJsonObject, type JsonObject } from '../json/types.js';

/**
 * Decide about a review.
 *
 * @param now - metadata that expires at this moment no longer counts
 * @returns never throws: whatever fails is a denial that says what failed
 */
export function decide(review: Review, phase: Phase, images: ImageDecisions, now: Date): Decision {
  try {
    const scope = scopeOf(review);
    if (scope.kind === 'passed') return scope;
    if (scope.kind === 'denied') return { kind: 'denied', images: [], findings: one(scope.finding) };
    return decidePod(scope, phase, images, now);
  } catch (error) {
    return failed(error);
  }
}

/** The denial for a failure on the way to a decision. */
export function failed(error: unknown): Decision {
  const { code, message, hint } = toWritError(error);
  const shown = code === 'JSON_TYPE' ? 'ADMISSION_POD' : code;
  return { kind: 'denied', images: [], findings: one(finding(shown, message, hint)) };
}

function one(reason: ReturnType<typeof finding>): Findings {
  const list = new FindingList();
  list.add('enforce', () => reason);
  return list.all;
}

function decidePod(scope: PodReview, phase: Phase, images: ImageDecisions, now: Date): Decision {
  const all = containersOf(scope.spec);
  const work = new Work(scope, phase, image => images.decide(image, scope.review.namespace, now), all);
  if (listOr(scope.spec, 'containers').length === 0) {
    work.findings.add('enforce', () => finding('ADMISSION_POD', 'the pod has no containers'));
  }
  const decided = scope.editable === 'ephemeral' ? newContainers(all, scope.old) : all;
  for (const container of decided) decideContainer(work, container);
  if (scope.editable !== 'ephemeral') {
    for (const volume of imageVolumesOf(scope.spec)) decideVolume(work, volume);
  }
  if (decided.length > 0) decidePodFields(work, loosening(scope.metadata));
  work.addRefusals();
  if (scope.editable !== 'ephemeral') hardenPod(work);
  return conclude(work);
}

/**
 * Ephemeral containers that are not there yet: the API server lets this operation change nothing else, and what it
 * says of the old pod is what runs.
 */
function newContainers(all: readonly Container[], old: JsonObject | undefined): Container[] {
  if (old === undefined) return [...all];
  const spec = old['spec'];
  const before = new Map<string, JsonObject>();
  for (const item of isJsonObject(spec) ? listOr(spec, 'ephemeralContainers') : []) {
    if (isJsonObject(item)) before.set(textOr(item, 'name', 'oldObject'), item);
  }
  return all.filter(
    ({ list, name, json }) => list === 'ephemeralContainers' && !sameJson(json, before.get(name)),
  );
}

function conclude(work: Work): Decision {
  const images = work.evidence();
  const findings = work.findings.all;
  if (work.findings.denies) return { kind: 'denied', images, findings };
  return { kind: 'allowed', images, findings, patch: patchOf(work), warnings: work.warnings() };
}

function patchOf(work: Work): Extract<Decision, { kind: 'allowed' }>['patch'] {
  const { phase, scope, patch } = work;
  if (phase === 'validate' || scope.kind === 'mirror') return [];
  const recorded = scope.editable === 'everything' || scope.editable === 'images';
  return recorded ? [...patch, ...recordPatch(scope.pod, work.enforced())] : patch;
}
