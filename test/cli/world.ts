/** A service on loopback and a client of it, in a folder of their own; commands run in this process. */
import { run, type FakeOptions, type Ran } from './support.js'; // first: it changes what is imported below
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { loadConfig } from '../../src/config/load.js';
import { startServer, type RunningServer } from '../../src/server/start.js';

export interface World {
  readonly folder: string;
  readonly server: string;
  readonly env: Readonly<Record<string, string>>;
  readonly writ: (argv: readonly string[], options?: FakeOptions) => Promise<Ran>;
  /** A file in the folder. */
  readonly file: (name: string, text: string) => string;
  readonly close: () => Promise<void>;
}

const noLog = (): void => undefined;

export interface WorldOptions {
  /** Text of the service's policies. */
  readonly policies?: string;
  /** The time of the service, and of commands that get no other. */
  readonly now?: () => Date;
}

export async function createWorld({ policies, now }: WorldOptions = {}): Promise<World> {
  const folder = mkdtempSync(join(tmpdir(), 'writ-cli-'));
  const file = (name: string, text: string): string => {
    writeFileSync(join(folder, name), text);
    return join(folder, name);
  };
  if (policies !== undefined) file('service-policies.yaml', policies);
  const running = await serve(folder, policies !== undefined, now);
  const server = running.addresses.repository;
  const env = {
    HOME: folder,
    WRIT_STATE: join(folder, 'state'),
    WRIT_DATA: join(folder, 'data'),
    WRIT_SERVER: server,
    WRIT_PASSPHRASE: 'correct horse',
  };
  return {
    folder,
    server,
    env,
    file,
    writ: (argv, options = {}) =>
      run(argv, { ...(now && { now }), ...options, env: { ...env, ...options.env } }),
    close: async () => {
      await running.close();
      rmSync(folder, { recursive: true });
    },
  };
}

async function serve(
  folder: string,
  withPolicies: boolean,
  now: (() => Date) | undefined,
): Promise<RunningServer> {
  const { config } = await loadConfig({
    env: { HOME: folder, ...(withPolicies ? { WRIT_POLICIES: join(folder, 'service-policies.yaml') } : {}) },
    flags: { data: join(folder, 'data'), listen: '127.0.0.1:0', 'admission-listen': '127.0.0.1:0' },
  });
  return startServer(config, { env: {}, write: noLog, ...(now && { clock: { now } }) });
}

/** An OCI manifest that differs by `name`. */
export const manifestText = (name: string): string =>
  JSON.stringify({
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    config: {
      mediaType: 'application/vnd.oci.image.config.v1+json',
      digest: 'sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a',
      size: 2,
    },
    layers: [],
    annotations: { name },
  });

/** What `writ … --json` printed. */
export const json = (ran: Ran): Record<string, unknown> => JSON.parse(ran.stdout) as Record<string, unknown>;
