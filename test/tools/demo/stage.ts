/** Sets the scene: a registry with two images, a service with one repository and one policy, one signature. */
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../support/programs.js';
import { startRegistry, type Registry } from '../../support/registry.js';
import { type BuiltImage, buildImage } from './image.js';
import type { Narrator } from './narrator.js';
import { ended, type Finished, type Service, push, startService, writ } from './programs.js';

export interface Stage {
  folder: string;
  service: Service;
  /** Host and port of the registry, or the name of one that does not run here. */
  registry: string;
  image: BuiltImage;
  /** The signed image, by tag. */
  signed: string;
  /** An image beside it that nobody signed. */
  unsigned: string;
  env: Record<string, string>;
  /** Runs the command line as the publisher. */
  writ: (...args: string[]) => Finished;
  /** Signs `image` with exactly these grants. */
  sign: (...grants: string[]) => Finished;
  /** Ends what was started; resolves when it has ended. */
  close: () => Promise<void>;
}

export async function openStage(folder: string, narrator: Narrator): Promise<Stage> {
  narrator.chapter('An image');
  const busybox = findProgram('busybox');
  const image = buildImage(join(folder, 'image'), busybox, 'hello from a signed image');
  const other = buildImage(join(folder, 'other'), busybox, 'nobody vouches for this one');
  narrator.say(
    `built ${image.digest}${busybox ? ' (busybox inside)' : ' (no busybox here: one text file inside)'}`,
  );
  const running = await fillRegistry(folder, image, other, narrator);
  const registry = running?.host ?? 'registry.example';

  narrator.chapter('A service, and a repository of an organisation');
  const env = publisherEnvironment(folder);
  writePolicy(folder, registry);
  const service = await startService(
    [
      '--config',
      join(folder, 'writ.yaml'),
      '--data',
      join(folder, 'data'),
      '--listen',
      '127.0.0.1:0',
      '--admission-listen',
      '127.0.0.1:0',
    ],
    env,
  );
  env['WRIT_SERVER'] = service.repository;
  narrator.say(`repository ${service.repository}, admission ${service.admission}`);
  const run = (...args: string[]): Finished => writ(args, env);
  const init = run('init', 'demo');
  narrator.expect(
    'writ init demo makes keys, signs the root, creates the repository',
    init.status === 0,
    init.stderr,
  );

  const signed = `${registry}/team/app:1.0`;
  const source = running ? ['--plain-http'] : ['--manifest', image.manifestFile];
  const sign = (...grants: string[]): Finished =>
    run('sign', signed, '--repository', 'demo', ...source, ...grants.flatMap(grant => ['--grant', grant]));
  const close = async (): Promise<void> => {
    const code = await ended(service.child);
    narrator.expect('writ serve ends in order', code === 0, `exit ${String(code)}`);
    await running?.stop();
  };
  return {
    folder,
    service,
    registry,
    image,
    signed,
    unsigned: `${registry}/team/unsigned:1.0`,
    env,
    writ: run,
    sign,
    close,
  };
}

/** Undefined where this machine has none. */
async function fillRegistry(
  folder: string,
  image: BuiltImage,
  other: BuiltImage,
  narrator: Narrator,
): Promise<Registry | undefined> {
  const skopeo = findProgram('skopeo');
  if (findProgram('docker-registry') === undefined || skopeo === undefined) {
    narrator.skip('no docker-registry and skopeo: the manifest is signed from its file');
    return undefined;
  }
  const registry = await startRegistry(join(folder, 'registry'));
  push(skopeo, image.layout, `${registry.host}/team/app:1.0`);
  push(skopeo, other.layout, `${registry.host}/team/unsigned:1.0`);
  narrator.expect(`both images are in a real registry at ${registry.host}`, true);
  return registry;
}

/** Everything of the publisher stays in the demo's folder. */
function publisherEnvironment(folder: string): Record<string, string> {
  mkdirSync(join(folder, 'home'), { recursive: true, mode: 0o700 });
  return {
    HOME: join(folder, 'home'),
    WRIT_STATE: join(folder, 'state'),
    WRIT_KEYS: join(folder, 'keys'),
    WRIT_PASSPHRASE: 'correct horse battery staple',
    WRIT_TOKEN_FILE: join(folder, 'data', 'token'),
  };
}

function writePolicy(folder: string, registry: string): void {
  const settings = `development: true\npolicies: [${join(folder, 'policy.yaml')}]\n`;
  writeFileSync(join(folder, 'writ.yaml'), settings);
  writeFileSync(
    join(folder, 'policy.yaml'),
    `apiVersion: writ.dev/v1
kind: AdmissionPolicy
metadata: {name: demo}
spec:
  match: {namespaces: [default], images: ["${registry}/team/**"]}
  trust: {repository: demo, roles: [targets]}
  authority: {network: user, kernel.userns: allow}
  nodes: [{arch: ${process.arch === 'arm64' ? 'arm64' : 'amd64'}, runtime: runc-1.1}]
`,
  );
}
