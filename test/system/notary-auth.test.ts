/** The built-in token server for the unmodified `notary`, for a CI job without a secret, and for a real registry. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { mkdirSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { hashSync } from 'bcryptjs';
import { exportJWK, generateKeyPair, SignJWT } from 'jose';
import { expect, it, onTestFinished } from 'vitest';
import { httpRequest } from '../../src/transport/http.js';
import { startRegistry } from '../support/registry.js';
import { describeWith } from '../support/system.js';
import { serve, temporaryFolder, type Serving } from './writ-serve.js';

const GUN = 'registry.example/acme/app';

interface World {
  readonly folder: string;
  readonly service: Serving;
  /** Runs `notary` with credentials; gives its exit code and all that it printed. */
  notary(credentials: string | undefined, ...args: string[]): { status: number | null; output: string };
}

async function world(auth: object): Promise<World> {
  const folder = temporaryFolder();
  const data = join(folder, 'data');
  mkdirSync(data, { mode: 0o700 });
  writeFileSync(
    join(folder, 'htpasswd'),
    `alice:${hashSync('alice-secret', 6)}\nbob:${hashSync('bob-secret', 4)}\n`,
  );
  writeFileSync(
    join(folder, 'writ.yaml'),
    JSON.stringify({
      development: true,
      notary: { auth: { type: 'builtin', service: 'writ.example', ...auth } },
    }),
  );
  const service = await serve(data, { args: ['--config', join(folder, 'writ.yaml')] });
  writeFileSync(join(folder, 'file'), 'hello\n');
  return {
    folder,
    service,
    notary: (credentials, ...args) => {
      const { status, stdout, stderr } = spawnSync(
        'notary',
        ['-d', join(folder, 'trust'), '-s', service.repository, ...args],
        {
          cwd: folder,
          encoding: 'utf8',
          env: {
            PATH: process.env['PATH'],
            HOME: folder,
            ...(credentials !== undefined && { NOTARY_AUTH: Buffer.from(credentials).toString('base64') }),
            NOTARY_ROOT_PASSPHRASE: 'rootpass1234',
            NOTARY_TARGETS_PASSPHRASE: 'targpass1234',
            NOTARY_SNAPSHOT_PASSPHRASE: 'snappass1234',
          },
        },
      );
      return { status, output: stdout + stderr };
    },
  };
}

const RULES = [
  { users: ['alice'], repositories: ['registry.example/acme/*'], allow: ['push', 'pull'] },
  { users: ['bob'], repositories: ['**'], allow: ['*'] },
  { everybody: true, repositories: ['registry.example/acme/*'], allow: ['pull'] },
];

describeWith(['notary'], 'notary with users of the service', () => {
  it('lets each do what the rules say', async () => {
    const { notary } = await world({ htpasswd: 'htpasswd', rules: RULES });
    const good = (credentials: string | undefined, ...args: string[]): string => {
      const { status, output } = notary(credentials, ...args);
      expect([args.join(' '), status, output]).toEqual([args.join(' '), 0, output]);
      return output;
    };
    const bad = (credentials: string | undefined, ...args: string[]): void => {
      expect([args.join(' '), notary(credentials, ...args).status]).toEqual([args.join(' '), 1]);
    };
    bad('alice:wrong', 'init', GUN, '-p');
    bad('alice:alice-secret', 'init', 'registry.example/other/app', '-p');
    good('alice:alice-secret', 'reset', GUN, '--all');
    good('alice:alice-secret', 'init', GUN, '-p');
    good('alice:alice-secret', 'add', GUN, 'v1', 'file', '-p');
    expect(good(undefined, 'list', GUN)).toContain('v1'); // everybody reads
    good(undefined, 'verify', GUN, 'v1', '-i', 'file', '-q');
    bad(undefined, 'add', GUN, 'v2', 'file', '-p');
    bad('alice:alice-secret', 'key', 'rotate', GUN, 'timestamp', '-r');
    good('bob:bob-secret', 'key', 'rotate', GUN, 'timestamp', '-r');
    bad('alice:alice-secret', 'delete', GUN, '--remote');
    good('bob:bob-secret', 'delete', GUN, '--remote');
  });
});

