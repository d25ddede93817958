/** Every lie in one document, at every role where it can be told: `docs/attacks.md` names the attacks. */
import { describe, expect, it } from 'vitest';
import { LIES } from './adversary/lies.js';
import { expectRefusal, nameOf } from './adversary/world.js';

describe('attack: lies in one document', () => {
  it.each(LIES.documents.map(lie => [nameOf(lie), lie] as const))('%s', (_, lie) => expectRefusal(lie));
});

it('there are more than 700 lies in all, each with a name of its own', () => {
  const names = Object.values(LIES).flat().map(nameOf);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(700);
});
