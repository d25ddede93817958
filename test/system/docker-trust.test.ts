/** `docker trust` and content trust, unmodified: the 27 steps that were recorded, against writ and what it replaces. */
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../support/system.js';
import {
  clientConfig,
  makeImages,
  shell,
  startEngine,
  startNotaryServer,
  startRegistry,
} from './docker/rig.js';
import { startTokenServer, type TokenServer } from './docker/token-server.js';
import { builtWrit, serve, temporaryFolder } from './writ-serve.js';
import steps from '../golden/notary-v1/docker-trust.steps.json' with { type: 'json' };

const NEEDS = [
  'root',
  'docker',
  'dockerd',
  'containerd',
  'docker-registry',
  'notary-server',
  'skopeo',
  'openssl',
  'tar',
];

type StartServer = (folder: string, tokens: TokenServer) => Promise<string>;

const SERVERS: Readonly<Record<string, StartServer>> = {
  writ: async (folder, tokens) => {
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
    const config = join(folder, 'writ.yaml');
    const { realm, service, issuer, rootCertBundle, cert, key } = tokens;
    const auth = { type: 'token', realm, service, issuer, rootCertBundle };
    writeFileSync(config, JSON.stringify({ tls: { cert, key }, notary: { auth } }));
    const { repository } = await serve(data, { args: ['--config', config] });
    return repository.replace('127.0.0.1', 'localhost');
  },
  'notary-server': startNotaryServer,
};

/** What is typed for `docker trust`. */
const PROGRAMS: Readonly<Record<string, string>> = {
  'docker trust': 'docker trust',
  'writ docker-trust': `${process.execPath} ${builtWrit()} docker-trust`,
};

const CASES = Object.keys(PROGRAMS).flatMap(program =>
  Object.keys(SERVERS).map(server => ({ program, server })),
);

describeWith(NEEDS, 'docker trust', () => {
  it.each(CASES)(
    '$program goes through the recorded steps with the recorded exit codes: $server',
    async names => {
      const { work, env, registry } = await rig(names.server);
      for (const { step, command, status } of steps) {
        const line = command.replaceAll('localhost:5000', registry).replaceAll('$RIG/work-E', work);
        const ran = await shell(line.replaceAll('docker trust', PROGRAMS[names.program] ?? ''), work, env);
        expect([step, ran.status, ran.output]).toEqual([step, status, ran.output]);
      }
    },
  );

  it.each(Object.keys(SERVERS))(
    'what one of both programs does the other sees, in one trust folder: %s',
    async server => {
      const { work, env, registry } = await rig(server);
      const image = `${registry}/acme/img`;
      const run = async (line: string): Promise<string> => {
        const ran = await shell(
          line.replaceAll('IMG', image).replaceAll('WRIT', PROGRAMS['writ docker-trust'] ?? ''),
          work,
          env,
        );
        expect([line, ran.status, ran.output]).toEqual([line, 0, ran.output]);
        return ran.output;
      };
      const signers = async (program: string, tag: string): Promise<readonly string[]> =>
        signersOf(await run(`${program} inspect IMG`), tag);
      await run('docker push IMG:v1; docker push IMG:v2');
      await run('WRIT sign IMG:v1');
      expect(await signers('docker trust', 'v1')).toEqual(['admin']);
      await run('docker trust key generate alice; WRIT key load bob.pem --name bob');
      await run('docker trust signer add --key alice.pub alice IMG');
      await run('WRIT signer add --key bob.pub bob IMG');
      await run('docker trust sign IMG:v2');
      expect(await signers('WRIT', 'v2')).toEqual(['admin', 'alice', 'bob']);
      await run('WRIT sign IMG:v1');
      expect(await signers('docker trust', 'v1')).toEqual(['admin', 'alice', 'bob']);
      expect(await run('WRIT inspect --pretty IMG')).toBe(await run('docker trust inspect --pretty IMG'));
      await run('DOCKER_CONTENT_TRUST=1 docker pull IMG:v1');
      await run('WRIT revoke IMG:v2');
      expect(await signers('docker trust', 'v2')).toEqual([]);
      // An index of several platforms is signed by its own digest.
      const digest = await pushIndex(image, ['v1', 'v2'], work);
      await run('WRIT sign IMG:all --grant network=user');
      expect(inspected(await run('WRIT inspect IMG:all'))?.SignedTags).toMatchObject([
        {
          Digest: digest,
          Signers: ['admin', 'alice', 'bob'],
          Custom: { writ: { grants: { network: 'user' } } },
        },
      ]);
      // Signed again as it is, grants stay; when they go it says so.
      expect(await run('WRIT sign IMG:all')).not.toContain('grants');
      expect(inspected(await run('WRIT inspect IMG:all'))?.SignedTags).toMatchObject([{ Custom: {} }]);
      await pushIndex(image, ['v2'], work);
      expect(await run('WRIT sign IMG:all --manifest index.json')).toContain('the grants of all');
    },
  );

  it.each(Object.keys(SERVERS))(
    'must beat 11: signer remove removes, and what is released stays good: %s',
    async server => {
      const { work, env, registry } = await rig(server);
      const image = `${registry}/acme/img`;
      const run = async (line: string, status = 0): Promise<string> => {
        const ran = await shell(
          line.replaceAll('IMG', image).replaceAll('WRIT', PROGRAMS['writ docker-trust'] ?? ''),
          work,
          env,
        );
        expect([line, ran.status, ran.output]).toEqual([line, status, ran.output]);
        return ran.output;
      };
      const names = async (): Promise<unknown> => namesOf(await run('docker trust inspect IMG 2>/dev/null'));
      await run('docker push IMG:v1; WRIT sign IMG:v1; docker trust key generate alice');
      await run('docker trust signer add --key alice.pub alice IMG');
      await run('docker trust signer remove -f alice IMG');
      // Since 26.0 docker says that it has removed her.
      if (dockerMajor() >= 26) expect(await names()).toEqual(['admin', 'alice']);
      else await run('docker trust signer add --key alice.pub alice IMG');
      await run('WRIT signer remove alice IMG');
      expect(await names()).toEqual(['admin']);
      await run('DOCKER_CONTENT_TRUST=1 docker pull IMG:v1');
      expect(await run('WRIT signer remove alice IMG', 1)).toContain('no signer alice');
      // The last signer of what is released, and no other key: not without being asked.
      expect(await run('WRIT signer remove admin IMG', 1)).toContain('unpullable');
      expect(await names()).toEqual(['admin']);
      await run('WRIT signer remove --force admin IMG');
      expect(await names()).toEqual([]);
    },
  );
});

