/** What one decision about one pod gathers on its way. */
import { quote } from '../json/quote.js';
import type { Mode } from '../policy/model.js';
import type { Container, ImageVolume } from './containers.js';
import { FindingList, type ImageEvidence, type Phase } from './decision.js';
import type { GrantedImage, ImageDecision, RefusedImage, VouchedImage } from './image-decisions.js';
import type { PatchOperation } from './json-patch.js';
import { finding } from './judge.js';
import type { PodReview } from './scope.js';
import type { Settings } from './settings.js';

/** One image of the pod, and where it stands. */
interface Use {
  readonly decision: GrantedImage | VouchedImage | RefusedImage;
  readonly fields: string[];
  /** The first of them. */
  readonly what: 'container' | 'volume';
  readonly name: string;
  count: number;
}

const MAX_FIELDS = 20;

export class Work {
  readonly scope: PodReview;
  readonly phase: Phase;
  readonly findings = new FindingList();
  readonly patch: PatchOperation[] = [];
  readonly #lookUp: (image: string) => ImageDecision;
  readonly #all: readonly Container[];
  readonly #decisions = new Map<string, ImageDecision>();
  readonly #uses = new Map<object, Use>();
  #byName: Map<string, string> | undefined;
  #granted: readonly GrantedImage[] | undefined;

  /** @param all - every container of the pod, decided or not */
  constructor(
    scope: PodReview,
    phase: Phase,
    lookUp: (image: string) => ImageDecision,
    all: readonly Container[],
  ) {
    this.scope = scope;
    this.phase = phase;
    this.#lookUp = lookUp;
    this.#all = all;
  }

  /** The decision about the image of a container; noted as evidence. */
  toRun(container: Container): GrantedImage | RefusedImage {
    const { toRun } = this.#decide(container.image);
    this.#note(toRun, container.field, 'container', container.name);
    return toRun;
  }

  /** The decision about the image of a volume; noted as evidence. */
  toRead(volume: ImageVolume): VouchedImage | RefusedImage {
    const { toRead } = this.#decide(volume.image);
    this.#note(toRead, volume.field, 'volume', volume.name);
    return toRead;
  }

  /** A mirror pod runs already: what is wrong with it is reported. */
  modeOf({ mode }: { mode: Mode }): Mode {
    return this.scope.kind === 'mirror' ? 'audit' : mode;
  }

  /** The strictest mode of the images: what counts for a field that is nobody's own. */
  strictest(): Mode {
    if (this.scope.kind === 'mirror') return 'audit';
    const modes = new Set([...this.#uses.values()].map(({ decision }) => decision.mode));
    if (modes.size === 0 || modes.has('enforce')) return 'enforce';
    return modes.has('warn') ? 'warn' : 'audit';
  }

  /** The granted images that were decided, one for each settings: pods of many containers have few. */
  granted(): readonly GrantedImage[] {
    if (this.#granted !== undefined) return this.#granted;
    const distinct = new Map<Settings, GrantedImage>();
    for (const { decision } of this.#uses.values()) {
      if (decision.kind === 'granted' && !distinct.has(decision.settings)) {
        distinct.set(decision.settings, decision);
      }
    }
    return (this.#granted = [...distinct.values()]);
  }

  /** Those whose policy enforces: only they are changed. */
  enforced(): readonly GrantedImage[] {
    return this.granted().filter(image => this.modeOf(image) === 'enforce');
  }

  /** Every container of the pod by its image; undefined where the image is refused. */
  peers(): (GrantedImage | undefined)[] {
    const images = new Set(this.#all.map(({ image }) => image));
    return [...images].map(image => onlyGranted(this.#decide(image).toRun));
  }

  /** The image of the container `name`; undefined when there is none, or it is refused. */
  peer(name: string): GrantedImage | undefined {
    this.#byName ??= new Map(this.#all.map(container => [container.name, container.image]));
    const image = this.#byName.get(name);
    return image === undefined ? undefined : onlyGranted(this.#decide(image).toRun);
  }

  /** One finding for each refused image, whatever the number of its containers. */
  addRefusals(): void {
    for (const { decision, what, name, count } of this.#uses.values()) {
      if (decision.kind !== 'refused') continue;
      const more = count > 1 ? ` and ${count - 1} more` : '';
      this.findings.add(this.modeOf(decision), () =>
        finding(decision.code, `${what} ${quote(name)}${more}: ${decision.reason}`, nextStep(decision)),
      );
    }
  }

  evidence(): ImageEvidence[] {
    return [...this.#uses.values()].map(evidenceOf);
  }

  /** What people should know of an allowed pod. */
  warnings(): string[] {
    const warned = this.findings.all.warn.first.map(({ message }) => message);
    const images = [...this.#uses.values()].flatMap(({ decision }) =>
      decision.kind === 'refused' ? [] : decision.vouched.warnings,
    );
    return [...new Set([...warned, ...images, ...this.#unenforced()])];
  }

  #unenforced(): string[] {
    return this.enforced()
      .filter(({ vouched }) => vouched.policy.profile === 'runtime-default')
      .map(
        ({ vouched }) =>
          `the policy ${vouched.policy.name} names no profile: the system calls of ${vouched.pinned.toString()} are not held to its grants`,
      );
  }

  #decide(image: string): ImageDecision {
    const known = this.#decisions.get(image);
    if (known !== undefined) return known;
    const decision = this.#lookUp(image);
    this.#decisions.set(image, decision);
    return decision;
  }

  #note(decision: Use['decision'], field: string, what: Use['what'], name: string): void {
    const use = this.#uses.get(decision);
    if (use === undefined) {
      this.#granted = undefined;
      this.#uses.set(decision, { decision, fields: [field], what, name, count: 1 });
      return;
    }
    use.count++;
    if (use.fields.length < MAX_FIELDS) use.fields.push(field);
  }
}

const onlyGranted = (decision: GrantedImage | RefusedImage): GrantedImage | undefined =>
  decision.kind === 'granted' ? decision : undefined;

/** The command that helps where signing does; else the hint of the refusal. */
function nextStep({ code, hint, image, policy }: RefusedImage): string {
  if (policy === undefined || (code !== 'POLICY_UNSIGNED' && code !== 'GRANTS_ABSENT')) return hint;
  const { repository, roles } = policy.trust;
  const grant = code === 'GRANTS_ABSENT' ? ' --grant DOMAIN=LEVEL' : '';
  return `writ sign ${image}${grant} --repository ${repository} --role ${String(roles[0])}`;
}

function evidenceOf({ decision, fields }: Use): ImageEvidence {
  const { image } = decision;
  if (decision.kind === 'refused') {
    const { code, policy } = decision;
    const none = { digest: undefined, intent: undefined, grants: undefined, signed: [] };
    return { image, fields, policy: policy?.name, code, ...none };
  }
  const { policy, digest, evidence } = decision.vouched;
  const settings = decision.kind === 'granted' ? decision.settings : undefined;
  return {
    image,
    fields,
    policy: policy.name,
    digest,
    intent: settings?.intent,
    grants: settings?.grantsJson,
    code: undefined,
    signed: evidence.map(({ repository, role, version }) => ({ repository, role, version })),
  };
}
