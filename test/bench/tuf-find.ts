/** Finding one image among a million in hash bins, over HTTP: bytes on the wire, and CPU of the client. */
import { type ChildProcess, fork } from 'node:child_process';
import crypto from 'node:crypto';
import { once } from 'node:events';
import { syncBuiltinESMExports } from 'node:module';
import { HttpFetcher } from '../../src/transport/http-fetcher.js';
import { findTarget } from '../../src/tuf/client/find-target.js';
import { pinRoot } from '../../src/tuf/client/load-root.js';
import { refresh } from '../../src/tuf/client/refresh.js';
import { MemoryMetadataStore } from '../../src/tuf/memory-store.js';
import type { Fetcher, MetadataStore } from '../../src/tuf/ports.js';
import { Verifications } from '../../src/tuf/verified.js';
import { median, type Result } from './report.js';
import { targetOf } from './tuf-documents.js';

const ROUNDS = 31;

interface Cost {
  /** Bytes both ways, headers included. */
  readonly bytes: number;
  /** Milliseconds. */
  readonly cpu: number;
}

export async function findInBins(): Promise<Result[]> {
  const server = fork('dist/tools/bench-tuf-server.js', { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
  try {
    const [{ url, root }] = (await once(server, 'message')) as [{ url: string; root: string }];
    const client = new Client(server, url, Buffer.from(root, 'base64'));
    const first = await client.cold(0);
    const cold: Cost[] = [];
    const warm: Cost[] = [];
    for (let i = 1; i <= ROUNDS; i++) {
      cold.push(await client.cold(i * 1000));
      warm.push(await client.again(i * 1000 + 1));
    }
    return [...results(first, cold, warm), ...(await client.unchanged())];
  } finally {
    server.kill('SIGTERM');
  }
}

class Client {
  readonly #server: ChildProcess;
  readonly #fetcher: HttpFetcher;
  readonly #root: Uint8Array;
  #store: MetadataStore = new MemoryMetadataStore();

  constructor(server: ChildProcess, url: string, root: Uint8Array) {
    this.#server = server;
    this.#fetcher = HttpFetcher.at(url);
    this.#root = root;
  }

  /** With nothing but the pinned root. */
  async cold(image: number): Promise<Cost> {
    this.#store = new MemoryMetadataStore();
    await pinRoot(this.#store, this.#root);
    return this.again(image);
  }

  /** With what was verified before. */
  async again(image: number): Promise<Cost> {
    const before = await this.#bytes();
    const start = process.cpuUsage();
    const [path, wanted] = targetOf(image);
    const clock = { now: () => new Date() };
    const view = await refresh({ fetcher: this.#fetcher, store: this.#store, clock });
    const found = await findTarget(view, path);
    const { user, system } = process.cpuUsage(start);
    if (found?.target.length !== wanted.length) throw new Error(`${path} was not found`);
    return { bytes: (await this.#bytes()) - before, cpu: (user + system) / 1000 };
  }

  /** What a refresh costs in a process that knows the repository, when nothing has changed there. */
  async unchanged(): Promise<Result[]> {
    const clock = { now: () => new Date() };
    const options = { store: this.#store, clock, known: new Verifications() };
    await refresh({ ...options, fetcher: this.#fetcher });
    const asked: string[] = [];
    const fetcher: Fetcher = {
      metadata: (name, maxBytes) => {
        asked.push(name);
        return this.#fetcher.metadata(name, maxBytes);
      },
      target: (path, maxBytes) => this.#fetcher.target(path, maxBytes),
    };
    const checks = await signatureChecks(() => refresh({ ...options, fetcher }));
    const what = 'refreshing an unchanged repository in a running process';
    return [
      { what: `${what} (${asked.join(', ')})`, value: asked.length, unit: 'requests', wanted: 2 },
      { what, value: checks, unit: 'signature checks', wanted: 1 },
    ];
  }

  async #bytes(): Promise<number> {
    this.#server.send('bytes');
    const [{ bytes }] = (await once(this.#server, 'message')) as [{ bytes: number }];
    return bytes;
  }
}

/** How many signatures are verified while `work` runs. */
async function signatureChecks(work: () => Promise<unknown>): Promise<number> {
  const original = crypto.verify;
  let checks = 0;
  crypto.verify = ((...args: Parameters<typeof original>) => {
    checks++;
    return original(...args);
  }) as typeof original;
  syncBuiltinESMExports();
  try {
    await work();
  } finally {
    crypto.verify = original;
    syncBuiltinESMExports();
  }
  return checks;
}

function results(first: Cost, cold: readonly Cost[], warm: readonly Cost[]): Result[] {
  const what = 'finding one image of 1,000,000 in 16,384 hash bins';
  const most = (costs: readonly Cost[]): number => Math.max(...costs.map(({ bytes }) => bytes)) / 1000;
  const cpu = (costs: readonly Cost[]): number => median(costs.map(cost => cost.cpu));
  return [
    { what: `${what}, cold, on the wire`, value: most([first, ...cold]), unit: 'KB', wanted: 100 },
    { what: `${what}, snapshot cached, on the wire`, value: most(warm), unit: 'KB', wanted: 40 },
    { what: `${what}, cold`, value: cpu(cold), unit: 'ms of CPU', wanted: 20 },
    { what: `${what}, snapshot cached`, value: cpu(warm), unit: 'ms of CPU', wanted: 20 },
    { what: `${what}, the first time in a process`, value: first.cpu, unit: 'ms of CPU' },
  ];
}
