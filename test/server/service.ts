/** A running service in tests: a data folder of its own, ports that the system chooses, an end that cleans up. */
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';
import { loadConfig } from '../../src/config/load.js';
import type { Config } from '../../src/config/types.js';
import { startServer, type RunningServer, type ServerOptions } from '../../src/server/start.js';
import { httpRequest } from '../../src/transport/http.js';
import type { HttpRequest } from '../../src/transport/http-types.js';

export function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'writ-server-'));
  onTestFinished(() => {
    rmSync(folder, { recursive: true, force: true });
  });
  return folder;
}

/** The effective configuration of a development service in `data`, as without a file. */
export async function configFor(data: string, change: Partial<Config> = {}): Promise<Config> {
  const flags = { data, listen: '127.0.0.1:0', 'admission-listen': '127.0.0.1:0' };
  const { config } = await loadConfig({ env: { HOME: data, XDG_CONFIG_HOME: data }, flags });
  return { ...config, ...change };
}

/** `notary` of the settings without a file. */
export const NOTARY_DEFAULTS: Config['notary'] = {
  auth: undefined,
  keyAlgorithm: 'ecdsa',
  signer: undefined,
  gunPrefixes: [],
  maxAge: { current: 300, consistent: 2_592_000 },
};

export interface Started extends RunningServer {
  readonly data: string;
  readonly config: Config;
  /** The log so far. */
  readonly lines: string[];
  /** One request to the repository listener. */
  get(
    path: string,
    request?: Partial<HttpRequest>,
  ): Promise<{ status: number; text: string; headers: ReadonlyMap<string, string> }>;
  /** One request to the admission listener. */
  admit(path: string, body: Uint8Array | string): Promise<{ status: number; text: string }>;
}

export async function start(
  change: Partial<Config> = {},
  options: Partial<ServerOptions> & { data?: string } = {},
): Promise<Started> {
  const data = options.data ?? join(temporaryFolder(), 'data');
  const config = await configFor(data, change);
  const lines: string[] = [];
  const running = await startServer(config, {
    env: {},
    write: text => lines.push(...text.trimEnd().split('\n')),
    ...options,
  });
  onTestFinished(() => running.close());
  return {
    ...running,
    data,
    config,
    lines,
    async get(path, request = {}) {
      const answer = await httpRequest({
        url: `${running.addresses.repository}${path}`,
        maxBytes: 1e7,
        ...request,
      });
      return { status: answer.status, text: Buffer.from(answer.body).toString(), headers: answer.headers };
    },
    async admit(path, body) {
      const answer = await httpRequest({
        url: `${running.addresses.admission}${path}`,
        method: 'POST',
        body: Buffer.from(body),
        headers: { 'content-type': 'application/json' },
        maxBytes: 1e7,
        tls: { ca: readFileSync(join(data, 'tls', 'ca.pem')) },
      });
      return { status: answer.status, text: Buffer.from(answer.body).toString() };
    },
  };
}

export const readToken = (data: string): string => readFileSync(join(data, 'token'), 'utf8').trim();
