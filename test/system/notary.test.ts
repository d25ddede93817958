/** The unmodified `notary` client against the built service: the life of a repository. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../support/system.js';
import { serve, temporaryFolder } from './writ-serve.js';

const GUN = 'registry.example/acme/app';

interface Ran {
  readonly status: number | null;
  readonly output: string;
}

describeWith(['notary', 'openssl'], 'notary', () => {
  it('signs, lists, verifies, rotates, delegates and deletes', async () => {
    const folder = temporaryFolder();
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
    const service = await serve(data);
    const token = readFileSync(join(data, 'token'), 'utf8').trim();
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      NOTARY_AUTH: Buffer.from(`anybody:${token}`).toString('base64'),
      NOTARY_ROOT_PASSPHRASE: 'rootpass1234',
      NOTARY_TARGETS_PASSPHRASE: 'targpass1234',
      NOTARY_SNAPSHOT_PASSPHRASE: 'snappass1234',
      NOTARY_DELEGATION_PASSPHRASE: 'delepass1234',
    };
    const run = (program: string, args: readonly string[], input = ''): Ran => {
      const { status, stdout, stderr } = spawnSync(program, args, {
        cwd: folder,
        env,
        input,
        encoding: 'utf8',
      });
      return { status, output: stdout + stderr };
    };
    const notary = (args: readonly string[], input?: string): Ran =>
      run('notary', ['-d', join(folder, 'trust'), '-s', service.repository, ...args], input);
    const done = (args: readonly string[], input?: string): string => {
      const { status, output } = notary(args, input);
      expect([args.join(' '), status, output]).toEqual([args.join(' '), 0, output]);
      return output;
    };
    writeFileSync(join(folder, 'file'), 'hello\n');

    expect(notary(['list', GUN]).status).toBe(1);
    done(['init', GUN]);
    done(['add', GUN, 'v1', 'file']);
    done(['publish', GUN]);
    expect(done(['list', GUN])).toContain('v1');
    done(['verify', GUN, 'v1', '-i', 'file', '-q']);
    writeFileSync(join(folder, 'other'), 'other\n');
    expect(notary(['verify', GUN, 'v1', '-i', 'other', '-q']).status).not.toBe(0);
    done(['key', 'rotate', GUN, 'snapshot', '-r']);
    done(['key', 'rotate', GUN, 'timestamp', '-r']);
    done(['key', 'rotate', GUN, 'targets']);
    done(['key', 'rotate', GUN, 'root'], 'yes\n');
    done(['add', GUN, 'v2', 'file', '-p']);

    run('openssl', ['ecparam', '-genkey', '-name', 'prime256v1', '-out', 'alice.key']);
    run('openssl', [
      'req',
      '-x509',
      '-new',
      '-key',
      'alice.key',
      '-subj',
      '/CN=alice',
      '-days',
      '400',
      '-out',
      'alice.crt',
    ]);
    done(['delegation', 'add', GUN, 'targets/releases', 'alice.crt', '--all-paths', '-p']);
    expect(done(['delegation', 'list', GUN])).toContain('targets/releases');
    done(['remove', GUN, 'v1', '-p']);

    // a client that knows nothing yet, and one that trusted the first root
    const fresh = run('notary', ['-d', join(folder, 'fresh'), '-s', service.repository, 'list', GUN]);
    expect(fresh.output).toContain('v2');
    expect(fresh.output).not.toContain('v1');
    done(['delete', GUN, '--remote']);
    expect(notary(['list', GUN]).status).toBe(1);
  });
});
