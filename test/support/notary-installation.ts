/** A whole Notary: PostgreSQL, notary-signer behind mutual TLS, and notary-server, as its operators run it. */
import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onPostgres, run, type NotaryDatabases } from './notary-databases.js';
import { freePort } from './ports.js';
import { end } from './processes.js';
import { findProgram } from './programs.js';
import { until } from './until.js';

const NOTARY_NEEDS = ['notary', 'notary-server', 'notary-signer', 'openssl'] as const;
/** What a test that uses it needs, on PostgreSQL and on MariaDB. */
export const INSTALLATION_NEEDS = [...NOTARY_NEEDS, 'initdb', 'postgres', 'pg_dump'] as const;
export const MARIADB_NEEDS = [...NOTARY_NEEDS, 'mariadb-install-db', 'mariadbd', 'mariadb-dump'] as const;
export const SIGNER_PASSPHRASE = 'signerpass1234';

export interface Installation extends NotaryDatabases {
  /** Of notary-server. */
  readonly url: string;
  /** Of notary-signer, and what its clients need. */
  readonly signer: {
    readonly address: string;
    readonly ca: string;
    readonly cert: string;
    readonly key: string;
  };
  /** Ends notary-server and notary-signer; the databases stay. */
  stopNotary(): Promise<void>;
  /** Ends notary-server alone. */
  stopServer(): Promise<void>;
  stopSigner(): Promise<void>;
  /** Starts notary-signer again, at the same address. */
  startSigner(): Promise<void>;
  /** Ends everything, and removes it. */
  stop(): Promise<void>;
}

