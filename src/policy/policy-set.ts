/** The admission policies in force, and which one of them speaks for an image in a namespace. */
import { WritError } from '../errors.js';
import { splitDomain } from '../image/grammar.js';
import type { ImagePattern } from '../image/pattern.js';
import { quote } from '../json/quote.js';
import type { ImageReference } from '../image/reference.js';
import type { RepositoryName } from '../image/repository-name.js';
import type { RoleName } from '../tuf/role-name.js';
import type { AdmissionPolicy } from './model.js';
import { compareTuples, isNamespace, type NamespacePattern } from './namespace.js';

/** One namespace pattern and one image pattern of one policy. */
interface Rule {
  readonly policy: AdmissionPolicy;
  readonly namespace: NamespacePattern;
  readonly image: ImagePattern;
  readonly rank: readonly number[];
}

/** The rules of one literal beginning of image names, by namespace. */
interface Bucket {
  readonly exact: Map<string, Rule[]>;
  /** By the text before the first star. */
  readonly globs: Map<string, Rule[]>;
}

/** Namespace patterns times image patterns, over all policies. */
const MAX_RULES = 200_000;

let sets = 0;

export class PolicySet {
  readonly policies: readonly AdmissionPolicy[];
  /** Another number for every set of this process. */
  readonly generation: number;
  /** What the policies trust: the roles that must be kept verified. */
  readonly roles: ReadonlyMap<RepositoryName, ReadonlySet<RoleName>>;
  readonly #buckets: ReadonlyMap<string, Bucket>;

  private constructor(policies: readonly AdmissionPolicy[], rules: readonly Rule[]) {
    this.policies = policies;
    this.generation = ++sets;
    this.roles = rolesOf(policies);
    this.#buckets = bucketsOf(rules);
  }

  /**
   * @throws WritError POLICY_INVALID when two policies have one name, or patterns are too many; POLICY_AMBIGUOUS
   *   when two policies match the same namespaces and images. Patterns that only overlap are found by {@link select}.
   */
  static of(policies: readonly AdmissionPolicy[]): PolicySet {
    refuseTwins(policies);
    const count = policies.reduce(
      (sum, { namespaces, images }) => sum + namespaces.length * images.length,
      0,
    );
    if (count > MAX_RULES) {
      throw new WritError(
        'POLICY_INVALID',
        `the policies match ${count} pairs of patterns, more than ${MAX_RULES}`,
      );
    }
    const rules = policies.flatMap(rulesOf);
    refuseSameMatch(rules);
    return new PolicySet([...policies], rules);
  }

  /**
   * The most specific policy for `image` in `namespace`: the more exact image pattern wins, then the more exact
   * namespace pattern. The cost depends on the patterns that begin like the image, not on how many policies exist.
   *
   * @throws WritError POLICY_NO_MATCH when no policy matches, POLICY_AMBIGUOUS when two match equally well
   */
  select(namespace: string, image: ImageReference): AdmissionPolicy {
    let best: Rule | undefined;
    let rival: Rule | undefined;
    for (const rule of this.#matching(namespace, image)) {
      const order = best === undefined ? 1 : compareTuples(rule.rank, best.rank);
      if (order > 0) {
        best = rule;
        rival = undefined;
      } else if (order === 0 && rule.policy !== best?.policy) {
        rival = rule;
      }
    }
    if (best === undefined) throw noMatch(namespace, image);
    if (rival !== undefined)
      throw ambiguous(best, rival, `${image.toString()} in the namespace ${namespace}`);
    return best.policy;
  }

  *#matching(namespace: string, image: ImageReference): Generator<Rule> {
    if (!isNamespace(namespace)) return;
    for (const beginning of beginnings(image)) {
      const bucket = this.#buckets.get(beginning);
      if (bucket === undefined) continue;
      for (const rules of inNamespace(bucket, namespace)) {
        for (const rule of rules) {
          if (rule.namespace.matches(namespace) && rule.image.matches(image)) yield rule;
        }
      }
    }
  }
}

