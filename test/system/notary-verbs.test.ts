/**
 * The plain verbs on Notary repositories, on the service and on the real notary-server, both with TLS and tokens: what
 * they sign, unmodified `notary` and `docker trust` read, and the other way round, with keys in each other's folders.
 */
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { describeWith } from '../support/system.js';
import { clientConfig, PASSWORD, shell, startNotaryServer } from './docker/rig.js';
import { startTokenServer, type TokenServer } from './docker/token-server.js';
import { builtWrit, serve, temporaryFolder } from './writ-serve.js';

const GUN = 'localhost:5000/acme/img';
const PHRASE = 'a pass-phrase of tests';
const MANIFEST = JSON.stringify({ schemaVersion: 2, layers: [] });
const DIGEST = createHash('sha256').update(MANIFEST).digest('hex');

const SERVERS: Readonly<Record<string, (folder: string, tokens: TokenServer) => Promise<string>>> = {
  'the service': async (folder, { realm, service, issuer, rootCertBundle, cert, key }) => {
    const data = join(folder, 'data');
    mkdirSync(data, { mode: 0o700 });
    const config = join(folder, 'writ.yaml');
    const auth = { type: 'token', realm, service, issuer, rootCertBundle };
    writeFileSync(config, JSON.stringify({ tls: { cert, key }, notary: { auth } }));
    const { repository } = await serve(data, { args: ['--config', config] });
    return repository.replace('127.0.0.1', 'localhost');
  },
  'the real notary-server': startNotaryServer,
};

interface Bench {
  /** Runs a line; every program in it finds the server, the login and the pass-phrases. Gives what it printed. */
  readonly run: (line: string, status?: number) => Promise<string>;
  readonly folder: string;
}

async function bench(name: string): Promise<Bench> {
  const folder = temporaryFolder();
  const tokens = await startTokenServer(folder);
  const server = await SERVERS[name]?.(folder, tokens);
  clientConfig(join(folder, '.docker'), 'localhost:5000', 'admin');
  writeFileSync(join(folder, 'm.json'), MANIFEST);
  const env = {
    HOME: folder,
    WRIT_STATE: join(folder, 'state'),
    WRIT_PASSPHRASE: PHRASE,
    NOTARY_AUTH: Buffer.from(`admin:${PASSWORD}`).toString('base64'),
    NOTARY_ROOT_PASSPHRASE: PHRASE,
    NOTARY_TARGETS_PASSPHRASE: PHRASE,
    NOTARY_SNAPSHOT_PASSPHRASE: PHRASE,
    NOTARY_DELEGATION_PASSPHRASE: PHRASE,
    DOCKER_CONTENT_TRUST_SERVER: server,
    DOCKER_CONTENT_TRUST_ROOT_PASSPHRASE: PHRASE,
    DOCKER_CONTENT_TRUST_REPOSITORY_PASSPHRASE: PHRASE,
  };
  const prelude = [
    `writ() { ${process.execPath} ${builtWrit()} "$@"; }`,
    `notary() { command notary -s ${String(server)} --tlscacert ${tokens.rootCertBundle} "$@"; }`,
    `G=${GUN} AT="--format notary --server ${String(server)} --server-ca ${tokens.rootCertBundle}"`,
  ].join('\n');
  const run = async (line: string, status = 0): Promise<string> => {
    const ran = await shell(`${prelude}\n${line}`, folder, env);
    expect([line, ran.status, ran.output]).toEqual([line, status, ran.output]);
    return ran.output;
  };
  return { run, folder };
}

interface Inspected {
  readonly SignedTags: readonly { SignedTag: string; Digest: string; Signers: readonly string[] }[];
}

const tagsOf = (output: string): Inspected['SignedTags'] =>
  (JSON.parse(output) as readonly Inspected[]).flatMap(({ SignedTags }) => SignedTags);

describeWith(
  ['docker', 'notary', 'notary-server', 'openssl'],
  'the plain verbs and the real programs',
  () => {
    it.each(Object.keys(SERVERS))('what writ makes and signs, they read and go on with: %s', async name => {
      const { run } = await bench(name);
      await run('writ init $G $AT');
      await run('writ sign $G:1.0 --manifest m.json --grant network=user');
      const signed = [{ SignedTag: '1.0', Digest: DIGEST, Signers: ['Repo Admin'] }];
      expect(tagsOf(await run('docker trust inspect $G'))).toEqual(signed);
      expect(await run('notary -d other lookup $G 1.0')).toContain(`1.0 sha256:${DIGEST} ${MANIFEST.length}`);
      await run('notary -d other verify $G 1.0 -i m.json -q');
      await run('notary -d state/notary add $G 2.0 m.json -p');
      const verified = JSON.parse(await run('writ verify $G:2.0 --json')) as object;
      expect(verified).toMatchObject({ digest: `sha256:${DIGEST}`, role: 'targets', grants: null });
      await run('yes | notary -d state/notary key rotate $G root');
      expect(await run('writ inspect $G:1.0')).toMatch(/^ {2}root +2 /m);
      await run('writ revoke $G@sha256:' + DIGEST);
      expect(await run('notary -d other list $G')).toContain('No targets present');
      await run('writ verify $G:1.0', 1);
    });

    it.each(Object.keys(SERVERS))('what docker trust made, writ signs with its keys: %s', async name => {
      const { run, folder } = await bench(name);
      await run('docker trust key generate alice && docker trust signer add --key alice.pub alice $G');
      const root = readFileSync(join(folder, '.docker/trust/tuf', GUN, 'metadata/root.json'));
      const sha256 = createHash('sha256').update(root).digest('hex');
      await run(`writ trust add $G $AT --sha256 ${sha256} --trust-dir .docker/trust`);
      await run('writ sign $G:1.0 --manifest m.json --grant network=user');
      const signed = [{ SignedTag: '1.0', Digest: DIGEST, Signers: ['alice'] }];
      expect(tagsOf(await run('docker trust inspect $G'))).toEqual(signed);
      const verified = JSON.parse(await run('writ verify $G:1.0 --json')) as object;
      expect(verified).toMatchObject({ role: 'targets/releases', grants: { network: 'user' } });
      await run('writ untag $G:1.0');
      expect(tagsOf(await run('docker trust inspect $G'))).toEqual([]);
    });
  },
);
