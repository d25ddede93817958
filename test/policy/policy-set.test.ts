import { describe, expect, it } from 'vitest';
import fc from '../support/property.js';
import { compareSpecificity, parseImagePattern } from '../../src/image/pattern.js';
import { compareTuples, isNamespace, parseNamespacePattern } from '../../src/policy/namespace.js';
import { PolicySet } from '../../src/policy/policy-set.js';
import { isWritError } from '../../src/errors.js';
import { image, policy } from './world.js';

const chosen = (shapes: Parameters<typeof policy>[0][], namespace: string, text: string): string => {
  const set = PolicySet.of(shapes.map((shape, i) => policy({ name: `p${i}`, ...shape })));
  try {
    return set.select(namespace, image(text)).name;
  } catch (error) {
    if (!isWritError(error)) throw error;
    return error.code;
  }
};

describe('the most specific policy', () => {
  it('is the one with the more exact image, then the more exact namespace', () => {
    const shapes = [
      { namespaces: ['*'], images: ['**'] },
      { namespaces: ['prod'], images: ['**'] },
      { namespaces: ['prod-*'], images: ['**'] },
      { namespaces: ['*'], images: ['registry.example/**'] },
      { namespaces: ['*'], images: ['registry.example/team/*'] },
      { namespaces: ['*'], images: ['registry.example/team/app'] },
      { namespaces: ['prod'], images: ['registry.example/team/app'] },
      { namespaces: ['*'], images: ['registry.example/t*/app'] },
      { namespaces: ['*'], images: ['*.example/team/app'] },
      { namespaces: ['*'], images: ['nginx'] },
    ];
    expect(chosen(shapes, 'prod', 'quay.io/x/y')).toBe('p1');
    expect(chosen(shapes, 'prod-1', 'quay.io/x/y')).toBe('p2');
    expect(chosen(shapes, 'dev', 'quay.io/x/y')).toBe('p0');
    expect(chosen(shapes, 'prod', 'registry.example/x/y/z')).toBe('p3');
    expect(chosen(shapes, 'prod', 'registry.example/team/other')).toBe('p4');
    expect(chosen(shapes, 'dev', 'registry.example/team/app')).toBe('p5');
    expect(chosen(shapes, 'prod', 'registry.example/team/app')).toBe('p6');
    expect(chosen(shapes, 'dev', 'registry.example/tools/app')).toBe('p7');
    expect(chosen(shapes, 'dev', 'other.example/team/app')).toBe('p8');
    expect(chosen(shapes, 'dev', 'nginx')).toBe('p9');
  });

  it('does not depend on the order of the policies', () => {
    const shapes = [
      { namespaces: ['*'], images: ['**'], name: 'wide' },
      { namespaces: ['prod'], images: ['registry.example/**'], name: 'narrow' },
    ];
    expect(chosen(shapes, 'prod', 'registry.example/a/b')).toBe('narrow');
    expect(chosen(shapes.toReversed(), 'prod', 'registry.example/a/b')).toBe('narrow');
  });

  it('ADMISSION 6: a host embedded in a path is not that host', () => {
    const shapes = [{ images: ['registry.example/**'] }];
    expect(chosen(shapes, 'prod', 'evil.example/registry.example/team/app')).toBe('POLICY_NO_MATCH');
    expect(chosen(shapes, 'prod', 'registry.example.evil/team/app')).toBe('POLICY_NO_MATCH');
    expect(chosen(shapes, 'prod', 'registry.example:5000/team/app')).toBe('POLICY_NO_MATCH');
    expect(chosen([{ images: ['*.example/**'] }], 'prod', 'a.b.example/team/app')).toBe('POLICY_NO_MATCH');
  });

  it('ADMISSION 6: `org` is not `orgevil`', () => {
    const shapes = [{ images: ['registry.example/org/**'] }];
    expect(chosen(shapes, 'prod', 'registry.example/org/app')).toBe('p0');
    expect(chosen(shapes, 'prod', 'registry.example/orgevil/app')).toBe('POLICY_NO_MATCH');
    expect(chosen(shapes, 'prod', 'registry.example/org')).toBe('POLICY_NO_MATCH');
  });

  it('ADMISSION 7: the implicit docker.io is docker.io, localhost is not', () => {
    const shapes = [{ images: ['docker.io/library/*'] }];
    expect(chosen(shapes, 'prod', 'nginx')).toBe('p0');
    expect(chosen(shapes, 'prod', 'index.docker.io/nginx')).toBe('p0');
    expect(chosen(shapes, 'prod', 'localhost/library/nginx')).toBe('POLICY_NO_MATCH');
    expect(chosen(shapes, 'prod', 'Docker.io/library/nginx')).toBe('POLICY_NO_MATCH');
  });

  it('ADMISSION 18: a namespace that only looks like the pattern does not match', () => {
    const shapes = [{ namespaces: ['prod-*', 'kube-system'], images: ['**'] }];
    expect(chosen(shapes, 'prod-a', 'nginx')).toBe('p0');
    for (const other of [
      'prod',
      'xprod-a',
      'prod-',
      'prod-A',
      'prod-a\n',
      '',
      'kube-system ',
      'kube-system2',
      'prod-a/b',
    ]) {
      expect(chosen(shapes, other, 'nginx'), JSON.stringify(other)).toBe('POLICY_NO_MATCH');
    }
    expect(chosen([{ namespaces: ['*'], images: ['**'] }], 'a b', 'nginx')).toBe('POLICY_NO_MATCH');
  });
});

