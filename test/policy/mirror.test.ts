/** Images of mirrors: asked for under the name that was signed, run from where the pod says. */
import { describe, expect, it } from 'vitest';
import { parseRemap } from '../../src/image/remap.js';
import { parseImageReference } from '../../src/image/reference.js';
import { PolicySet } from '../../src/policy/policy-set.js';
import { vouchImage } from '../../src/policy/vouch.js';
import type { Vouch } from '../../src/policy/vouch-types.js';
import { grants } from './language.js';
import { both, digest, MemoryFinder, NOW, policy } from './world.js';

const NAME = 'docker.io/library/nginx';
const COPY = 'mirror.local/hub/library/nginx';
const finder = new MemoryFinder(both(NAME, '1', digest('a'), grants({ network: 'user' })));
const HUB = policy({ images: ['docker.io/library/*'] });
const remap = parseRemap([{ from: 'mirror.local/hub', to: 'docker.io' }]);

const ask = (text: string, policies = [HUB], rules: { remap?: typeof remap } = { remap }): Vouch =>
  vouchImage(
    { reference: parseImageReference(text), namespace: 'prod' },
    { policies: PolicySet.of(policies), finder, now: NOW, ...rules },
  );

describe('an image of a mirror', () => {
  it('is vouched for as what it copies, and pinned where it is', () => {
    const vouch = ask(`${COPY}:1`);
    expect(vouch).toMatchObject({ kind: 'vouched', digest: digest('a') });
    if (vouch.kind !== 'vouched') return;
    expect(vouch.pinned.toString()).toBe(`${COPY}@${digest('a')}`);
    expect(vouch.signedAs.toString()).toBe(`${NAME}@${digest('a')}`);
    expect(vouch.evidence.map(({ path }) => path)).toEqual([`${NAME}@${digest('a')}`]);
  });

  it('gets the same answer when it is pinned, as the second webhook sees it', () => {
    expect(ask(`${COPY}@${digest('a')}`)).toMatchObject({ kind: 'vouched', digest: digest('a') });
  });

  it('is refused where no mirror is known, and under the name of a mirror in a policy', () => {
    expect(ask(`${COPY}:1`, [HUB], {})).toMatchObject({ kind: 'refused', code: 'POLICY_NO_MATCH' });
    const ofMirror = policy({ images: ['mirror.local/hub/library/*'] });
    expect(ask(`${COPY}:1`, [ofMirror])).toMatchObject({ kind: 'refused', code: 'POLICY_NO_MATCH' });
  });

  it('is refused when nobody signed what it copies; the reason names what should be signed', () => {
    const vouch = ask(`${COPY}:2`);
    expect(vouch).toMatchObject({ kind: 'refused', code: 'POLICY_UNSIGNED' });
    expect(vouch.kind === 'refused' && vouch.reason).toContain(`${NAME}:2`);
  });
});