describeWith(['notary'], 'notary in a CI job', () => {
  it('signs with the token of the job alone, on the branch that the rule names', async () => {
    const { privateKey, publicKey } = await generateKeyPair('RS256');
    const jwk = { ...(await exportJWK(publicKey)), kid: 'ci', alg: 'RS256' };
    const issuer = createServer((request, response) => {
      const self = { issuer: url, jwks_uri: `${url}/keys` };
      response.end(JSON.stringify(request.url === '/keys' ? { keys: [jwk] } : self));
    });
    await new Promise<void>(resolve => issuer.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => void issuer.close());
    const url = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
    const job = (claims: Record<string, string>): Promise<string> =>
      new SignJWT({ repository: 'acme/app', ref: 'refs/heads/main', ...claims })
        .setProtectedHeader({ alg: 'RS256', kid: 'ci' })
        .setIssuer(url)
        .setSubject('repo:acme/app')
        .setAudience(claims['audience'] ?? 'writ.example')
        .setIssuedAt()
        .setExpirationTime('5m')
        .sign(privateKey);
    const { service, notary } = await world({
      oidc: [
        {
          issuer: url,
          audience: 'writ.example',
          rules: [
            {
              claims: { repository: 'acme/app', ref: 'refs/heads/main' },
              repositories: [GUN],
              allow: ['push', 'pull'],
            },
          ],
        },
      ],
    });
    // The issuer answers in this process, which spawnSync stops: its keys are asked for before.
    const first = await httpRequest({
      url: `${service.repository}/v1/notary/token`,
      headers: { authorization: `Bearer ${await job({})}` },
      maxBytes: 10_000,
    });
    expect(first.status).toBe(200);
    expect(notary(`ci:${await job({ ref: 'refs/heads/other' })}`, 'init', GUN, '-p').status).toBe(1);
    expect(notary(`ci:${await job({ audience: 'other' })}`, 'init', GUN, '-p').status).toBe(1);
    expect(notary(`ci:${await job({})}`, 'init', GUN, '-p')).toMatchObject({ status: 0 });
    expect(notary(`ci:${await job({})}`, 'add', GUN, 'v1', 'file', '-p')).toMatchObject({ status: 0 });
  });
});

const OCI = 'application/vnd.oci.image';
const describe1 = (
  content: string,
  mediaType: string,
): { mediaType: string; digest: string; size: number } => ({
  mediaType,
  digest: `sha256:${createHash('sha256').update(content).digest('hex')}`,
  size: Buffer.byteLength(content),
});

/** An image without layers, as skopeo reads it. */
function writeImage(folder: string): void {
  mkdirSync(join(folder, 'blobs', 'sha256'), { recursive: true });
  const put = (content: string, mediaType: string) => {
    const entry = describe1(content, mediaType);
    writeFileSync(join(folder, 'blobs', 'sha256', entry.digest.slice(7)), content);
    return entry;
  };
  const config = put(
    '{"architecture":"amd64","os":"linux","rootfs":{"type":"layers","diff_ids":[]}}',
    `${OCI}.config.v1+json`,
  );
  const manifest = put(
    JSON.stringify({ schemaVersion: 2, mediaType: `${OCI}.manifest.v1+json`, config, layers: [] }),
    `${OCI}.manifest.v1+json`,
  );
  writeFileSync(join(folder, 'oci-layout'), '{"imageLayoutVersion":"1.0.0"}');
  writeFileSync(join(folder, 'index.json'), JSON.stringify({ schemaVersion: 2, manifests: [manifest] }));
}

describeWith(['docker-registry', 'skopeo'], 'a registry with writ as its token server', () => {
  it('lets in whom the rules let in', async () => {
    const { folder, service } = await world({
      htpasswd: 'htpasswd',
      services: ['registry.example'],
      rules: [
        { users: ['alice'], repositories: ['acme/*'], allow: ['push', 'pull'] },
        { loggedIn: true, repositories: ['acme/*'], allow: ['pull'] },
      ],
    });
    const certificate = await httpRequest({
      url: `${service.repository}/v1/notary/token/certificate.pem`,
      maxBytes: 10_000,
    });
    writeFileSync(join(folder, 'tokens.pem'), certificate.body);
    const token = {
      realm: `${service.repository}/v1/notary/token`,
      service: 'registry.example',
      issuer: 'writ.example',
      rootcertbundle: join(folder, 'tokens.pem'),
    };
    const { host, stop } = await startRegistry(join(folder, 'registry'), { auth: { token } });
    onTestFinished(() => stop());
    const layout = join(folder, 'layout');
    writeImage(layout);
    const skopeo = (user: string, from: string, to: string): number | null => {
      const credentials = user === '' ? [] : ['--src-creds', user, '--dest-creds', user];
      const plain = ['--src-tls-verify=false', '--dest-tls-verify=false'];
      return spawnSync('skopeo', ['--insecure-policy', 'copy', '-q', ...plain, ...credentials, from, to])
        .status;
    };
    const image = `docker://${host}/acme/app:1`;
    expect(skopeo('alice:alice-secret', `oci:${layout}`, image)).toBe(0);
    expect(skopeo('alice:alice-secret', `oci:${layout}`, `docker://${host}/other/app:1`)).toBe(1);
    expect(skopeo('bob:bob-secret', image, `dir:${join(folder, 'copy')}`)).toBe(0);
    expect(skopeo('bob:bob-secret', `oci:${layout}`, image)).toBe(1);
    expect(skopeo('bob:wrong', image, `dir:${join(folder, 'copy-2')}`)).toBe(1);
    expect(skopeo('', image, `dir:${join(folder, 'copy-3')}`)).toBe(1);
  });
});
