/** From a notary-server that others run, by its wire alone; then it is gone. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { NotaryUser, readToken } from '../support/notary-installation.js';
import { startNotaryServer, type RealNotaryServer } from '../support/notary-server.js';
import { describeWith } from '../support/system.js';
import { builtWrit, serve, type Serving } from './writ-serve.js';

/**
 * Whose snapshot key is its owner's; two whose snapshots the server signs, of one since before it was published: its first
 * root is version 2; one that is deleted.
 */
const [OWN, SERVED, OTHER, GONE] = ['own', 'served', 'other', 'gone'].map(
  name => `registry.example/acme/${name}`,
) as [string, string, string, string];

describeWith(['notary', 'notary-server'], 'writ migrate --from', () => {
  const folder = mkdtempSync(join(tmpdir(), 'writ-hosted-'));
  const data = join(folder, 'data');
  const [owner, reader] = [new NotaryUser(folder, 'owner'), new NotaryUser(folder, 'reader')];
  let old: RealNotaryServer;

  const writ = (...words: string[]) => {
    const env = { PATH: process.env['PATH'], HOME: folder, XDG_CONFIG_HOME: folder };
    return spawnSync(process.execPath, [builtWrit(), ...words], { env, encoding: 'utf8' });
  };

  beforeAll(async () => {
    old = await startNotaryServer();
    for (const gun of [OWN, SERVED, GONE]) owner.done(old.url, 'init', gun, '-p');
    owner.done(old.url, 'init', OTHER);
    for (const gun of [SERVED, OTHER]) owner.done(old.url, 'key', 'rotate', gun, 'snapshot', '-r');
    for (const gun of [OWN, SERVED, OTHER]) owner.done(old.url, 'add', gun, 'v1', 'file', '-p');
    owner.done(old.url, 'key', 'rotate', OWN, 'root');
    for (const gun of [OWN, SERVED, OTHER]) reader.done(old.url, 'list', gun);
    owner.done(old.url, 'delete', GONE, '--remote');
  });
  afterAll(async () => {
    await old.stop();
    rmSync(folder, { recursive: true, force: true });
  });

  it('takes what the change feed tells of, or what a file names', () => {
    const ran = writ('migrate', '--from', old.url, '--data', data, '--json');
    expect(ran.stderr).not.toContain('warning');
    expect(ran.status).toBe(0);
    const report = JSON.parse(ran.stdout) as { repositories: Record<string, unknown>[]; changes: unknown };
    expect(report.repositories.map(({ name, outcome }) => [name, outcome])).toEqual(
      [OTHER, OWN, SERVED].map(name => [name, 'imported']),
    );
    expect(report.changes).toMatchObject({ sameIds: true, leftOut: [] });
    expect(report.repositories.every(({ frozenUntil }) => typeof frozenUntil === 'string')).toBe(true);

    writeFileSync(join(folder, 'names'), `# two\n${OWN}\n\nregistry.example/nobody\n`);
    const named = writ('migrate', '--from', old.url, '--data', data, '--repositories', join(folder, 'names'));
    expect(named.status).toBe(1);
    expect(named.stderr).toMatch(/own: unchanged/);
    expect(named.stderr).toMatch(/nobody was left out: there is no such repository/);
  });

  it('serves every version of before, byte for byte', async () => {
    const service = await serve(data);
    for (const gun of [OWN, SERVED]) {
      for (const name of [
        '1.root',
        '2.root',
        '2.targets',
        '3.targets',
        '1.timestamp',
        '2.snapshot',
        'timestamp',
      ]) {
        const [there, here] = await Promise.all(
          [old.url, service.repository].map(url => fetch(`${url}/v2/${gun}/_trust/tuf/${name}.json`)),
        );
        expect([name, here?.status, await here?.text()]).toEqual([name, there?.status, await there?.text()]);
      }
    }
    await service.end('SIGTERM');
  });

  it('leaves it to the owners to rotate, with the unmodified notary', async () => {
    await old.stop();
    const service = await serve(data);
    const url = service.repository;
    for (const gun of [OWN, SERVED, OTHER]) expect(reader.done(url, 'list', gun)).toContain('v1');
    owner.login(readToken(data));
    expect(await waiting(service)).toEqual([OTHER, OWN, SERVED]);
    expect(owner.notary(url, 'add', OWN, 'v2', 'file', '-p').status).toBe(1);

    // who has the key of the snapshot rotates one role after the other
    owner.done(url, 'key', 'rotate', OWN, 'timestamp', '-r');
    owner.done(url, 'key', 'rotate', OWN, 'snapshot', '-r');
    expect(await waiting(service)).toEqual([OTHER, SERVED]);

    // who has not needs both in one version of the root: two changes, one publication
    const alone = owner.notary(url, 'key', 'rotate', SERVED, 'timestamp', '-r');
    expect([alone.status, alone.output]).toEqual([1, expect.stringContaining('snapshot')]);
    await stageRotation(url, SERVED);
    owner.done(url, 'publish', SERVED);
    expect(await waiting(service)).toEqual([OTHER]);

    // or writ's own client
    owner.run(
      process.execPath,
      builtWrit(),
      'notary',
      '-d',
      owner.trust,
      '-s',
      url,
      'key',
      'rotate',
      OTHER,
      'online',
      '-r',
    );
    expect(await waiting(service)).toEqual([]);

    for (const gun of [OWN, SERVED, OTHER]) {
      owner.done(url, 'add', gun, 'v3', 'file', '-p');
      expect(reader.done(url, 'list', gun)).toContain('v3');
      reader.done(url, 'verify', gun, 'v1', '-i', 'file', '-q');
    }
  });

  /** Which repositories `writ status --frozen` and the metrics name. */
  async function waiting({ repository }: Serving): Promise<string[]> {
    const words = ['status', '--frozen', '--server', repository, '--json'];
    const env = {
      PATH: process.env['PATH'],
      HOME: folder,
      XDG_CONFIG_HOME: folder,
      WRIT_TOKEN: readToken(data),
    };
    const { status, stdout } = spawnSync(process.execPath, [builtWrit(), ...words], {
      env,
      encoding: 'utf8',
    });
    expect(status).toBe(0);
    const names = (JSON.parse(stdout) as { frozen: { name: string }[] }).frozen.map(({ name }) => name);
    const metrics = await (await fetch(`${repository}/metrics`)).text();
    const counted = [...metrics.matchAll(/^writ_notary_frozen_seconds\{repository="(.*)"\} \d+$/gm)];
    expect(counted.map(([, name]) => name)).toEqual(names);
    return names;
  }

  /** As `notary` itself writes changes down. */
  async function stageRotation(url: string, gun: string): Promise<void> {
    const list = join(owner.trust, 'tuf', gun, 'changelist');
    mkdirSync(list, { recursive: true });
    for (const role of ['timestamp', 'snapshot']) {
      const key: unknown = await (await fetch(`${url}/v2/${gun}/_trust/tuf/${role}.key`)).json();
      const content = Buffer.from(JSON.stringify({ role, keys: [key] })).toString('base64');
      const change = { action: 'create', role: 'root', type: 'role', path: role, data: content };
      writeFileSync(join(list, `1_${role}.change`), JSON.stringify(change));
    }
  }
});
