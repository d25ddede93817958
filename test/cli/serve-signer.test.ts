/** `writ serve-signer` around a signer that is not there. */
import { describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import { runCli } from '../../src/cli/run.js';
import { FakeIo, run } from './support.js';

describe('writ serve-signer', () => {
  it('prints one line when it is ready, and ends with 0 on a signal', async () => {
    const events: string[] = [];
    const io = new FakeIo({ env: { HOME: '/nowhere' } });
    const ended = runCli(['serve-signer', '--signer-listen', '127.0.0.1:7'], {
      io,
      commands: COMMANDS,
      services: {
        startServer: () => Promise.reject(new Error('another service')),
        startSigner: (config, { write }) => {
          events.push(`started on port ${config.serveSigner.listen.port}`);
          write('{"log":1}\n');
          const close = (): Promise<void> => Promise.resolve(void events.push('closed'));
          return Promise.resolve({ address: 'https://127.0.0.1:7', close });
        },
      },
    });
    await expect.poll(() => io.stdoutText).not.toBe('');
    expect(events).toEqual(['started on port 7']);
    io.signal('SIGTERM');
    expect(await ended).toBe(0);
    expect(events).toEqual(['started on port 7', 'closed']);
    expect(io.stdoutText).toBe('ready signer=https://127.0.0.1:7\n');
    expect(io.stderrText).toBe('{"log":1}\nSIGTERM: finishing the requests under way\n');
  });

  it('is not in programs without a signer', async () => {
    const ran = await run(['serve-signer', '--json'], { env: { HOME: '/nowhere' } });
    expect(ran.code).toBe(2);
    expect(JSON.parse(ran.stdout)).toMatchObject({ error: { code: 'USAGE' } });
  });
});