describe('policies that match equally well', () => {
  it('are refused when the set is made, where both name the same', () => {
    const a = policy({ name: 'a', namespaces: ['prod', 'dev'], images: ['nginx'] });
    const b = policy({ name: 'b', namespaces: ['dev'], images: ['docker.io/library/nginx'] });
    expect(() => PolicySet.of([a, b])).toThrow(
      expect.objectContaining({
        code: 'POLICY_AMBIGUOUS',
        message:
          'the policy a (p.yaml:1) and the policy b (p.yaml:1) match the images docker.io/library/nginx in the namespaces dev equally well',
        details: { policies: ['a', 'b'] },
      }) as Error,
    );
    const all = [policy({ name: 'a', images: ['**'] }), policy({ name: 'b', images: ['**'] })];
    expect(() => PolicySet.of(all)).toThrow(/match the images \*\* in the namespaces prod equally well$/);
  });

  it('are refused when asked, where they only overlap', () => {
    const shapes = [{ images: ['registry.example/a*'] }, { images: ['registry.example/*b'] }];
    expect(chosen(shapes, 'prod', 'registry.example/ab')).toBe('POLICY_AMBIGUOUS');
    expect(chosen(shapes, 'prod', 'registry.example/ax')).toBe('p0');
    expect(chosen(shapes, 'prod', 'registry.example/xb')).toBe('p1');
    const set = PolicySet.of(shapes.map((shape, i) => policy({ name: `p${i}`, ...shape })));
    expect(() => set.select('prod', image('registry.example/ab:2'))).toThrow(
      'the policy p0 (p.yaml:1) and the policy p1 (p.yaml:1) match registry.example/ab:2 in the namespace prod equally well',
    );
  });

  it('do not matter below a more specific one, wherever it stands', () => {
    const shapes = [
      { images: ['registry.example/a*'] },
      { images: ['registry.example/*b'] },
      { images: ['registry.example/ab'] },
    ];
    for (const order of [shapes, shapes.toReversed(), [shapes[0]!, shapes[2]!, shapes[1]!]]) {
      expect(chosen(order, 'prod', 'registry.example/ab')).toBe(`p${order.indexOf(shapes[2]!)}`);
    }
  });

  it('are not two when one policy matches by two patterns', () => {
    expect(
      chosen([{ images: ['registry.example/a*', 'registry.example/*b'] }], 'prod', 'registry.example/ab'),
    ).toBe('p0');
    expect(chosen([{ images: ['nginx', 'docker.io/library/nginx'] }], 'prod', 'nginx')).toBe('p0');
  });
});

