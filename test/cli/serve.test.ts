/** `writ serve` around a service that is not there. */
import { closeSync, mkdtempSync, openSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Writable } from 'node:stream';
import { afterAll, describe, expect, it } from 'vitest';
import { COMMANDS } from '../../src/cli/commands.js';
import type { RunningServer } from '../../src/cli/services.js';
import { runCli } from '../../src/cli/run.js';
import { WritError } from '../../src/errors.js';
import { FakeIo, run } from './support.js';

const folder = mkdtempSync(join(tmpdir(), 'writ-serve-'));
afterAll(() => {
  rmSync(folder, { recursive: true });
});

describe('writ serve', () => {
  const server = (events: string[]): RunningServer => ({
    addresses: { repository: 'http://127.0.0.1:1', admission: 'https://127.0.0.1:2', metrics: undefined },
    notices: ['development: beware'],
    close: () => {
      events.push('closed');
      return Promise.resolve();
    },
  });

  it('prints one line when it is ready, and ends with 0 on a signal', async () => {
    const events: string[] = [];
    const io = new FakeIo({ env: { HOME: folder } });
    const ended = runCli(['serve', '--log-level', 'silent', '--listen', '127.0.0.1:0'], {
      io,
      commands: COMMANDS,
      services: {
        startServer: (config, { write }) => {
          events.push(`started on port ${config.listen.port}`);
          write('{"log":1}\n');
          return Promise.resolve(server(events));
        },
      },
    });
    await expect.poll(() => io.stdoutText).not.toBe('');
    expect(events).toEqual(['started on port 0']);
    io.signal('SIGTERM');
    expect(await ended).toBe(0);
    expect(events.at(-1)).toBe('closed');
    expect(io.stdoutText).toBe('ready repository=http://127.0.0.1:1 admission=https://127.0.0.1:2\n');
    expect(io.stderrText).toBe(
      '{"log":1}\nwarning: development: beware\nSIGTERM: finishing the requests under way\n',
    );
  });

  it('goes on with its log after a full disk ended the stream', async () => {
    const path = join(folder, 'log');
    const fd = openSync(path, 'a');
    const stderr = Object.assign(
      new Writable({ write: (_chunk, _encoding, done) => done(new Error('full')) }),
      { fd },
    );
    stderr.on('error', () => undefined);
    const io = Object.assign(new FakeIo({ env: { HOME: folder } }), { stderr });
    await runCli(['serve'], {
      io,
      commands: COMMANDS,
      services: {
        startServer: (_config, { write }) => {
          write('lost\n');
          write('kept\n');
          return Promise.reject(new WritError('SERVER_LISTEN', 'enough'));
        },
      },
    });
    closeSync(fd);
    expect(readFileSync(path, 'utf8')).toBe('kept\n');
  });

  it('says why it cannot start', async () => {
    const ran = await run(
      ['serve'],
      { env: { HOME: folder } },
      {
        startServer: () =>
          Promise.reject(new WritError('SERVER_PORT_IN_USE', 'another program listens on 127.0.0.1:4443')),
      },
    );
    expect(ran).toMatchObject({ code: 1, stdout: '' });
    expect(ran.stderr).toMatch(
      /^error: another program listens on 127\.0\.0\.1:4443\nhint: .+\ncode: SERVER_PORT_IN_USE\n$/,
    );
  });

  it('a defect is an error too, with its origin under -v', async () => {
    const ran = await run(['serve', '-v'], { env: { HOME: folder } });
    expect(ran.code).toBe(1);
    expect(ran.stderr).toMatch(
      /^error: unexpected failure: this test has no server\nhint: .+\ncode: INTERNAL\ncause: Error: .+/,
    );
  });
});
