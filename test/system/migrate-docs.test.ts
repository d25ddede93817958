/** Every command of docs/migrate-from-notary.md, in its order, with real servers behind the names that it uses. */
import { spawnSync } from 'node:child_process';
import { chmodSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { examplesOf, matches, type Command } from '../docs/examples.js';
import {
  INSTALLATION_NEEDS,
  NotaryUser,
  readToken,
  startInstallation,
  type Installation,
} from '../support/notary-installation.js';
import { startNotaryServer, type RealNotaryServer } from '../support/notary-server.js';
import { describeWith } from '../support/system.js';
import { builtWrit, serve, type Serving } from './writ-serve.js';

const PAGE = 'docs/migrate-from-notary.md';

describeWith([...INSTALLATION_NEEDS, 'curl'], PAGE, () => {
  const folder = mkdtempSync(join(tmpdir(), 'writ-migrate-docs-'));
  const owner = new NotaryUser(folder, 'home');
  let old: Installation;
  /** Whose notary-signer goes on. */
  let kept: Installation;
  let hosted: RealNotaryServer;
  let service: Serving | undefined;
  let token = '';

  beforeAll(async () => {
    [old, kept, hosted] = await Promise.all([startInstallation(), startInstallation(), startNotaryServer()]);
    mkdirSync(join(folder, 'bin'));
    const script = `#!/bin/sh\nexec ${process.execPath} ${builtWrit()} "$@"\n`;
    writeFileSync(join(folder, 'bin', 'writ'), script);
    chmodSync(join(folder, 'bin', 'writ'), 0o755);
    for (const name of ['app', 'web']) {
      owner.done(old.url, 'init', `registry.example/acme/${name}`, '-p');
      owner.done(old.url, 'add', `registry.example/acme/${name}`, 'v1', 'file', '-p');
    }
    owner.done(kept.url, 'init', 'registry.example/ops/app', '-p');
    owner.done(kept.url, 'key', 'rotate', 'registry.example/ops/app', 'snapshot', '-r');
    for (const name of ['notary', 'docker'])
      owner.done(hosted.url, 'init', `registry.example/team/${name}`, '-p');
    owner.done(hosted.url, 'key', 'rotate', 'registry.example/team/docker', 'snapshot', '-r');
    mkdirSync(join(owner.folder, '.docker'));
    symlinkSync(owner.trust, join(owner.folder, '.docker', 'trust'));
  });
  afterAll(async () => {
    await Promise.all([old.stop(), kept.stop(), hosted.stop()]);
    rmSync(folder, { recursive: true, force: true });
  });

  /** The names of the page → what stands behind them here. */
  const here = (text: string): string =>
    [
      ['postgres://server@db.example/notaryserver', (text.includes('--keep-signer') ? kept : old).serverDb],
      ['signer.example:7899', kept.signer.address],
      ...(['ca', 'cert', 'key'] as const).map(name => [
        `${name}: signing/`,
        `${name}: ${dirname(kept.signer[name])}/`,
      ]),
      ['postgres://signer@db.example/notarysigner', old.signerDb],
      ['https://notary.example', hosted.url],
      ['https://writ.example:4443', service?.repository ?? 'no service'],
    ].reduce((all, [name = '', value = '']) => all.replaceAll(name, value), text);

  async function run({ text, exit, output, line }: Command): Promise<void> {
    if (text === 'systemctl stop notary-server') return kept.stopServer();
    if (text.startsWith('systemctl stop ')) return old.stopNotary();
    const [, config, data] = /^writ serve (--config \S+ )?--data (\S+)$/.exec(text) ?? [];
    if (data !== undefined) {
      await service?.end('SIGTERM');
      if (data === 'hosted-data') await hosted.stop();
      else if (config === undefined) await old.stop();
      const args = config === undefined ? [] : ['--config', join(folder, 'writ.yaml')];
      service = await serve(join(folder, data), { args });
      token = readToken(join(folder, data));
      return;
    }
    const env = {
      ...owner.env,
      PATH: `${join(folder, 'bin')}:${process.env['PATH'] ?? ''}`,
      NOTARY_AUTH: Buffer.from(`me:${token}`).toString('base64'),
      WRIT_TOKEN: token,
    };
    const ran = spawnSync('sh', ['-c', `exec 2>&1\n${here(text)}`], { cwd: folder, env, encoding: 'utf8' });
    expect({ line, status: ran.status, stdout: ran.stdout }).toMatchObject({ line, status: exit });
    if (output !== '')
      expect(matches(here(output), ran.stdout), `${ran.stdout}\nis not\n${output}`).toBe(true);
  }

  // In one test: what one command made the next one uses.
  it('is true from its beginning to its end', async () => {
    for (const example of examplesOf(PAGE)) {
      if (example.kind === 'file') writeFileSync(join(folder, example.name), here(example.text));
      else await run(example);
    }
  });
});
