/**
 * `writ notary` in the steps of recording A, against the service and against the real notary-server: every step ends as
 * it was recorded and says what `notary` says, also where the two take turns in one trust folder.
 */
import { chmodSync, symlinkSync, writeFileSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { NOTARY_DEFAULTS, start } from '../server/service.js';
import { recordedSteps, runNotarySteps, type StepOutcome } from '../support/notary-steps.js';
import { startNotaryServer } from '../support/notary-server.js';
import { describeWith } from '../support/system.js';
import { builtWrit, temporaryFolder } from './writ-serve.js';

const WRIT = builtWrit();
const WRIT_NOTARY = [process.execPath, WRIT, 'notary'];

const exits = (outcomes: readonly Pick<StepOutcome, 'step' | 'exit'>[]): string[] =>
  outcomes.map(({ step, exit }) => `${step} ${exit}`);

/** A server for each test, whichever it is. */
const SERVERS = {
  'the service, whose keys are ed25519': async () => {
    const { addresses } = await start({
      auth: { mode: 'loopback' },
      notary: { ...NOTARY_DEFAULTS, keyAlgorithm: 'ed25519' },
    });
    return { url: addresses.repository, stop: () => Promise.resolve() };
  },
  'the service, whose keys are ecdsa': async () => {
    const { addresses } = await start({
      auth: { mode: 'loopback' },
      notary: { ...NOTARY_DEFAULTS, keyAlgorithm: 'ecdsa' },
    });
    return { url: addresses.repository, stop: () => Promise.resolve() };
  },
  'the real notary-server': startNotaryServer,
} as const;

async function steps(server: keyof typeof SERVERS, program: readonly string[]): Promise<StepOutcome[]> {
  const { url, stop } = await SERVERS[server]();
  try {
    return await runNotarySteps({ program, server: url });
  } finally {
    await stop();
  }
}

/** Output without what differs from run to run: ids, ports, folders, times, and what is random in keys. */
const told = (output: string): string =>
  output
    .replace(/[0-9a-f]{64}/g, 'HASH')
    .replace(/sha\d{3} checksum for (\S+) did not match: expected (?:HASH)+/, 'checksum of $1 did not match')
    .replace(/(?:sha\d{3}, )+sha\d{3} hash/g, 'HASHES') // in the order of a map of Go, which is another each time
    .replace(/^bad .*\n/gm, '') // what only this program could publish
    .replace(/^hint: .*\n/gm, '') // what only this program says
    .replace(/(127\.0\.0\.1|localhost):\d+/g, 'HOST')
    .replace(/\.\.\.\S+\.notary\/private/g, 'FOLDER')
    .replace(/^[A-Za-z0-9+/=]{20,64}$/gm, 'BASE64');

/**
 * Its custom data poisons the change list of `notary`, not of this program; what is not reached is said otherwise; and
 * which key is exported first depends on its id.
 */
const DIFFERENT = ['09b-noncanonical-custom', '51-publish-offline', '42-key-export'];

/** Steps where the order of two key ids is that of the ids, which differ. */
const sorted = (text: string): string => text.split('\n').sort().join('\n');

describeWith(['notary', 'openssl', 'bash'], 'writ notary in the steps of recording A', () => {
  it.each(['the service, whose keys are ed25519', 'the service, whose keys are ecdsa'] as const)(
    'against %s',
    async server => {
      expect(exits(await steps(server, WRIT_NOTARY))).toEqual(exits(recordedSteps()));
    },
  );
});

describeWith(['notary', 'notary-server', 'openssl', 'bash'], 'writ notary and the real programs', () => {
  it('against the real notary-server it ends each step as notary does, and says the same', async () => {
    const own = await steps('the real notary-server', WRIT_NOTARY);
    expect(exits(own)).toEqual(exits(recordedSteps()));
    const real = await steps('the real notary-server', ['notary']);
    const texts = (outcomes: readonly StepOutcome[]): string[] =>
      outcomes
        .filter(({ step }) => !DIFFERENT.includes(step))
        .map(({ step, output }) => `${step}\n${sorted(told(output))}`);
    expect(texts(own)).toEqual(texts(real));
  });

  it.each([
    ['the service, whose keys are ed25519', 'notary'],
    ['the service, whose keys are ecdsa', 'writ'],
    ['the real notary-server', 'notary'],
    ['the real notary-server', 'writ'],
  ] as const)('both use one trust folder in turn, against %s; %s first', async (server, first) => {
    expect(exits(await steps(server, [inTurn(first)]))).toEqual(exits(recordedSteps()));
  });

  it('is notary where it is called so, through a link', () => {
    const link = join(temporaryFolder(), 'notary');
    symlinkSync(WRIT, link);
    const { status, stdout } = spawnSync(link, ['status', 'registry.example/acme/app'], {
      encoding: 'utf8',
      env: { PATH: process.env['PATH'], HOME: temporaryFolder() },
    });
    expect([status, stdout]).toEqual([0, 'No unpublished changes for registry.example/acme/app\n']);
  });
});

/** A program that is `notary` and `writ notary` in turn. */
function inTurn(first: 'notary' | 'writ'): string {
  const folder = temporaryFolder();
  const program = join(folder, 'in-turn');
  const count = join(folder, 'count');
  writeFileSync(count, first === 'notary' ? '0' : '1');
  writeFileSync(
    program,
    `#!/bin/bash
n=$(cat ${count}); echo $((n + 1)) > ${count}
if ((n % 2)); then exec ${WRIT_NOTARY.join(' ')} "$@"; else exec notary "$@"; fi
`,
  );
  chmodSync(program, 0o755);
  return program;
}
