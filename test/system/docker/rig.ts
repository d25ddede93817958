/** A Docker engine, a registry, a token server and `writ serve`, all of them real, on ports that nobody else has. */
import { spawn, spawnSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { freePort } from '../../support/ports.js';
import { startProgram, type Running } from '../../support/processes.js';
import { startRegistry as startEmptyRegistry } from '../../support/registry.js';
import { until } from '../../support/until.js';
import type { TokenServer } from './token-server.js';

export const PASSWORD = 'password of admin';

export interface Ran {
  readonly status: number | null;
  /** Standard output, and standard error behind it. */
  readonly output: string;
}

/** Runs a line of the shell in a folder; the servers of this process go on answering meanwhile. */
export function shell(line: string, cwd: string, env: NodeJS.ProcessEnv): Promise<Ran> {
  return new Promise((resolve, reject) => {
    const child = spawn('sh', ['-c', line], {
      cwd,
      env: { PATH: systemPath(), ...env },
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let [stdout, stderr] = ['', ''];
    child.stdout.on('data', (text: Buffer) => (stdout += text.toString()));
    child.stderr.on('data', (text: Buffer) => (stderr += text.toString()));
    child.once('error', reject);
    child.once('close', status => {
      resolve({ status, output: stdout + stderr });
    });
  });
}

/** Asks a program to end with the test, and waits: a Docker engine leaves mounts behind when it is killed. */
function endsWithTest({ stop }: Running): void {
  onTestFinished(() => stop('SIGTERM'));
}

/** A Docker engine without a network of its own: images come, go and are built; nothing is run. */
export async function startEngine(folder: string): Promise<string> {
  const socket = `unix://${join(folder, 'docker.sock')}`;
  const args = [
    ...['--containerd', await startContainerd(folder)],
    ...['--data-root', join(folder, 'engine')],
    ...['--exec-root', join(folder, 'engine-run')],
    ...['--pidfile', join(folder, 'engine.pid')],
    ...['--host', socket],
    ...['--bridge=none', '--iptables=false', '--ip6tables=false', '--storage-driver=vfs'],
  ];
  const engine = startProgram('dockerd', args, { env: { PATH: systemPath() } });
  endsWithTest(engine);
  await until(
    () => spawnSync('docker', ['-H', socket, 'version'], { stdio: 'ignore' }).status === 0,
    () => `dockerd: ${engine.output()}`,
    () => !engine.alive(),
  );
  return socket;
}

/** The part of the engine that it would start itself, and give up on after 15 seconds; gives its socket. */
async function startContainerd(folder: string): Promise<string> {
  mkdirSync(folder, { recursive: true });
  const socket = join(folder, 'containerd.sock');
  const config = join(folder, 'containerd.toml');
  writeFileSync(config, 'version = 2\ndisabled_plugins = ["io.containerd.grpc.v1.cri"]\n');
  const folders = ['--root', join(folder, 'containerd'), '--state', join(folder, 'containerd-run')];
  const args = ['--config', config, '--address', socket, ...folders];
  const containerd = startProgram('containerd', args, { env: { PATH: systemPath() } });
  endsWithTest(containerd);
  await until(
    () => isOpen(socket),
    () => `containerd: ${containerd.output()}`,
    () => !containerd.alive(),
  );
  return socket;
}

/** An empty registry; gives its `localhost:PORT`. */
export async function startRegistry(folder: string): Promise<string> {
  const { host, stop } = await startEmptyRegistry(join(folder, 'registry'));
  onTestFinished(() => stop());
  return host.replace('127.0.0.1', 'localhost');
}

/** The folder of a Docker client whose user is known to `registry`. */
export function clientConfig(folder: string, registry: string, user: string): string {
  mkdirSync(folder, { recursive: true });
  const auth = Buffer.from(`${user}:${PASSWORD}`).toString('base64');
  writeFileSync(join(folder, 'config.json'), JSON.stringify({ auths: { [registry]: { auth } } }));
  return folder;
}

/** Two images of one file each, under the names v1 and v2. */
export function makeImages(socket: string, folder: string, repository: string): void {
  for (const tag of ['v1', 'v2']) {
    writeFileSync(join(folder, tag), `image ${tag}\n`);
    const tar = spawnSync('tar', ['-C', folder, '-c', tag], { encoding: 'buffer' });
    const imported = spawnSync('docker', ['-H', socket, 'import', '-', `${repository}:${tag}`], {
      input: tar.stdout,
      encoding: 'utf8',
    });
    if (imported.status !== 0) throw new Error(`docker import: ${imported.stderr}`);
  }
}

export const systemPath = (): string => `${process.env['PATH'] ?? ''}:/usr/local/sbin:/usr/sbin:/sbin`;

/** The real notary-server in memory, behind the tokens of `tokens`; gives its URL. */
export async function startNotaryServer(
  folder: string,
  { realm, service, issuer, rootCertBundle, cert, key }: TokenServer,
): Promise<string> {
  const port = await freePort();
  const config = join(folder, 'notary-server.json');
  const options = { realm, service, issuer, rootcertbundle: rootCertBundle };
  const http = { http_addr: `127.0.0.1:${port}`, tls_cert_file: cert, tls_key_file: key };
  const settings = {
    server: http,
    trust_service: { type: 'local' },
    logging: { level: 'error' },
    storage: { backend: 'memory' },
    auth: { type: 'token', options },
  };
  writeFileSync(config, JSON.stringify(settings));
  const server = startProgram('notary-server', ['-config', config]);
  onTestFinished(() => server.stop());
  await until(
    () => isOpen(port),
    () => `notary-server: ${server.output()}`,
    () => !server.alive(),
  );
  return `https://localhost:${port}`;
}

/** @param at - a port of this machine, or the path of a socket */
function isOpen(at: number | string): Promise<boolean> {
  return new Promise(resolve => {
    const socket = typeof at === 'number' ? connect(at, '127.0.0.1') : connect(at);
    socket.once('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.once('error', () => {
      resolve(false);
    });
  });
}
