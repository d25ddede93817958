/** What the choice of a policy costs, whatever there is to choose from. */
import { stepsOf } from '../support/steps.js'; // first: it counts what is read after it
import { expect, it } from 'vitest';
import { PolicySet } from '../../src/policy/policy-set.js';
import { image, policy } from './world.js';

it('a namespace of a million characters is refused before it is compared with anything', async () => {
  const set = PolicySet.of([policy({ namespaces: ['a*'], images: ['**'] })]);
  const asked = image('nginx');
  const cost = (length: number): Promise<number> => {
    const namespace = 'a'.repeat(length);
    return stepsOf(() => {
      expect(() => set.select(namespace, asked)).toThrow(/^no admission policy matches/);
    });
  };
  expect(await cost(1_000_000)).toBeLessThan(2 * (await cost(1000)));
});

it('the choice does not grow with the policies that do not match', async () => {
  const asked = image('registry.example/team-3/app');
  const cost = (count: number): Promise<number> => {
    const set = PolicySet.of(
      Array.from({ length: count }, (_, i) =>
        policy({
          name: `p${i}`,
          namespaces: [`n${i}`, `n${i}-*`],
          images: i % 2 === 0 ? ['**'] : [`registry.example/team-${i}/**`],
        }),
      ),
    );
    return stepsOf(() => {
      expect(set.select('n3', asked).name).toBe('p3');
    });
  };
  expect(await cost(20_000)).toBeLessThan(2 * (await cost(10)));
});
