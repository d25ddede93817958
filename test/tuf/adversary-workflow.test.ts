/** Every lie about versions, listed files and targets, at every role where it can be told: `docs/attacks.md` names the attacks. */
import { describe, it } from 'vitest';
import { LIES } from './adversary/lies.js';
import { expectRefusal, nameOf } from './adversary/world.js';

describe('attack: lies about versions, listed files and targets', () => {
  it.each(LIES.workflow.map(lie => [nameOf(lie), lie] as const))('%s', (_, lie) => expectRefusal(lie));
});
