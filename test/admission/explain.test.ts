/** What `kubectl` prints when a pod is denied. */
import { describe, expect, it } from 'vitest';
import { APP, APP_DIGEST, ask, both, cluster, pod, PRODUCTION, reviewOf } from './world.js';

const EVIL = 'registry.example/team/evil:1';

describe('a denial for people', () => {
  it('names the container, the image, the rule and the next command', () => {
    const answer = ask(reviewOf(pod({ image: EVIL })));
    expect(answer.status).toEqual({
      status: 'Failure',
      code: 403,
      reason: 'POLICY_UNSIGNED',
      message: `writ denies the pod "web" in "prod": container "app": ${EVIL} is not signed by team of example (policy production). Next: writ sign ${EVIL} --repository example --role team.`,
    });
  });
  it('counts the containers of one image, and asks for grants where they are absent', () => {
    const targets = both(APP, '1', APP_DIGEST);
    const twice = pod(
      {},
      {
        containers: [
          { name: 'a', image: `${APP}:1` },
          { name: 'b', image: `${APP}:1` },
        ],
      },
    );
    const answer = ask(reviewOf(twice), 'mutate', cluster({ targets, policies: [PRODUCTION] }));
    expect(answer.status?.reason).toBe('GRANTS_ABSENT');
    expect(answer.status?.message).toContain('container "a" and 1 more: ');
    expect(answer.status?.message).toContain(
      `writ sign ${APP}:1 --grant DOMAIN=LEVEL --repository example --role team`,
    );
  });
});
