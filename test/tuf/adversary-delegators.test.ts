/** Every lie of who names the keys of a role, at every role where it can be told: `docs/attacks.md` names the attacks. */
import { describe, it } from 'vitest';
import { LIES } from './adversary/lies.js';
import { expectRefusal, nameOf } from './adversary/world.js';

describe('attack: lies of who names the keys', () => {
  it.each(LIES.delegators.map(lie => [nameOf(lie), lie] as const))('%s', (_, lie) => expectRefusal(lie));
});
