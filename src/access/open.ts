/** What checks the tokens of a token server, from the files and URLs that the settings name. */
import type { OutsideTokens } from '../config/types.js';
import { WritError } from '../errors.js';
import type { Clock } from '../tuf/ports.js';
import { DockerTokens } from './docker-tokens.js';
import { isUrl, openJwks } from './jwks.js';
import { readKeyBundle, type KeyBundle } from './key-bundle.js';

const NOTHING: KeyBundle = { certificates: [], keys: [] };

/** @throws WritError ACCESS_KEYS for files that cannot be used */
export async function openDockerTokens(settings: OutsideTokens, clock: Clock): Promise<DockerTokens> {
  const { issuer, service, rootCertBundle, publicKeys, jwks, jwksCa } = settings;
  const roots = rootCertBundle === undefined ? NOTHING : await readKeyBundle(rootCertBundle);
  const bare = publicKeys === undefined ? NOTHING : await readKeyBundle(publicKeys);
  if (jwks !== undefined) refuseReadable(jwks);
  const tls = jwksCa === undefined ? undefined : await readAuthorities(jwksCa);
  return new DockerTokens(
    {
      issuer,
      service,
      roots: roots.certificates,
      keys: [...roots.keys, ...bare.keys],
      jwks: jwks === undefined ? undefined : await openJwks(jwks, { tls }),
    },
    clock,
  );
}

async function readAuthorities(file: string): Promise<{ ca: string }> {
  const { certificates } = await readKeyBundle(file);
  return { ca: certificates.join('') };
}

/** Over plain http anybody on the way could put keys of their own in. */
function refuseReadable(source: string): void {
  if (!isUrl(source)) return;
  const { protocol, hostname } = new URL(source);
  if (protocol === 'https:' || ['localhost', '127.0.0.1', '[::1]'].includes(hostname)) return;
  throw new WritError('ACCESS_KEYS', `${source} is plain http to another machine`);
}
