/** Where the online keys are: in this process, or behind the signer that the settings name. */
import { formatAddress } from '../config/address.js';
import type { Config } from '../config/types.js';
import { WritError } from '../errors.js';
import type { SignerSource } from '../repository/online-keys.js';
import type { RepositoryPorts } from '../repository/service.js';
import { NotarySignerClient, type NotarySignerOptions } from '../transport/notary-signer.js';
import { RemoteSignerClient } from '../transport/remote-signer.js';
import type { Clock } from '../tuf/ports.js';
import { loadOnlineKeyring, refuseOnlineSecret } from './data-folder.js';
import { onlineSigners } from './online-signers.js';
import { loadCredentials, readPem } from './tls.js';

/**
 * The notary-signer that the settings name, if they name one. It is asked when it is needed, not here.
 *
 * @throws WritError SIGNER_CONFIG beside `signer`; SERVER_TLS, KEYSTORE_PERMISSIONS
 */
export async function openNotarySigner(
  { notary, signer }: Config,
  measured?: NotarySignerOptions['measured'],
): Promise<NotarySignerClient | undefined> {
  if (notary.signer === undefined) return undefined;
  if (signer !== undefined) {
    const why = 'signer.url and notary.signer are both set, and only the second signs Notary repositories';
    throw new WritError('SIGNER_CONFIG', why, { hint: 'run two services, or take signer.url out' });
  }
  const { address, ca, cert, key } = notary.signer;
  const tls = {
    ...(ca !== undefined && { ca: await readPem(ca) }),
    ...(cert !== undefined && key !== undefined && (await loadCredentials({ cert, key }))),
  };
  const { keyAlgorithm: algorithm } = notary;
  const at = formatAddress(address);
  return new NotarySignerClient({ address: at, tls, algorithm, ...(measured && { measured }) });
}

export interface SignerSources {
  readonly config: Config;
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly clock: Clock;
  readonly lifetimes: RepositoryPorts['lifetimes'];
}

/**
 * The signers of snapshot and timestamp for every repository. A signer that is down fails what needs a signature, and
 * nothing else: the service starts, and serves what was signed.
 *
 * @throws WritError SIGNER_CONFIG when there is a signer and a secret here too; SERVER_TLS, KEYSTORE_*
 */
export async function openSigners(sources: SignerSources): Promise<SignerSource> {
  const { config, env, clock, lifetimes } = sources;
  const { signer } = config;
  if (signer === undefined) {
    const keyring = await loadOnlineKeyring(config.data, env);
    return onlineSigners({ keyring, clock, lifetimes });
  }
  refuseOnlineSecret(config.data, env);
  const ca = signer.ca === undefined ? {} : { ca: await readPem(signer.ca) };
  const { cert, key } = await loadCredentials(signer.tls);
  const client = new RemoteSignerClient({ url: signer.url, tls: { ...ca, cert, key } });
  return (name, generations) => client.signersOf(name, generations);
}