/** Whoever starts it stops it. */
export async function startInstallation(engine = onPostgres): Promise<Installation> {
  const folder = mkdtempSync(join(tmpdir(), 'notary-installation-'));
  const databases = await engine();
  makeCertificates(folder);
  const notary = await startNotary(folder, databases);
  const stopServer = (): Promise<void> => end(notary.server);
  const stopSigner = (): Promise<void> => end(notary.signer);
  const stopNotary = async (): Promise<void> => {
    await Promise.all([stopServer(), stopSigner()]);
  };
  return {
    url: notary.url,
    ...databases,
    signer: notary.client,
    stopNotary,
    stopServer,
    stopSigner,
    startSigner: notary.startSigner,
    stop: async () => {
      await stopNotary();
      await databases.stop();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function makeCertificates(folder: string): void {
  const openssl = (...words: string[]): string => run('openssl', words, folder);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:prime256v1', '-nodes'];
  openssl('req', '-x509', ...key, '-days', '30', '-subj', '/CN=ca', '-keyout', 'ca.key', '-out', 'ca.crt');
  writeFileSync(join(folder, 'names'), 'subjectAltName=DNS:localhost,IP:127.0.0.1\n');
  for (const name of ['server', 'signer']) {
    openssl('req', ...key, '-subj', `/CN=${name}`, '-keyout', `${name}.key`, '-out', `${name}.csr`);
    const ca = ['-CA', 'ca.crt', '-CAkey', 'ca.key', '-CAcreateserial', '-days', '30', '-extfile', 'names'];
    openssl('x509', '-req', '-in', `${name}.csr`, ...ca, '-out', `${name}.crt`);
  }
}

interface Notary {
  readonly url: string;
  readonly server: ChildProcess;
  signer: ChildProcess;
  readonly client: Installation['signer'];
  startSigner(): Promise<void>;
}

async function startNotary(
  folder: string,
  { backend, serverDb, signerDb, dsn }: NotaryDatabases,
): Promise<Notary> {
  const [grpc, http] = [await freePort(), await freePort()];
  const file = (name: string): string => join(folder, name);
  const storage = { backend };
  writeFileSync(
    file('signer.json'),
    JSON.stringify({
      server: {
        grpc_addr: `127.0.0.1:${grpc}`,
        tls_cert_file: file('signer.crt'),
        tls_key_file: file('signer.key'),
        client_ca_file: file('ca.crt'),
      },
      logging: { level: 'error' },
      storage: { ...storage, db_url: dsn(signerDb), default_alias: 'timestamp_1' },
    }),
  );
  writeFileSync(
    file('server.json'),
    JSON.stringify({
      server: { http_addr: `127.0.0.1:${http}` },
      trust_service: {
        type: 'remote',
        hostname: 'localhost',
        port: String(grpc),
        key_algorithm: 'ecdsa',
        tls_ca_file: file('ca.crt'),
        tls_client_cert: file('server.crt'),
        tls_client_key: file('server.key'),
      },
      logging: { level: 'error' },
      storage: { ...storage, db_url: dsn(serverDb) },
    }),
  );
  const env = { PATH: process.env['PATH'], NOTARY_SIGNER_TIMESTAMP_1: SIGNER_PASSPHRASE };
  const start = (program: string, config: string): ChildProcess =>
    spawn(findProgram(program) ?? program, ['-config', file(config)], { env, stdio: 'ignore' });
  const startSigner = (): ChildProcess => start('notary-signer', 'signer.json');
  const address = { host: '127.0.0.1', port: grpc };
  const notary: Notary = {
    url: `http://127.0.0.1:${http}`,
    signer: startSigner(),
    server: start('notary-server', 'server.json'),
    client: {
      address: `localhost:${grpc}`,
      ca: file('ca.crt'),
      cert: file('server.crt'),
      key: file('server.key'),
    },
    startSigner: async () => {
      notary.signer = startSigner();
      await until(() => reach(address), 'notary-signer');
    },
  };
  await until(async () => {
    // asking for a key asks notary-signer too
    const answer = await fetch(`${notary.url}/v2/ready/_trust/tuf/timestamp.key`);
    if (!answer.ok) throw new Error(await answer.text());
  }, 'notary-server');
  return notary;
}

/** Connects, and no more. */
async function reach(address: { readonly host: string; readonly port: number }): Promise<void> {
  const socket = connect(address);
  await once(socket, 'connect');
  socket.destroy();
}

/** Runs the unmodified `notary` client in folders of its own. */
export class NotaryUser {
  readonly folder: string;
  readonly env: NodeJS.ProcessEnv;

  /** @param name - of the folder; another is another user */
  constructor(within: string, name: string) {
    this.folder = join(within, name);
    mkdirSync(this.folder, { recursive: true });
    writeFileSync(join(this.folder, 'file'), 'hello\n');
    this.env = {
      PATH: process.env['PATH'],
      HOME: this.folder,
      NOTARY_ROOT_PASSPHRASE: 'rootpass1234',
      NOTARY_TARGETS_PASSPHRASE: 'targpass1234',
      NOTARY_SNAPSHOT_PASSPHRASE: 'snappass1234',
      NOTARY_DELEGATION_PASSPHRASE: 'delepass1234',
    };
  }

  get trust(): string {
    return join(this.folder, 'trust');
  }

  /** From now on with this token of writ. */
  login(token: string): void {
    this.env['NOTARY_AUTH'] = Buffer.from(`anybody:${token}`).toString('base64');
  }

  /** @param words - of notary, after the trust folder and the server */
  notary(server: string, ...words: string[]): { readonly status: number | null; readonly output: string } {
    return this.run('notary', '-d', this.trust, '-s', server, ...words);
  }

  run(program: string, ...words: string[]): { readonly status: number | null; readonly output: string } {
    const { status, stdout, stderr } = spawnSync(findProgram(program) ?? program, words, {
      cwd: this.folder,
      env: this.env,
      input: 'yes\n',
      encoding: 'utf8',
    });
    return { status, output: stdout + stderr };
  }

  /** As {@link notary}, which must succeed; gives what it printed. */
  done(server: string, ...words: string[]): string {
    const { status, output } = this.notary(server, ...words);
    if (status !== 0) throw new Error(`notary ${words.join(' ')}: ${output}`);
    return output;
  }
}

export const readToken = (data: string): string => readFileSync(join(data, 'token'), 'utf8').trim();
