/** Every lie at every role where it can be told: `docs/attacks.md` names the attacks, `adversary/` tells the lies. */
import { describe, expect, it } from 'vitest';
import { DELEGATION_LIES, ENTRY_LIES, KEY_LIES, NAME_LIES } from './adversary/delegators.js';
import { DOCUMENT_LIES } from './adversary/documents.js';
import { WORKFLOW_LIES } from './adversary/workflow.js';
import { expectRefusal, nameOf, type Lie } from './adversary/world.js';

const LIES: Readonly<Record<string, readonly Lie[]>> = {
  'attack: lies in one document': DOCUMENT_LIES,
  'attack: lies of who names the keys': [...ENTRY_LIES, ...KEY_LIES, ...NAME_LIES, ...DELEGATION_LIES],
  'attack: lies about versions, listed files and targets': WORKFLOW_LIES,
};

describe.each(Object.entries(LIES))('%s', (_, lies) => {
  it.each(lies.map(lie => [nameOf(lie), lie] as const))('%s', (__, lie) => expectRefusal(lie));
});

it('there are more than 600 lies, each with a name of its own', () => {
  const names = Object.values(LIES).flat().map(nameOf);
  expect(new Set(names).size).toBe(names.length);
  expect(names.length).toBeGreaterThan(600);
});
