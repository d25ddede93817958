/** `writ serve-signer` as a process of its own: killed while it signs, and behind `writ serve`. */
import { spawn } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import { ApiClient } from '../../src/transport/api-client.js';
import { RemoteSignerClient } from '../../src/transport/remote-signer.js';
import { SNAPSHOT } from '../../src/tuf/role-name.js';
import { signerFiles, snapshotOf, type SignerFiles } from '../server/signer/support.js';
import { end } from '../support/processes.js';
import { builtWrit, createRepository, temporaryFolder } from './writ-serve.js';

const KILLS = 8;
const ASKED_PER_LIFE = 60;

const signerSettings = (files: SignerFiles): string =>
  `data: ${join(files.folder, 'signer')}
serveSigner:
  listen: 127.0.0.1:0
  tls: {cert: server.pem, key: server.key}
  clientCa: clients.pem
  clientNames: [repository]
  maxPerMinute: 60000
`;

/** Starts the program; the first line of stdout, once it is ready. */
async function run(folder: string, settings: string, ...args: string[]) {
  const config = join(folder, `${args[0] ?? 'writ'}.yaml`);
  writeFileSync(config, settings);
  const child = spawn(process.execPath, [builtWrit(), ...args, '--json', '--config', config], {
    env: { PATH: process.env['PATH'], HOME: folder },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  onTestFinished(() => end(child));
  let [stdout, stderr] = ['', ''];
  child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
  const ended = new Promise<number | null>(resolve => child.once('close', resolve));
  const ready = await new Promise<Record<string, string>>((resolve, reject) => {
    child.stdout.on('data', (text: Buffer) => {
      stdout += text.toString();
      if (stdout.endsWith('\n')) resolve(JSON.parse(stdout) as Record<string, string>);
    });
    void ended.then(code => reject(new Error(`ended with ${String(code)}: ${stderr}`)));
  });
  return { child, ready, ended, log: () => stderr };
}

describe('a signer that is killed', () => {
  it('never signs one version twice with other contents, and goes on from where it was', async () => {
    const files = signerFiles();
    const tls = { ca: files.server.ca, cert: files.client.cert, key: files.client.key };
    const now = new Date(Math.floor(Date.now() / 1000) * 1000);
    /** Version → the contents that a signature came back for. */
    const signed = new Map<number, Set<number>>();
    let contents = 1;
    let highest = 0;
    for (let life = 0; life < KILLS; life++) {
      const signer = await run(files.folder, signerSettings(files), 'serve-signer');
      const client = new RemoteSignerClient({ url: signer.ready['signer'] ?? '', tls });
      const { snapshot } = await client.signersOf('example');
      // A version that nobody races for, nor asked for before the signer was killed, who may have signed the one
      // after the highest that came back.
      highest += 2;
      const next = snapshotOf({ now, version: highest, meta: { 'targets.json': contents } });
      await snapshot.sign(SNAPSHOT, next);
      signed.set(highest, new Set([contents++]));
      let asked = 0;
      // The versions around the last, each with contents that were never asked for before.
      const ask = async (): Promise<void> => {
        while (asked < ASKED_PER_LIFE + 20) {
          if (++asked === ASKED_PER_LIFE) signer.child.kill('SIGKILL');
          const version = Math.max(1, highest + (asked % 3) - 1);
          const listed = contents++;
          const payload = snapshotOf({ now, version, meta: { 'targets.json': listed } });
          const done = await snapshot.sign(SNAPSHOT, payload).then(
            () => true,
            () => false,
          );
          if (!done) continue;
          signed.set(version, new Set([...(signed.get(version) ?? []), listed]));
          highest = Math.max(highest, version);
        }
      };
      await Promise.all([ask(), ask(), ask()]);
      expect(await signer.ended).toBeNull();
    }
    expect([...signed.values()].filter(({ size }) => size !== 1)).toEqual([]);
  });
});

describe('writ serve with a signer', () => {
  it('creates a repository through it; both end in order, and the log has every digest', async () => {
    const files = signerFiles();
    const signer = await run(files.folder, signerSettings(files), 'serve-signer');
    const data = join(temporaryFolder(), 'data');
    const settings = `data: ${data}
listen: 127.0.0.1:0
admissionListen: 127.0.0.1:0
signer: {url: '${signer.ready['signer'] ?? ''}', ca: ca.pem, cert: client.pem, key: client.key}
`;
    const service = await run(files.folder, settings, 'serve');
    await createRepository(new ApiClient({ server: service.ready['repository'] ?? '' }), 'example');
    for (const { child, ended } of [service, signer]) {
      child.kill('SIGTERM');
      expect(await ended).toBe(0);
    }
    const events = signer
      .log()
      .split('\n')
      .filter(line => line.includes('"signed"'))
      .map(line => JSON.parse(line) as object);
    expect(events).toEqual(
      ['snapshot', 'timestamp'].map(role =>
        expect.objectContaining({
          ...{ caller: 'repository', repository: 'example', role, version: 1 },
          sha256: expect.stringMatching(/^[0-9a-f]{64}$/) as string,
        }),
      ),
    );
  });
});
