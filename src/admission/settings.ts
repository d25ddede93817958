/** What grants come to in a pod: the settings that hold a container to them. */
import { compile } from '../entitlements/compile.js';
import { emitKubernetes } from '../entitlements/emit/kubernetes.js';
import type { Emission } from '../entitlements/emit/emission.js';
import type { Grants } from '../entitlements/grants.js';
import { intentOf } from '../entitlements/intent.js';
import type { Baselines } from '../entitlements/model.js';
import type { Profile } from '../entitlements/profile.js';
import type { Target } from '../entitlements/target.js';
import { toWritError, WritError } from '../errors.js';
import { asObject, asString, arrayAt, objectAt, stringAt, stringsAt } from '../json/read.js';
import { member, type JsonObject, type JsonValue } from '../json/types.js';
import type { AdmissionPolicy } from '../policy/model.js';

export interface Settings {
  readonly grants: Grants;
  readonly grantsJson: JsonObject;
  /** SHA-256 in hex: the name of the profile on every node. */
  readonly intent: string;
  /** Spelled `SYS_ADMIN`. */
  readonly capabilities: readonly string[];
  /** Of the container, without `capabilities`, `privileged` and `seccompProfile`. */
  readonly securityContext: ReadonlyMap<string, JsonValue>;
  readonly seccompProfile: JsonObject;
  /** Of the pod. */
  readonly sysctls: ReadonlyMap<string, string>;
  /** What Kubernetes cannot express and the policy accepts, by name. */
  readonly accepted: readonly string[];
}

/** Distinct grants under one policy; more than this are worked out anew each time. */
const MAX_KEPT = 1_000;

/** Works out settings, once for each policy and intent. */
export class SettingsMaker {
  readonly #baselines: Baselines;
  readonly #kept = new WeakMap<AdmissionPolicy, Map<string, Settings | WritError>>();

  constructor(baselines: Baselines) {
    this.#baselines = baselines;
  }

  /**
   * The settings for `grants`, which compile for every kind of node that the policy names.
   *
   * @throws WritError ADMISSION_UNEXPRESSED when Kubernetes cannot express a part that the policy does not accept,
   *   PROFILE_RUNTIME, PROFILE_ARCHITECTURE, PROFILE_LIBSECCOMP, PROFILE_KERNEL when a node is not covered
   */
  settingsFor(grants: Grants, policy: AdmissionPolicy): Settings {
    const kept = this.#kept.get(policy) ?? new Map<string, Settings | WritError>();
    this.#kept.set(policy, kept);
    const intent = intentOf(grants);
    const known = kept.get(intent) ?? this.#attempt(grants, intent, policy);
    if (kept.size < MAX_KEPT) kept.set(intent, known);
    if (known instanceof WritError) throw known;
    return known;
  }

  #attempt(grants: Grants, intent: string, policy: AdmissionPolicy): Settings | WritError {
    try {
      return this.#make(grants, intent, policy);
    } catch (error) {
      return toWritError(error);
    }
  }

  #make(grants: Grants, intent: string, policy: AdmissionPolicy): Settings {
    const nodes = policy.nodes.length > 0 ? policy.nodes : anyNode(this.#baselines);
    const emissions = nodes.map(node => withoutLimits(compile(grants, node, this.#baselines)));
    const [first] = emissions;
    if (first === undefined) throw new WritError('PROFILE_RUNTIME', 'no runtime has a baseline');
    const accepted = acceptedBy(policy, emissions, grants);
    return { grants, grantsJson: grants.toJson(), intent, accepted, ...readOutput(first.output, policy) };
  }
}

/** Admission writes no limits into pods: where grants have some, the policy has to live without them. */
function withoutLimits(profile: Profile): Emission<JsonObject> {
  const { output, unexpressed } = emitKubernetes(profile);
  if (profile.parts.limits.size === 0 || unexpressed.some(({ name }) => name === 'limits')) {
    return { output, unexpressed };
  }
  const reason = 'admission does not write limits into pods yet';
  return { output, unexpressed: [...unexpressed, { name: 'limits', reason }] };
}

/** What goes into a pod does not depend on the node: any that is covered will do. */
function anyNode({ runtimes }: Baselines): Target[] {
  const [baseline] = runtimes.values();
  const arch = baseline?.arches[0];
  return baseline === undefined || arch === undefined ? [] : [{ arch, runtime: baseline.id }];
}

function acceptedBy(policy: AdmissionPolicy, emissions: readonly Emission[], grants: Grants): string[] {
  const found = new Map(
    emissions.flatMap(({ unexpressed }) => unexpressed.map(({ name, reason }) => [name, reason])),
  );
  const refused = [...found].filter(([name]) => !policy.accept.includes(name));
  if (refused.length === 0) return [...found.keys()].sort();
  throw new WritError(
    'ADMISSION_UNEXPRESSED',
    `Kubernetes cannot express all of ${grants.toString()}: ${refused.map(([name, why]) => `${name} (${why})`).join('; ')}`,
    {
      hint: `list ${refused.map(([name]) => name).join(', ')} under accept of the policy ${policy.name}, or change the grants`,
      details: { unexpressed: refused.map(([name]) => name) },
    },
  );
}

const APART: ReadonlySet<string> = new Set(['capabilities', 'privileged', 'seccompProfile']);

function readOutput(
  output: JsonObject,
  policy: AdmissionPolicy,
): Pick<Settings, 'capabilities' | 'securityContext' | 'seccompProfile' | 'sysctls'> {
  const context = objectAt(output, 'securityContext', 'output');
  const capabilities = objectAt(context, 'capabilities', 'securityContext');
  const pod = objectAt(objectAt(output, 'pod', 'output'), 'securityContext', 'output.pod');
  return {
    capabilities:
      member(capabilities, 'add') === undefined ? [] : stringsAt(capabilities, 'add', 'capabilities'),
    securityContext: new Map(Object.entries(context).filter(([key]) => !APART.has(key))),
    seccompProfile:
      policy.profile === 'localhost'
        ? objectAt(context, 'seccompProfile', 'securityContext')
        : { type: 'RuntimeDefault' },
    sysctls: new Map(
      arrayAt(pod, 'sysctls', 'pod').map(item => {
        const sysctl = asObject(item, 'sysctl');
        return [stringAt(sysctl, 'name', 'sysctl'), asString(member(sysctl, 'value'), 'sysctl.value')];
      }),
    ),
  };
}