describe('a set', () => {
  it('refuses two policies of one name', () => {
    const twins = [policy({ images: ['a'] }), policy({ images: ['b'], source: { file: 'q.yaml', line: 7 } })];
    expect(() => PolicySet.of(twins)).toThrow(
      expect.objectContaining({
        code: 'POLICY_INVALID',
        message: 'the policy p (p.yaml:1) and the policy p (q.yaml:7) have one name',
      }) as Error,
    );
  });

  it('lists the roles to keep verified, by repository', () => {
    const set = PolicySet.of([
      policy({ name: 'a', roles: ['x', 'y'] }),
      policy({ name: 'b', roles: ['y', 'z'], images: ['b'] }),
      policy({ name: 'c', repository: 'other', images: ['c'] }),
    ]);
    expect([...set.roles].map(([name, roles]) => [name, [...roles]])).toEqual([
      ['example', ['x', 'y', 'z']],
      ['other', ['team']],
    ]);
    expect(set.policies.map(({ name }) => name)).toEqual(['a', 'b', 'c']);
  });

  it('has a generation of its own', () => {
    expect(PolicySet.of([]).generation).toBeGreaterThan(PolicySet.of([]).generation - 2);
    expect(PolicySet.of([]).generation).not.toBe(PolicySet.of([]).generation);
  });

  it('bounds the pairs of patterns', () => {
    const namespaces = Array.from({ length: 447 }, (_, i) => `n${i}`);
    const images = Array.from({ length: 448 }, (_, i) => `i${i}`);
    expect(() => PolicySet.of([policy({ namespaces, images })])).toThrow(
      'the policies match 200256 pairs of patterns, more than 200000',
    );
    expect(PolicySet.of([policy({ namespaces: namespaces.slice(0, 446), images })]).policies).toHaveLength(1);
  });
});

describe('namespace patterns', () => {
  it.each(['', 'Prod', 'a_b', '-a', 'a-', 'a.b', 'a b', 'a'.repeat(64), '*-', '*'.repeat(9)])(
    'refuses %j',
    text => {
      expect(() => parseNamespacePattern(text)).toThrow(
        expect.objectContaining({
          code: 'POLICY_INVALID',
          message: `the namespace pattern ${JSON.stringify(text)} is not a DNS label with at most 8 stars`,
        }) as Error,
      );
    },
  );

  it('takes what is at the bounds', () => {
    expect(parseNamespacePattern('*'.repeat(8)).specificity).toEqual([0, 0, -8]);
    expect(parseNamespacePattern('a'.repeat(63)).specificity).toEqual([1, 63, -0]);
    expect(isNamespace('a'.repeat(63))).toBe(true);
    expect(isNamespace('a'.repeat(64))).toBe(false);
  });

  it('agrees with a regular expression', () => {
    const alphabet = fc.string({ unit: fc.constantFrom('a', 'b', '*'), minLength: 1, maxLength: 8 });
    const name = fc.string({ unit: fc.constantFrom('a', 'b'), minLength: 1, maxLength: 8 });
    fc.assert(
      fc.property(alphabet, name, (text, candidate) => {
        const expression = new RegExp(`^${text.replaceAll('*', '[a-z0-9-]*')}$`);
        expect(parseNamespacePattern(text).matches(candidate)).toBe(expression.test(candidate));
      }),
      { numRuns: 2000 },
    );
  });
});

describe('selection, as a property', () => {
  const text = fc.constantFrom('a', 'b', 'ab', '*', 'a*', '*b');
  const images = fc.constantFrom(
    '**',
    'r.io/**',
    'r.io/a/**',
    'r.io/a/*',
    'r.io/*/b',
    'r.io/a/b',
    '*.io/a/b',
    'r.io/**/b',
    's.io/**',
    'r.io/a*/b',
  );
  const shapes = fc.array(fc.record({ namespace: text, image: images }), { maxLength: 8 });

  it('agrees with comparing every policy with every other', () => {
    const names = fc.constantFrom('r.io/a/b', 'r.io/a/c', 'r.io/ab/b', 's.io/a/b', 'r.io/a/b/b');
    fc.assert(
      fc.property(shapes, fc.constantFrom('a', 'b', 'ab'), names, (all, namespace, name) => {
        const unique = [...new Map(all.map(shape => [`${shape.namespace} ${shape.image}`, shape])).values()];
        const matching = unique
          .map((shape, i) => ({
            i,
            image: parseImagePattern(shape.image),
            namespace: parseNamespacePattern(shape.namespace),
          }))
          .filter(rule => rule.namespace.matches(namespace) && rule.image.matches(image(name)));
        const order = (a: (typeof matching)[0], b: (typeof matching)[0]) =>
          compareSpecificity(a.image, b.image) ||
          compareTuples(a.namespace.specificity, b.namespace.specificity);
        const top = matching.filter(rule => matching.every(other => order(rule, other) >= 0));
        const expected =
          top.length === 0 ? 'POLICY_NO_MATCH' : top.length > 1 ? 'POLICY_AMBIGUOUS' : `p${top[0]!.i}`;
        const given = unique.map(shape => ({ namespaces: [shape.namespace], images: [shape.image] }));
        expect(chosen(given, namespace, name)).toBe(expected);
      }),
      { numRuns: 3000 },
    );
  });
});
