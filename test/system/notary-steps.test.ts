/**
 * The steps of recording A with the unmodified `notary` 0.7.0: against the service each ends as it was recorded, having
 * asked the same of the server and got the same statuses; so it does against notary-server, which shows that the steps
 * are those of the recording.
 */
import { expect, it } from 'vitest';
import { NOTARY_DEFAULTS, start } from '../server/service.js';
import { recordedSteps, runNotarySteps, type StepOutcome } from '../support/notary-steps.js';
import { startNotaryServer } from '../support/notary-server.js';
import { describeWith } from '../support/system.js';

const told = (outcomes: readonly StepOutcome[]): object[] =>
  outcomes.map(({ step, exit, exchanges }) => ({ step, exit, exchanges }));

describeWith(['notary', 'openssl', 'bash'], 'notary 0.7 in the steps of its recording', () => {
  it.each(['ed25519', 'ecdsa'] as const)('against the service, whose keys are %s', async algorithm => {
    const { addresses } = await start({
      auth: { mode: 'loopback' },
      notary: { ...NOTARY_DEFAULTS, keyAlgorithm: algorithm },
    });
    const outcomes = await runNotarySteps({ program: ['notary'], server: addresses.repository });
    expect(told(outcomes)).toEqual(recordedSteps());
  });
});

describeWith(['notary', 'notary-server', 'openssl', 'bash'], 'the steps themselves', () => {
  it('are those of the recording: notary-server answers them so', async () => {
    const server = await startNotaryServer();
    try {
      const outcomes = await runNotarySteps({ program: ['notary'], server: server.url });
      expect(told(outcomes)).toEqual(recordedSteps());
    } finally {
      await server.stop();
    }
  });
});