function rolesOf(policies: readonly AdmissionPolicy[]): Map<RepositoryName, Set<RoleName>> {
  const roles = new Map<RepositoryName, Set<RoleName>>();
  for (const { trust } of policies) {
    const known = roles.get(trust.repository) ?? new Set();
    for (const role of trust.roles) known.add(role);
    roles.set(trust.repository, known);
  }
  return roles;
}

function rulesOf(policy: AdmissionPolicy): Rule[] {
  return policy.images.flatMap(image =>
    policy.namespaces.map(namespace => ({
      policy,
      namespace,
      image,
      rank: [...image.specificity, ...namespace.specificity],
    })),
  );
}

function bucketsOf(rules: readonly Rule[]): Map<string, Bucket> {
  const buckets = new Map<string, Bucket>();
  for (const rule of rules) {
    const beginning = literalBeginning(rule.image.text);
    const bucket = buckets.get(beginning) ?? {
      exact: new Map<string, Rule[]>(),
      globs: new Map<string, Rule[]>(),
    };
    buckets.set(beginning, bucket);
    const { exact, prefix } = rule.namespace;
    const byName = exact ? bucket.exact : bucket.globs;
    const same = byName.get(prefix);
    if (same) same.push(rule);
    else byName.set(prefix, [rule]);
  }
  return buckets;
}

/** `registry.example/team` of `registry.example/team/*`; empty when the host itself has a star. */
function literalBeginning(pattern: string): string {
  if (pattern === '**') return '';
  const { domain, path } = splitDomain(pattern);
  if (domain.includes('*')) return '';
  const components = path.split('/');
  const star = components.findIndex(component => component.includes('*'));
  return [domain, ...(star === -1 ? components : components.slice(0, star))].join('/');
}

/** Every literal beginning that a pattern of `image` can have: nothing, the host, and each further component. */
function beginnings({ domain, path }: ImageReference): string[] {
  const found = ['', domain];
  let beginning = domain;
  for (const component of path.split('/')) {
    beginning = `${beginning}/${component}`;
    found.push(beginning);
  }
  return found;
}

function inNamespace({ exact, globs }: Bucket, namespace: string): Rule[][] {
  const found = [exact.get(namespace)];
  for (let length = 0; globs.size > 0 && length <= namespace.length; length++) {
    found.push(globs.get(namespace.slice(0, length)));
  }
  return found.filter(rules => rules !== undefined);
}

function refuseTwins(policies: readonly AdmissionPolicy[]): void {
  const known = new Map<string, AdmissionPolicy>();
  for (const policy of policies) {
    const twin = known.get(policy.name);
    if (twin) {
      throw new WritError('POLICY_INVALID', `${where(twin)} and ${where(policy)} have one name`);
    }
    known.set(policy.name, policy);
  }
}

function refuseSameMatch(rules: readonly Rule[]): void {
  const known = new Map<string, Rule>();
  for (const rule of rules) {
    const image = sameText(rule.image.text);
    const key = `${rule.namespace.text} ${image}`;
    const twin = known.get(key);
    if (twin && twin.policy !== rule.policy) {
      throw ambiguous(twin, rule, `the images ${image} in the namespaces ${rule.namespace.text}`);
    }
    known.set(key, rule);
  }
}

/** `nginx` and `docker.io/library/nginx` are one pattern. */
function sameText(pattern: string): string {
  if (pattern === '**') return pattern;
  const { domain, path } = splitDomain(pattern);
  return `${domain}/${path}`;
}

const where = ({ name, source }: AdmissionPolicy): string =>
  `the policy ${name} (${source.file}:${source.line})`;

function ambiguous(a: Rule, b: Rule, what: string): WritError {
  return new WritError(
    'POLICY_AMBIGUOUS',
    `${where(a.policy)} and ${where(b.policy)} match ${what} equally well`,
    {
      details: { policies: [a.policy.name, b.policy.name] },
    },
  );
}

function noMatch(namespace: string, image: ImageReference): WritError {
  return new WritError(
    'POLICY_NO_MATCH',
    `no admission policy matches ${image.toString()} in the namespace ${quote(namespace)}`,
  );
}
