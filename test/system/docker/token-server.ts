/** A token server as Docker registries have: RS256 tokens with the certificate chain in the header. */
import { execFileSync } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:https';
import { join } from 'node:path';
import { importPKCS8, SignJWT } from 'jose';
import { onTestFinished } from 'vitest';
import { PASSWORD } from './rig.js';

export interface TokenServer {
  readonly realm: string;
  readonly service: string;
  readonly issuer: string;
  /** File with the certificate of the authority. */
  readonly rootCertBundle: string;
  /** Files with its own certificate and key. */
  readonly cert: string;
  readonly key: string;
}

const SERVICE = 'notary-test';
const ISSUER = 'test-issuer';
const LIFE_SECONDS = 300;

/** Everybody who knows the password gets what they ask for; without it, nothing. */
export async function startTokenServer(folder: string): Promise<TokenServer> {
  const files = makeCertificates(folder);
  const key = await importPKCS8(readFileSync(files.key, 'utf8'), 'RS256');
  const x5c = [readFileSync(files.cert, 'utf8').replaceAll(/-----[^-]+-----|\s/g, '')];
  const server = createServer(
    { cert: readFileSync(files.cert), key: readFileSync(files.key) },
    (request, response) => {
      const query = new URL(request.url ?? '/', 'https://localhost').searchParams;
      const account = accountOf(request.headers.authorization);
      if (account === undefined && request.headers.authorization !== undefined) {
        response.writeHead(401).end();
        return;
      }
      const token = new SignJWT({ access: accessOf(query.getAll('scope'), account !== undefined) })
        .setProtectedHeader({ typ: 'JWT', alg: 'RS256', x5c })
        .setIssuer(ISSUER)
        .setSubject(account ?? '')
        .setAudience(query.get('service') ?? '')
        .setIssuedAt()
        .setNotBefore(Math.floor(Date.now() / 1000) - 10)
        .setExpirationTime(Math.floor(Date.now() / 1000) + LIFE_SECONDS)
        .setJti(randomUUID());
      void token.sign(key).then(text => {
        response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify({ token: text }));
      });
    },
  );
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  if (typeof address !== 'object' || address === null) throw new Error('the token server has no address');
  return {
    realm: `https://localhost:${address.port}/token`,
    service: SERVICE,
    issuer: ISSUER,
    rootCertBundle: files.ca,
    cert: files.cert,
    key: files.key,
  };
}

function accountOf(authorization: string | undefined): string | undefined {
  const [, basic = ''] = /^Basic (.+)$/.exec(authorization ?? '') ?? [];
  const [account, ...password] = Buffer.from(basic, 'base64').toString().split(':');
  return password.join(':') === PASSWORD ? account : undefined;
}

function accessOf(scopes: readonly string[], known: boolean): object[] {
  return scopes
    .flatMap(scope => scope.split(' '))
    .map(scope => {
      const [, type = '', name = '', actions = ''] = /^([^:]+):(.+):([^:]+)$/.exec(scope) ?? [];
      return { type, name, actions: known ? actions.split(',') : [] };
    });
}

interface CertificateFiles {
  readonly ca: string;
  readonly cert: string;
  readonly key: string;
}

/** An authority, and a certificate of it for localhost. */
function makeCertificates(folder: string): CertificateFiles {
  const path = (name: string): string => join(folder, name);
  const openssl = (...args: string[]): void => {
    execFileSync('openssl', args, { cwd: folder, stdio: 'pipe' });
  };
  const newKey = ['-newkey', 'rsa:2048', '-nodes'];
  openssl(
    ...['req', '-x509', ...newKey, '-keyout', 'token-ca.key', '-out', 'token-ca.crt'],
    ...['-subj', '/CN=token authority', '-days', '30'],
  );
  openssl('req', ...newKey, '-keyout', 'token.key', '-out', 'token.csr', '-subj', '/CN=localhost');
  writeFileSync(path('token.ext'), 'subjectAltName=DNS:localhost\nbasicConstraints=CA:FALSE\n');
  openssl(
    ...['x509', '-req', '-in', 'token.csr', '-CA', 'token-ca.crt', '-CAkey', 'token-ca.key'],
    ...['-CAcreateserial', '-days', '30', '-extfile', 'token.ext', '-out', 'token.crt'],
  );
  return { ca: path('token-ca.crt'), cert: path('token.crt'), key: path('token.key') };
}
