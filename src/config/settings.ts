/**
 * Every setting, one line each: its name in the file (dotted), how it is read, its variable and its flag.
 * `policies/schemas/writ.schema.json` says the same of the file; a test holds both together.
 */
import * as kinds from './kinds.js';
import type { Kind } from './kinds.js';
import { gunPrefixes, notaryAuth } from './notary-auth.js';

export interface Setting<T> {
  readonly name: string;
  readonly kind: Kind<T>;
  readonly env?: string;
  readonly flag?: string;
  /** False for what must not stand in a file: secrets. */
  readonly file: boolean;
}

const setting = <T>(name: string, kind: Kind<T>, env?: string, flag?: string): Setting<T> => ({
  name,
  kind,
  file: true,
  ...(env === undefined ? {} : { env }),
  ...(flag === undefined ? {} : { flag }),
});

/** As notary-server bounds it. */
const YEAR_SECONDS = 31_536_000;

export const SETTINGS = {
  server: setting('server', kinds.serviceUrl, 'WRIT_SERVER', 'server'),
  token: { name: 'token', kind: kinds.secret, env: 'WRIT_TOKEN', file: false } as Setting<string>,
  tokenFile: setting('tokenFile', kinds.path, 'WRIT_TOKEN_FILE'),
  passphraseFile: setting('passphraseFile', kinds.path, 'WRIT_PASSPHRASE_FILE'),
  pkcs11Module: setting('pkcs11.module', kinds.path, 'WRIT_PKCS11_MODULE'),
  pkcs11PinFile: setting('pkcs11.pinFile', kinds.path, 'WRIT_PIN_FILE'),
  pkcs11Keys: setting('pkcs11.keys', kinds.names, 'WRIT_PKCS11_KEYS'),
  data: setting('data', kinds.path, 'WRIT_DATA', 'data'),
  state: setting('state', kinds.path, 'WRIT_STATE', 'state'),
  keys: setting('keys', kinds.path, 'WRIT_KEYS'),
  listen: setting('listen', kinds.address, 'WRIT_LISTEN', 'listen'),
  admissionListen: setting('admissionListen', kinds.address, 'WRIT_ADMISSION_LISTEN', 'admission-listen'),
  metricsListen: setting('metricsListen', kinds.address, 'WRIT_METRICS_LISTEN', 'metrics-listen'),
  tlsCert: setting('tls.cert', kinds.path, 'WRIT_TLS_CERT'),
  tlsKey: setting('tls.key', kinds.path, 'WRIT_TLS_KEY'),
  admissionTlsCert: setting('admission.tls.cert', kinds.path, 'WRIT_ADMISSION_TLS_CERT'),
  admissionTlsKey: setting('admission.tls.key', kinds.path, 'WRIT_ADMISSION_TLS_KEY'),
  admissionClientCa: setting('admission.clientCa', kinds.path, 'WRIT_ADMISSION_CLIENT_CA'),
  admissionClientNames: setting('admission.clientNames', kinds.names, 'WRIT_ADMISSION_CLIENT_NAMES'),
  authMode: setting('auth.mode', kinds.oneOf('token', 'loopback'), 'WRIT_AUTH_MODE'),
  notaryAuth: setting('notary.auth', notaryAuth),
  notaryKeyAlgorithm: setting(
    'notary.keyAlgorithm',
    kinds.oneOf('ecdsa', 'ed25519'),
    'WRIT_NOTARY_KEY_ALGORITHM',
  ),
  notarySignerAddress: setting('notary.signer.address', kinds.address, 'WRIT_NOTARY_SIGNER_ADDRESS'),
  notarySignerCa: setting('notary.signer.ca', kinds.path, 'WRIT_NOTARY_SIGNER_CA'),
  notarySignerCert: setting('notary.signer.cert', kinds.path, 'WRIT_NOTARY_SIGNER_CERT'),
  notarySignerKey: setting('notary.signer.key', kinds.path, 'WRIT_NOTARY_SIGNER_KEY'),
  notaryGunPrefixes: setting('notary.gunPrefixes', gunPrefixes, 'WRIT_NOTARY_GUN_PREFIXES'),
  notaryMaxAgeCurrent: setting(
    'notary.maxAge.current',
    kinds.integer(0, YEAR_SECONDS),
    'WRIT_NOTARY_MAX_AGE_CURRENT',
  ),
  notaryMaxAgeConsistent: setting(
    'notary.maxAge.consistent',
    kinds.integer(0, YEAR_SECONDS),
    'WRIT_NOTARY_MAX_AGE_CONSISTENT',
  ),
  signerUrl: setting('signer.url', kinds.serviceUrl, 'WRIT_SIGNER_URL'),
  signerCa: setting('signer.ca', kinds.path, 'WRIT_SIGNER_CA'),
  signerCert: setting('signer.cert', kinds.path, 'WRIT_SIGNER_CERT'),
  signerKey: setting('signer.key', kinds.path, 'WRIT_SIGNER_KEY'),
  serveSignerListen: setting(
    'serveSigner.listen',
    kinds.address,
    'WRIT_SERVE_SIGNER_LISTEN',
    'signer-listen',
  ),
  serveSignerTlsCert: setting('serveSigner.tls.cert', kinds.path, 'WRIT_SERVE_SIGNER_TLS_CERT'),
  serveSignerTlsKey: setting('serveSigner.tls.key', kinds.path, 'WRIT_SERVE_SIGNER_TLS_KEY'),
  serveSignerClientCa: setting('serveSigner.clientCa', kinds.path, 'WRIT_SERVE_SIGNER_CLIENT_CA'),
  serveSignerClientNames: setting('serveSigner.clientNames', kinds.names, 'WRIT_SERVE_SIGNER_CLIENT_NAMES'),
  serveSignerMaxPerMinute: setting(
    'serveSigner.maxPerMinute',
    kinds.integer(1, 60_000),
    'WRIT_SERVE_SIGNER_MAX_PER_MINUTE',
  ),
  trust: setting('trust', kinds.trustEntries),
  catalogue: setting('catalogue', kinds.path, 'WRIT_CATALOGUE', 'catalogue'),
  policies: setting('policies', kinds.paths, 'WRIT_POLICIES'),
  remap: setting('remap', kinds.remapRules),
  logLevel: setting(
    'log.level',
    kinds.oneOf('debug', 'info', 'warn', 'error', 'silent'),
    'WRIT_LOG_LEVEL',
    'log-level',
  ),
  timestampHours: setting('expiries.timestampHours', kinds.integer(1, 8760), 'WRIT_EXPIRIES_TIMESTAMP_HOURS'),
  snapshotDays: setting('expiries.snapshotDays', kinds.integer(1, 365), 'WRIT_EXPIRIES_SNAPSHOT_DAYS'),
  supersededDays: setting('expiries.supersededDays', kinds.integer(1, 3650), 'WRIT_EXPIRIES_SUPERSEDED_DAYS'),
  development: setting('development', kinds.flag, 'WRIT_DEVELOPMENT', 'development'),
} as const;