interface Rig {
  readonly work: string;
  readonly registry: string;
  readonly env: NodeJS.ProcessEnv;
}

async function rig(server: string): Promise<Rig> {
  const folder = temporaryFolder();
  const [engine, registry, tokens] = await Promise.all([
    startEngine(folder),
    startRegistry(folder),
    startTokenServer(folder),
  ]);
  const work = join(folder, 'work');
  const env = {
    HOME: work,
    DOCKER_HOST: engine,
    DOCKER_CONFIG: clientConfig(join(work, 'cfg'), registry, 'admin'),
    DOCKER_CONTENT_TRUST_SERVER: await SERVERS[server]?.(folder, tokens),
    DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: 'rootpass1234',
    DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'repopass1234',
  };
  clientConfig(join(work, 'cfg2'), registry, 'admin');
  makeImages(engine, work, `${registry}/acme/img`);
  makeKey(work, 'bob');
  return { work, registry, env };
}

/** An index of the manifests of some tags, pushed as the tag `all` and kept as index.json; gives its SHA-256. */
async function pushIndex(image: string, tags: readonly string[], folder: string): Promise<string> {
  const [host = '', ...path] = image.split('/');
  const url = (tag: string): string => `http://${host}/v2/${path.join('/')}/manifests/${tag}`;
  const type = 'application/vnd.docker.distribution.manifest.v2+json';
  const manifests = tags.map(async (tag, i) => {
    const bytes = Buffer.from(await (await fetch(url(tag), { headers: { accept: type } })).arrayBuffer());
    const platform = { architecture: i === 0 ? 'amd64' : 'arm64', os: 'linux' };
    return { mediaType: type, size: bytes.length, digest: `sha256:${sha256(bytes)}`, platform };
  });
  const mediaType = 'application/vnd.docker.distribution.manifest.list.v2+json';
  const body = JSON.stringify({ schemaVersion: 2, mediaType, manifests: await Promise.all(manifests) });
  const { status } = await fetch(url('all'), { method: 'PUT', headers: { 'content-type': mediaType }, body });
  expect(status).toBe(201);
  writeFileSync(join(folder, 'index.json'), body);
  return sha256(body);
}

const sha256 = (bytes: Uint8Array | string): string => createHash('sha256').update(bytes).digest('hex');

interface Inspected {
  readonly SignedTags: readonly {
    readonly SignedTag: string;
    readonly Digest: string;
    readonly Signers: readonly string[];
  }[];
  readonly Signers: readonly { readonly Name: string }[];
}

const inspected = (output: string): Inspected | undefined => (JSON.parse(output) as Inspected[])[0];

const signersOf = (output: string, tag: string): readonly string[] =>
  inspected(output)?.SignedTags.find(({ SignedTag }) => SignedTag === tag)?.Signers ?? [];

const namesOf = (output: string): string[] =>
  (inspected(output)?.Signers ?? []).map(({ Name }) => Name).sort();

const dockerMajor = (): number =>
  Number(/version (\d+)/.exec(execFileSync('docker', ['--version'], { encoding: 'utf8' }))?.[1]);

function makeKey(folder: string, name: string): void {
  const [key, publicKey] = [join(folder, `${name}.pem`), join(folder, `${name}.pub`)];
  execFileSync('openssl', ['ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', key]);
  execFileSync('openssl', ['ec', '-in', key, '-pubout', '-out', publicKey], { stdio: 'pipe' });
}
