import { join, resolve } from 'node:path';

import { WritError } from '../errors.js';
import { readConfigFile } from './file.js';
import { defaultFile, xdg } from './default-file.js';
import { Resolver } from './resolver.js';
import { SETTINGS, type Setting } from './settings.js';
import type {
  Address,
  Config,
  ConfigFile,
  ConfigSources,
  LoadedConfig,
  NotarySignerAddress,
  SignerClient,
  TlsFiles,
} from './types.js';

type Environment = ConfigSources['env'];

const LOCAL: Address = { host: '127.0.0.1', port: 4443 };
const LOCAL_ADMISSION: Address = { host: '127.0.0.1', port: 4444 };
const LOCAL_SIGNER: Address = { host: '127.0.0.1', port: 4445 };

/**
 * The effective configuration: flags over `WRIT_*` variables over the file over defaults, and where each value
 * came from. Without a file neither the YAML parser nor the schema validator is loaded.
 *
 * @throws WritError CONFIG_FILE, CONFIG_INVALID, USAGE for a flag
 */
export async function loadConfig(sources: ConfigSources): Promise<LoadedConfig> {
  const file = await findFile(sources);
  const resolver = new Resolver(sources, file, process.cwd());
  return { config: assemble(resolver, sources.env, file), origins: resolver.origins };
}

/** A file that somebody named must exist; the one in the user's own folder need not. */
async function findFile({ file, notaryFile, env }: ConfigSources): Promise<ConfigFile | undefined> {
  if (notaryFile !== undefined) {
    if (file !== undefined) throw new WritError('USAGE', '--config and --notary-config cannot both be given');
    const { readNotaryServerFile } = await import('./notary-server.js');
    return readNotaryServerFile(resolve(notaryFile), env);
  }
  const named = file ?? (env['WRIT_CONFIG'] === '' ? undefined : env['WRIT_CONFIG']);
  if (named !== undefined) return readConfigFile(resolve(named), true);
  return readConfigFile(defaultFile(env), false);
}

function assemble(from: Resolver, env: Environment, file: ConfigFile | undefined): Config {
  const state = from.value(SETTINGS.state, join(xdg(env, 'XDG_STATE_HOME', '.local/state'), 'writ'));
  const listen = from.value(SETTINGS.listen, LOCAL);
  return {
    server: from.value(SETTINGS.server, 'http://127.0.0.1:4443'),
    token: from.optional(SETTINGS.token),
    tokenFile: from.optional(SETTINGS.tokenFile),
    passphraseFile: from.optional(SETTINGS.passphraseFile),
    pkcs11: {
      module: from.optional(SETTINGS.pkcs11Module),
      pinFile: from.optional(SETTINGS.pkcs11PinFile),
      keys: from.value(SETTINGS.pkcs11Keys, []),
    },
    data: from.value(SETTINGS.data, join(xdg(env, 'XDG_DATA_HOME', '.local/share'), 'writ')),
    state,
    keys: from.value(SETTINGS.keys, join(state, 'keys')),
    listen,
    admissionListen: from.value(SETTINGS.admissionListen, LOCAL_ADMISSION),
    metricsListen: from.optional(SETTINGS.metricsListen),
    tls: tlsFiles(from, SETTINGS.tlsCert, SETTINGS.tlsKey),
    admission: {
      tls: tlsFiles(from, SETTINGS.admissionTlsCert, SETTINGS.admissionTlsKey),
      clientCa: from.optional(SETTINGS.admissionClientCa),
      clientNames: from.value(SETTINGS.admissionClientNames, []),
    },
    auth: { mode: from.value(SETTINGS.authMode, 'loopback') },
    notary: {
      auth: from.optional(SETTINGS.notaryAuth),
      keyAlgorithm: from.value(SETTINGS.notaryKeyAlgorithm, 'ecdsa'),
      signer: notarySigner(from),
      gunPrefixes: from.value(SETTINGS.notaryGunPrefixes, []),
      maxAge: {
        current: from.value(SETTINGS.notaryMaxAgeCurrent, 300),
        consistent: from.value(SETTINGS.notaryMaxAgeConsistent, 2_592_000),
      },
    },
    signer: signerClient(from),
    serveSigner: {
      listen: from.value(SETTINGS.serveSignerListen, LOCAL_SIGNER),
      tls: tlsFiles(from, SETTINGS.serveSignerTlsCert, SETTINGS.serveSignerTlsKey),
      clientCa: from.optional(SETTINGS.serveSignerClientCa),
      clientNames: from.value(SETTINGS.serveSignerClientNames, []),
      maxPerMinute: from.value(SETTINGS.serveSignerMaxPerMinute, 600),
    },
    trust: distinctNames(from.value(SETTINGS.trust, [])),
    catalogue: from.optional(SETTINGS.catalogue),
    policies: from.value(SETTINGS.policies, []),
    remap: from.value(SETTINGS.remap, []),
    log: { level: from.value(SETTINGS.logLevel, 'info') },
    expiries: {
      timestampHours: from.value(SETTINGS.timestampHours, 48),
      snapshotDays: from.value(SETTINGS.snapshotDays, 7),
      supersededDays: from.value(SETTINGS.supersededDays, 30),
    },
    // Nothing configured gives a development service, but never one that other machines can reach.
    development: from.value(SETTINGS.development, file === undefined && listen.host === LOCAL.host),
    plainHttp: file?.plainHttp === true,
    warnings: file?.warnings ?? [],
  };
}

/** All of it or nothing: half a signer would leave the keys in the service. */
function signerClient(from: Resolver): SignerClient | undefined {
  const url = from.optional(SETTINGS.signerUrl);
  const ca = from.optional(SETTINGS.signerCa);
  const tls = tlsFiles(from, SETTINGS.signerCert, SETTINGS.signerKey);
  if (url === undefined && ca === undefined && tls === undefined) return undefined;
  if (url?.startsWith('https:') !== true)
    throw new WritError('CONFIG_INVALID', 'signer.url must be an https URL');
  if (tls === undefined) throw new WritError('CONFIG_INVALID', 'signer.url is set without signer.cert');
  return { url, ca, tls };
}

function notarySigner(from: Resolver): NotarySignerAddress | undefined {
  const address = from.optional(SETTINGS.notarySignerAddress);
  const ca = from.optional(SETTINGS.notarySignerCa);
  const tls = tlsFiles(from, SETTINGS.notarySignerCert, SETTINGS.notarySignerKey);
  if (address === undefined && ca === undefined && tls === undefined) return undefined;
  if (address === undefined)
    throw new WritError('CONFIG_INVALID', 'notary.signer is set without notary.signer.address');
  return { address, ca, cert: tls?.cert, key: tls?.key };
}

function tlsFiles(
  from: Resolver,
  certSetting: Setting<string>,
  keySetting: Setting<string>,
): TlsFiles | undefined {
  const cert = from.optional(certSetting);
  const key = from.optional(keySetting);
  if (cert === undefined && key === undefined) return undefined;
  if (cert !== undefined && key !== undefined) return { cert, key };
  const [given, missing] = cert === undefined ? [keySetting, certSetting] : [certSetting, keySetting];
  throw new WritError('CONFIG_INVALID', `${given.name} is set without ${missing.name}`);
}

function distinctNames(trust: Config['trust']): Config['trust'] {
  const seen = new Set<string>();
  for (const { name } of trust) {
    if (seen.has(name)) throw new WritError('CONFIG_INVALID', `trust names ${name} twice`);
    seen.add(name);
  }
  return trust;
}
