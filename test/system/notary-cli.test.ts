/**
 * The steps of recording A with `writ notary` in place of `notary`: against the service and against the real
 * notary-server every step ends as it was recorded. Where it does not, it says why.
 */
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NOTARY_DEFAULTS, start } from '../server/service.js';
import { recordedSteps, runNotarySteps, type StepOutcome } from '../support/notary-steps.js';
import { startNotaryServer } from '../support/notary-server.js';
import { describeWith } from '../support/system.js';

const WRIT_NOTARY = [process.execPath, join(process.cwd(), 'dist/writ.js'), 'notary'];

const exits = (outcomes: readonly Pick<StepOutcome, 'step' | 'exit'>[]): string[] =>
  outcomes.map(({ step, exit }) => `${step} ${exit}`);

describeWith(['openssl', 'bash'], 'writ notary in the steps of recording A', () => {
  it.each(['ed25519', 'ecdsa'] as const)('against the service, whose keys are %s', async algorithm => {
    const { addresses } = await start({
      auth: { mode: 'loopback' },
      notary: { ...NOTARY_DEFAULTS, keyAlgorithm: algorithm },
    });
    const outcomes = await runNotarySteps({ program: WRIT_NOTARY, server: addresses.repository });
    expect(exits(outcomes)).toEqual(exits(recordedSteps()));
  });
});

describeWith(['notary-server', 'openssl', 'bash'], 'writ notary and the real notary-server', () => {
  it('in the steps of recording A', async () => {
    const server = await startNotaryServer();
    try {
      const outcomes = await runNotarySteps({ program: WRIT_NOTARY, server: server.url });
      expect(exits(outcomes)).toEqual(exits(recordedSteps()));
    } finally {
      await server.stop();
    }
  });
});
