/** Diagrams as such: one node for one function, however many there are, and what is found by walking them. */
import { describe, expect, it } from 'vitest';
import { Diagrams, type Node } from '../../../src/entitlements/algebra/diagram.js';

describe('a diagram', () => {
  const diagrams = new Diagrams();
  const [a, b, c] = [1, 2, 3].map(answer => diagrams.answer(answer)) as [Node, Node, Node];

  it('is one node for one function', () => {
    expect(diagrams.test(4, a, b)).toBe(diagrams.test(4, a, b));
    const others = [
      diagrams.test(4, a, b),
      diagrams.test(4, a, c),
      diagrams.test(4, c, b),
      diagrams.test(5, a, b),
    ];
    expect(new Set([...others, a, b, c]).size).toBe(7);
    expect(diagrams.test(4, a, a)).toBe(a);
    expect(diagrams.answer(0xffffffff)).toBe(diagrams.answer(-1));
    expect(diagrams.evaluate(diagrams.answer(-1), () => 0)).toBe(0xffffffff);
  });

  it('stays what it is however many there are', () => {
    const many = new Diagrams();
    const nodes = Array.from({ length: 20_000 }, (_, i) => many.answer(3 * i));
    const tests = nodes.map((node, i) => many.test(i % 50, nodes[i - 1] ?? node, node));
    expect(many.size).toBe(39_999);
    expect(nodes.map((_, i) => many.answer(3 * i))).toEqual(nodes);
    expect(nodes.map((node, i) => many.test(i % 50, nodes[i - 1] ?? node, node))).toEqual(tests);
    expect(nodes.every((node, i) => many.evaluate(node, () => 0) === 3 * i)).toBe(true);
    expect(many.size).toBe(39_999);
  });

  it('is followed up to a bit, and asks for that one and later ones', () => {
    const inner = diagrams.test(7, a, b);
    const whole = diagrams.test(3, inner, c);
    expect(diagrams.follow(whole, 7, () => 0)).toBe(inner);
    expect(diagrams.follow(whole, 4, () => 1)).toBe(c);
    expect(diagrams.follow(whole, 3, () => 1)).toBe(whole);
    expect(diagrams.question(whole)).toEqual({ bit: 3, zero: inner, one: c });
    expect(diagrams.question(c)).toBeUndefined();
  });

  it('says every answer, and the first way to one', () => {
    const shared = diagrams.test(9, a, b);
    const whole = diagrams.test(1, diagrams.test(2, shared, a), diagrams.test(3, shared, c));
    expect([...diagrams.answers(whole)].sort()).toEqual([1, 2, 3]);
    expect([...diagrams.answers(shared)].sort()).toEqual([1, 2]);
    const way = (wanted: number): unknown => {
      const path = diagrams.find(whole, answer => answer === wanted);
      return path === undefined ? undefined : [...path].sort(([x], [y]) => x - y);
    };
    expect(way(1)).toEqual([
      [1, 0],
      [2, 0],
      [9, 0],
    ]);
    expect(way(2)).toEqual([
      [1, 0],
      [2, 0],
      [9, 1],
    ]);
    expect(way(3)).toEqual([
      [1, 1],
      [3, 1],
    ]);
    expect(way(4)).toBeUndefined();
    expect(diagrams.find(a, answer => answer === 1)).toEqual(new Map());
  });

  it('is chosen by another', () => {
    const [no, yes] = [diagrams.answer(0), diagrams.answer(1)];
    const condition = diagrams.test(2, no, yes);
    expect(diagrams.choose(condition, a, b)).toBe(diagrams.test(2, b, a));
    expect(diagrams.choose(yes, a, b)).toBe(a);
    expect(diagrams.choose(no, a, b)).toBe(b);
    expect(diagrams.choose(condition, a, a)).toBe(a);
    const outer = diagrams.test(1, a, b);
    expect(diagrams.choose(condition, outer, c)).toBe(
      diagrams.test(1, diagrams.test(2, c, a), diagrams.test(2, c, b)),
    );
  });
});

it('has at most 2^21 nodes', () => {
  const diagrams = new Diagrams();
  for (let i = 0; i < 2 ** 21; i++) diagrams.answer(i);
  expect(diagrams.answer(7)).toBe(7);
  expect(() => diagrams.answer(2 ** 21)).toThrow(
    expect.objectContaining({
      code: 'PROFILE_TOO_LARGE',
      message: 'the profile needs more than 2097152 decisions',
    }),
  );
});
