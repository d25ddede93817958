/** A cached admission decision over TLS, beside a bare node:https server that parses and stringifies the same review. */
import { createHash } from 'node:crypto';
import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startService, writ } from '../tools/demo/programs.js';
import { ask, cpuPerRequest, type Target } from './load.js';
import { median, type Result } from './report.js';

const REQUESTS = 4000;
const ROUNDS = 7;
/** Well below what either server can do. */
const RATE = 2000;

export default async function admission(): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'writ-bench-'));
  const children: ChildProcess[] = [];
  try {
    const { service, body } = await openService(folder);
    children.push(service.child);
    const tls = join(folder, 'data', 'tls');
    const echo = spawn(process.execPath, [
      'dist/tools/bench-echo.js',
      join(tls, 'cert.pem'),
      join(tls, 'key.pem'),
    ]);
    children.push(echo);
    const [line] = (await once(echo.stdout, 'data')) as [Buffer];
    const bare = { port: Number(line.toString()), path: '/', pid: echo.pid ?? 0, body };
    const ours = {
      port: Number(new URL(service.admission).port),
      path: '/mutate',
      pid: service.child.pid ?? 0,
      body,
    };
    await expectAllowed(ours);
    await cpuPerRequest(bare, REQUESTS); // warm both
    await cpuPerRequest(ours, REQUESTS);
    const what = `a cached decision on a review of ${body.length} bytes`;
    return [
      { what: `${what}, ${RATE} a second`, ...(await compare(ours, bare, RATE)), wanted: 1.6 },
      { what: `${what}, each sent when one is answered`, ...(await compare(ours, bare, 0)) },
    ];
  } finally {
    for (const child of children) child.kill('SIGTERM');
    rmSync(folder, { recursive: true, force: true });
  }
}

/** Both servers in turn, so that what else the machine does meets both. */
async function compare(ours: Target, bare: Target, rate: number): Promise<Omit<Result, 'what'>> {
  const figures = { bare: [] as number[], ours: [] as number[] };
  for (let round = 0; round < ROUNDS; round++) {
    figures.bare.push(await cpuPerRequest(bare, REQUESTS, rate));
    figures.ours.push(await cpuPerRequest(ours, REQUESTS, rate));
  }
  const baselineName = 'a bare node:https echo of it';
  return { value: median(figures.ours), baseline: median(figures.bare), baselineName, unit: 'µs of CPU' };
}

/** What is measured is the whole decision: a refusal would be cheaper. */
async function expectAllowed(target: Target): Promise<void> {
  const text = (await ask(target)).toString('utf8');
  const { response } = JSON.parse(text) as { response: { allowed: boolean; patch?: string } };
  const patch = Buffer.from(response.patch ?? '', 'base64').toString('utf8');
  if (
    response.allowed &&
    patch.includes('docker.io/library/nginx@sha256:') &&
    patch.includes('"seccompProfile"')
  )
    return;
  throw new Error(`the service did not allow and patch the pod: ${text}`);
}

/** A service that trusts one signed image, and the review of a pod that names it. */
async function openService(folder: string) {
  mkdirSync(join(folder, 'home'), { mode: 0o700 });
  const env: Record<string, string> = {
    HOME: join(folder, 'home'),
    WRIT_STATE: join(folder, 'state'),
    WRIT_KEYS: join(folder, 'keys'),
    WRIT_PASSPHRASE: 'correct horse battery staple',
    WRIT_TOKEN_FILE: join(folder, 'data', 'token'),
  };
  writeFileSync(join(folder, 'writ.yaml'), `development: true\npolicies: [${join(folder, 'policy.yaml')}]\n`);
  writeFileSync(join(folder, 'policy.yaml'), POLICY);
  const args = ['--config', join(folder, 'writ.yaml'), '--data', join(folder, 'data')];
  const service = await startService(
    [...args, '--listen', '127.0.0.1:0', '--admission-listen', '127.0.0.1:0'],
    env,
  );
  env['WRIT_SERVER'] = service.repository;
  const manifest = join(folder, 'manifest.json');
  writeFileSync(
    manifest,
    JSON.stringify({
      schemaVersion: 2,
      mediaType: 'application/vnd.oci.image.manifest.v1+json',
      config: descriptor('config.v1+json', 1_470),
      layers: [descriptor('layer.v1.tar+gzip', 29_126_484), descriptor('layer.v1.tar+gzip', 627)],
    }),
  );
  for (const command of [
    ['init', 'bench'],
    ['sign', IMAGE, '--repository', 'bench', '--manifest', manifest, '--grant', 'network=user'],
  ]) {
    const { status, stderr } = writ(command, env);
    if (status !== 0) throw new Error(stderr);
  }
  return { service, body: review() };
}

const descriptor = (mediaType: string, size: number) => ({
  mediaType: `application/vnd.oci.image.${mediaType}`,
  size,
  digest: `sha256:${createHash('sha256').update(`${mediaType} ${size}`).digest('hex')}`,
});

const IMAGE = 'docker.io/library/nginx:1';
const POLICY = `apiVersion: writ.dev/v1
kind: AdmissionPolicy
metadata: {name: bench}
spec:
  match: {namespaces: [default], images: ["docker.io/library/**"]}
  trust: {repository: bench, roles: [targets]}
  authority: {network: user}
  nodes: [{arch: amd64, runtime: runc-1.1}]
`;

/** The recorded review of an ordinary pod, with as much environment as brings it to 4.5 KB. */
function review(): Buffer {
  const recorded = JSON.parse(readFileSync('test/golden/admission/CREATE-pods-mutate.json', 'utf8')) as {
    request: { object: { spec: { containers: { env?: unknown[] }[] } } };
  };
  const env: unknown[] = [];
  const [container] = recorded.request.object.spec.containers;
  if (container) container.env = env;
  while (JSON.stringify(recorded).length < 4500) {
    env.push({ name: `SETTING_${env.length}`, value: `value number ${env.length}` });
  }
  return Buffer.from(JSON.stringify(recorded));
}
