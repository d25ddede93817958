/** What a review costs: no more than it is long. */
import { stepsOf } from '../support/steps.js'; // first: it counts what is read after it
import { expect, it } from 'vitest';
import { both, bytes, cluster, digest, golden, pod, policy, reviewOf, USER } from './world.js';

it('attack 12: a pod of 5,000 containers costs no more than five times what a fifth of it costs', async () => {
  const cost = (count: number): Promise<number> => {
    const containers = Array.from({ length: count }, (_, i) => ({
      name: `c${i}`,
      image: `registry.example/team/x${i}:1`,
      securityContext: { privileged: i % 2 === 0 },
    }));
    const review = bytes(reviewOf(pod({}, { containers })));
    const admission = cluster();
    return stepsOf(() => admission.handle(review, 'mutate'));
  };
  expect(await cost(5_000)).toBeLessThan(5.5 * (await cost(1_000)));
});

it.each([
  ['CREATE-pods-validate.json.gz', 'mutate'],
  ['CREATE-pods-validate.json.gz', 'validate'],
  ['UPDATE-pods-mutate.json.gz', 'validate'],
  ['UPDATE-pods-validate.json.gz', 'validate'],
] as const)('%s, of megabytes, costs less than a step for every two bytes: %s', async (name, phase) => {
  const everywhere = policy({ namespaces: ['default'], images: ['**'], authority: USER });
  const targets = both('registry.example/app', '1', digest('a'), USER);
  const admission = cluster({ policies: [everywhere], targets });
  const review = bytes(golden(name));
  expect(await stepsOf(() => admission.handle(review, phase))).toBeLessThan(review.length / 2);
});
