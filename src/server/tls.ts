/** Certificates: those that the configuration names, or the development certificate of this machine. */
import { createPrivateKey, randomBytes, X509Certificate } from 'node:crypto';
import { existsSync } from 'node:fs';
import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { readNamedFile } from '../config/named-file.js';
import type { TlsFiles } from '../config/types.js';
import { reasonOf, WritError } from '../errors.js';
import { issueCertificate } from '../keystore/certificate.js';
import { createPrivateFile, readPrivateFile } from '../keystore/secret-file.js';
import type { Clock } from '../tuf/ports.js';

/** PEM texts. */
export interface Credentials {
  readonly cert: string;
  readonly key: string;
}

/** What clients of the development service trust; beside it lie cert.pem and key.pem. */
export const DEVELOPMENT_CA = join('tls', 'ca.pem');
const DAYS = 825;
/** A chain, or all the authorities of a company. */
const MAX_PEM = 4 * 1024 * 1024;

/**
 * The certificate and key of `files`.
 *
 * @throws WritError SERVER_TLS when a file cannot be read or the two do not belong together; KEYSTORE_PERMISSIONS
 */
export async function loadCredentials(files: TlsFiles): Promise<Credentials> {
  const key = await readPrivateFile(files.key, 'follow');
  if (key === undefined) throw new WritError('SERVER_TLS', `there is no file ${files.key}`);
  const cert = await readPem(files.cert);
  const credentials = { cert, key: Buffer.from(key).toString('utf8') };
  checkPair(credentials, files);
  return credentials;
}

/** @throws WritError SERVER_TLS */
export async function readPem(path: string): Promise<string> {
  try {
    const { bytes } = await readNamedFile(path, MAX_PEM);
    return Buffer.from(bytes).toString('utf8');
  } catch (cause) {
    throw new WritError('SERVER_TLS', `${path} cannot be read: ${reasonOf(cause)}`, { cause });
  }
}

function checkPair({ cert, key }: Credentials, files: TlsFiles): void {
  const belong = ((): boolean => {
    try {
      return new X509Certificate(cert).checkPrivateKey(createPrivateKey(key));
    } catch (cause) {
      throw new WritError('SERVER_TLS', `${files.cert} and ${files.key} are not a certificate and its key`, {
        cause,
      });
    }
  })();
  if (!belong) throw new WritError('SERVER_TLS', `${files.key} is not the key of ${files.cert}`);
}

/**
 * The development certificate in the data folder, made on first use for localhost, 127.0.0.1 and ::1.
 *
 * @throws WritError SERVER_TLS when it has expired or is broken, KEYSTORE_PERMISSIONS, KEYSTORE_SECRET
 */
export async function ensureDevelopmentCertificate(data: string, clock: Clock): Promise<Credentials> {
  const folder = join(data, 'tls');
  const files = { cert: join(folder, 'cert.pem'), key: join(folder, 'key.pem') };
  if (!existsSync(folder)) await issueInto(folder, clock.now());
  const credentials = await loadCredentials(files);
  refuseExpired(credentials.cert, folder, clock.now());
  return credentials;
}

/** The folder comes into being whole: a crash, or a second process at once, leaves no mixture of two sets. */
async function issueInto(folder: string, now: Date): Promise<void> {
  const issued = issueCertificate({
    names: ['localhost', '127.0.0.1', '::1'],
    notBefore: new Date(now.getTime() - 3_600_000), // clocks of clients may be slow
    days: DAYS,
  });
  const draft = `${folder}.draft-${randomBytes(8).toString('hex')}`;
  await createPrivateFile(join(draft, 'ca.pem'), issued.ca);
  await createPrivateFile(join(draft, 'cert.pem'), issued.cert);
  await createPrivateFile(join(draft, 'key.pem'), issued.key);
  try {
    await rename(draft, folder);
  } catch (cause) {
    await rm(draft, { recursive: true, force: true });
    if (!existsSync(folder))
      throw new WritError('SERVER_TLS', `${folder} cannot be made: ${reasonOf(cause)}`, { cause });
  }
}

function refuseExpired(cert: string, folder: string, now: Date): void {
  const { validTo } = new X509Certificate(cert);
  if (new Date(validTo).getTime() > now.getTime()) return;
  throw new WritError('SERVER_TLS', `the development certificate in ${folder} expired on ${validTo}`, {
    hint: `remove ${folder}: a new one is made at the next start`,
  });
}
