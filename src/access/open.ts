/** What checks and gives tokens, from the files and URLs that the settings name. */
import type { JWK } from 'jose';
import type { OutsideTokens, OwnTokens } from '../config/types.js';
import { WritError } from '../errors.js';
import type { Clock } from '../tuf/ports.js';
import { DockerTokens } from './docker-tokens.js';
import { FailedLogins } from './failures.js';
import { usersOf, type Users } from './htpasswd.js';
import { openJwks, refuseReadable, type JwksOptions } from './jwks.js';
import { libtrustKeyId, readKeyBundle, type KeyBundle } from './key-bundle.js';
import { Logins } from './logins.js';
import { TokenDesk } from './token-desk.js';
import { TokenIssuer } from './token-issuer.js';
import { ensureTokenKey } from './token-key.js';
import { usersFile } from './users-file.js';
import { openWorkloads, type Workloads } from './workloads.js';

const NOTHING: KeyBundle = { certificates: [], keys: [] };

/** @throws WritError ACCESS_KEYS for files that cannot be used */
export async function openDockerTokens(settings: OutsideTokens, clock: Clock): Promise<DockerTokens> {
  const { issuer, service, rootCertBundle, publicKeys, jwks, jwksCa } = settings;
  const roots = rootCertBundle === undefined ? NOTHING : await readKeyBundle(rootCertBundle);
  const bare = publicKeys === undefined ? NOTHING : await readKeyBundle(publicKeys);
  if (jwks !== undefined) refuseReadable(jwks);
  return new DockerTokens(
    {
      issuer,
      service,
      roots: roots.certificates,
      keys: [...roots.keys, ...bare.keys],
      jwks: jwks === undefined ? undefined : await openJwks(jwks, await trusting(jwksCa)),
    },
    clock,
  );
}

async function trusting(file: string | undefined): Promise<JwksOptions> {
  if (file === undefined) return {};
  const { certificates } = await readKeyBundle(file);
  return { tls: { ca: certificates.join('') } };
}

/** The built-in token server, and what others check its tokens with. */
export interface TokenServer {
  readonly desk: TokenDesk;
  /** Checks tokens for this service. */
  readonly tokens: DockerTokens;
  /** PEM, for `rootcertbundle` of registries. */
  readonly certificate: string;
  /** RFC 7517. */
  readonly jwks: { readonly keys: readonly JWK[] };
}

/**
 * @param data - the data folder, where the key of the tokens lies
 * @throws WritError ACCESS_KEYS, ACCESS_USERS, KEYSTORE_SECRET, KEYSTORE_PERMISSIONS
 */
export async function openTokenServer(settings: OwnTokens, data: string, clock: Clock): Promise<TokenServer> {
  const key = await ensureTokenKey(data, clock);
  const { issuer, service, lifetimeSeconds } = settings;
  const { certificate, publicKey } = key;
  const { exportJWK } = await import('jose');
  const trust = { issuer, service, roots: [certificate], keys: [publicKey], jwks: undefined };
  const jwk = { ...(await exportJWK(publicKey)), kid: libtrustKeyId(publicKey), alg: 'ES256', use: 'sig' };
  return {
    desk: new TokenDesk(settings, {
      logins: new Logins(await usersIn(settings)),
      workloads: await workloadsOf(settings, clock),
      failures: new FailedLogins(),
      issuer: new TokenIssuer(issuer, lifetimeSeconds, key, clock),
    }),
    tokens: new DockerTokens(trust, clock),
    certificate: certificate.toString(),
    jwks: { keys: [jwk] },
  };
}

/** Of the settings and of the file; a name of both would have two passwords. */
async function usersIn({ htpasswd, users }: OwnTokens): Promise<() => Promise<Users>> {
  const own = usersOf([...users].map(([name, hash]) => ({ name, hash, at: `notary.auth.users.${name}` })));
  if (htpasswd === undefined) return () => Promise.resolve(own);
  const ofFile = usersFile(htpasswd);
  const all = async (): Promise<Users> => {
    const found = await ofFile();
    const twice = [...own.keys()].find(name => found.has(name));
    if (twice === undefined) return own.size === 0 ? found : new Map([...found, ...own]);
    throw new WritError('ACCESS_USERS', `${twice} is in ${htpasswd} and in notary.auth.users`);
  };
  await all();
  return all;
}

async function workloadsOf({ oidc }: OwnTokens, clock: Clock): Promise<Workloads> {
  const options = new Map<string, JwksOptions>();
  for (const { issuer, jwks, ca } of oidc) {
    refuseReadable(jwks ?? issuer);
    options.set(issuer, await trusting(ca));
  }
  return openWorkloads(oidc, options, clock);
}
