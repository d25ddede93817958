/** `docker trust` and content trust, unmodified: the 27 steps that were recorded, against writ and what it replaces. */
import { execFileSync } from 'node:child_process';
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
import { serve, temporaryFolder } from './writ-serve.js';
import steps from '../golden/notary-v1/docker-trust.steps.json' with { type: 'json' };

const NEEDS = ['root', 'docker', 'dockerd', 'docker-registry', 'notary-server', 'skopeo', 'openssl', 'tar'];

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

describeWith(NEEDS, 'docker trust', () => {
  it.each(Object.keys(SERVERS))(
    'goes through the recorded steps with the recorded exit codes: %s',
    async name => {
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
        DOCKER_CONTENT_TRUST_SERVER: await SERVERS[name]?.(folder, tokens),
        DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: 'rootpass1234',
        DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: 'repopass1234',
      };
      clientConfig(join(work, 'cfg2'), registry, 'admin');
      makeImages(engine, work, `${registry}/acme/img`);
      makeKey(work, 'bob');

      for (const { step, command, status } of steps) {
        const line = command.replaceAll('localhost:5000', registry).replaceAll('$RIG/work-E', work);
        const ran = await shell(line, work, env);
        expect([step, ran.status, ran.output]).toEqual([step, status, ran.output]);
      }
    },
  );
});

function makeKey(folder: string, name: string): void {
  const [key, publicKey] = [join(folder, `${name}.pem`), join(folder, `${name}.pub`)];
  execFileSync('openssl', ['ecparam', '-genkey', '-name', 'prime256v1', '-noout', '-out', key]);
  execFileSync('openssl', ['ec', '-in', key, '-pubout', '-out', publicKey], { stdio: 'pipe' });
}
