import { Admission } from '../../admission/admission.js';
import { answerTo } from '../../admission/answer.js';
import type { Decision, ImageEvidence } from '../../admission/decision.js';
import { MAX_REVIEW_BYTES, type Review } from '../../admission/review.js';
import { loadPolicies } from '../../policy/load-policies.js';
import { WritError } from '../../errors.js';
import type { PolicySet } from '../../policy/policy-set.js';
import { parseRemap } from '../../image/remap.js';
import { TrustKeeper } from '../../trust/keeper.js';
import { TrustedRepository } from '../../trust/trusted-repository.js';
import { defineCommand, type Context } from '../command.js';
import { readInput } from '../files.js';
import { readReviewFile } from '../review-file.js';
import { columns } from '../table.js';
import { fetcherOf, openMetadata, openPins } from '../trusted.js';

export const command = defineCommand({
  usage: 'FILE [--policy FILE …] [--namespace NS]',
  description:
    'Decides about a pod as the webhook would: FILE (- is standard input) holds an AdmissionReview as JSON, or a Pod as\n' +
    'YAML or JSON. What is current of the repositories that the policies trust is fetched and verified first. Prints\n' +
    'what would be set, or why the pod is denied; with --json the answer of the webhook. Exit 0 allowed, 1 denied.',
  arguments: [1, 1],
  options: {
    policy: {
      type: 'string',
      multiple: true,
      value: 'FILE',
      help: 'an admission policy, or a folder of them (default: those of the settings)',
    },
    namespace: {
      type: 'string',
      value: 'NS',
      help: "decide as in this namespace (default: the pod's own, else default)",
    },
  },
  examples: [
    'writ admit pod.yaml --policy policies/production.yaml',
    'kubectl get pod web -o json | writ admit - --json',
  ],
  run: async (context, values, [file = '']) => {
    const { clock, stdin } = context.io;
    const review = await readReviewFile(
      file,
      await readInput(file, MAX_REVIEW_BYTES, stdin),
      values.namespace,
    );
    const language = await context.catalogue();
    const { config } = await context.config();
    const paths = values.policy.length > 0 ? values.policy : config.policies;
    if (paths.length === 0) throw noPolicies();
    const policies = await loadPolicies(paths, language);
    const finder = await trustFor(context, policies);
    const admission = new Admission({
      policies: () => policies,
      finder,
      remap: parseRemap(config.remap),
      baselines: language.baselines,
      clock,
    });
    const decision = admission.decide(review, 'mutate');
    context.out.result(answerTo(review, decision), () => words(review, decision));
    return decision.kind === 'denied' ? 1 : 0;
  },
});

function noPolicies(): WritError {
  return new WritError('USAGE', 'no policy is given, and the settings name none', {
    hint: 'name a file with --policy, or set policies in writ.yaml',
  });
}

/** The repositories that the policies name, as current as they can be had; what is stale or missing denies. */
async function trustFor(context: Context, policies: PolicySet): Promise<TrustKeeper> {
  const keeper = new TrustKeeper();
  const pins = await (await openPins(context)).list();
  for (const pin of pins) {
    if (!policies.roles.has(pin.name)) continue;
    const { name, root, source } = pin;
    const store = await openMetadata(pin);
    keeper.add(
      new TrustedRepository({ name, root, fetcher: fetcherOf(source), store, clock: context.io.clock }),
    );
    // The decision itself needs no network: what was verified before counts until it expires.
  }
  keeper.follow(policies.roles);
  for (const { name } of keeper.status(context.io.clock.now())) {
    await keeper.refreshNow(name).catch(async (error: unknown) => {
      context.out.warn(
        `${name} could not be refreshed: ${error instanceof Error ? error.message : String(error)}`,
      );
    });
  }
  return keeper;
}

function words(review: Review, decision: Decision): string {
  const pod = `${review.namespace}/${review.name === '' ? '(unnamed)' : review.name}`;
  switch (decision.kind) {
    case 'passed':
      return `allowed  ${pod}: ${decision.reason}`;
    case 'allowed':
      return [
        `allowed  ${pod}`,
        ...decision.images.map(imageWords),
        ...decision.warnings.map(warning => `  warning: ${warning}`),
        `  ${decision.patch.length === 0 ? 'nothing is changed' : `set: ${decision.patch.map(({ path }) => path).join(' ')}`}`,
      ].join('\n');
    case 'denied': {
      const { first, count } = decision.findings.enforce;
      return [
        `denied   ${pod}`,
        ...first.flatMap(({ code, message, hint }) => [`  ${message} (${code})`, `    next: ${hint}`]),
        ...(count > first.length ? [`  and ${count - first.length} more reasons`] : []),
      ].join('\n');
    }
  }
}

function imageWords({ image, policy, digest, intent, grants, signed }: ImageEvidence): string {
  const levels = Object.entries(grants ?? {}).map(([domain, level]) => `${domain}=${String(level)}`);
  return columns([
    ['image', image],
    ['digest', digest ?? '-'],
    ['policy', policy ?? '-'],
    [
      'signed by',
      signed
        .map(({ repository, role, version }) => `${role} of ${repository} (version ${version})`)
        .join(', '),
    ],
    ['grants', levels.length === 0 ? 'nothing' : levels.join(' ')],
    ['profile', intent === undefined ? '-' : `writ/${intent}.json`],
  ]);
}
