/** Reads and publications on the Notary wire: writ's embedded store beside the real notary-server on PostgreSQL. */
import type { Publisher } from '../repository/notary/publisher.js';
import { base, ownerOf } from '../support/notary-owner.js';
import { startInstallation } from '../support/notary-installation.js';
import { publication, startReal, startWrit, type Contender } from './notary-world.js';
import { RawConnection, rawRequest, requestsPerSecond } from '../support/raw-http.js';
import { median, type Result } from './report.js';

const READERS = 64;
const WRITERS = 32;
const READS = 4_000;
/** Of each writer in a round. */
const PUBLISHES = 16;
const ROUNDS = 3;
/** Rounds that do not count: a server that has just started is slower. */
const WARM_UP = 2;
const TAGS = 10_000;

/** Starts again where notary-server ended by itself: concurrent reads race for a map of it, and Go ends who does that. */
const ATTEMPTS = 8;

export default async function notary(): Promise<Result[]> {
  for (let attempt = 1; ; attempt++) {
    const results = await measured(attempt < ATTEMPTS);
    if (results !== undefined) return results;
    console.error('notary-server ended of a race of its own: once more');
  }
}

/** @returns undefined when notary-server ended, where `mayEnd` allows that */
async function measured(mayEnd: boolean): Promise<Result[] | undefined> {
  const servers: Contender[] = [];
  try {
    servers.push(await startReal(), await startWrit());
    const [real, writ] = servers;
    if (real === undefined || writ === undefined) throw new Error('a server is missing');
    return [
      ...(await reads(real, writ)),
      await publishes(real, writ),
      await oneTagOfMany(real, writ),
      await withSigner().catch(withSigner), // notary-server may die of a race of its own
    ];
  } catch (error) {
    if (!mayEnd || servers[0] === undefined || (await answers(servers[0]))) throw error;
    return undefined;
  } finally {
    for (const server of servers) await server.stop();
  }
}

const answers = ({ url }: Contender): Promise<boolean> =>
  fetch(url).then(
    () => true,
    () => false,
  );

/** One notary-signer holds the keys of both. Its PostgreSQL and that of notary-server do not wait for the disk. */
async function withSigner(): Promise<Result> {
  const real = await startInstallation();
  try {
    const writ = await startWrit(real.signer);
    try {
      const loads = await Promise.all([publisherLoad(real), publisherLoad(writ)]);
      const what = `publishing with a notary-signer, ${WRITERS} connections`;
      return { what, unit: 'a second', ...(await compare(loads)) };
    } finally {
      await writ.stop();
    }
  } finally {
    await real.stop();
  }
}

/** Measures both in turn, round after round: what else the machine does meets both. */
async function compare(
  [real, writ]: readonly [() => Promise<number>, () => Promise<number>],
  { rounds = ROUNDS, warmUp = WARM_UP } = {},
): Promise<{ value: number; baseline: number; baselineName: string }> {
  const figures = { real: [] as number[], writ: [] as number[] };
  for (let i = 0; i < warmUp; i++) {
    await real();
    await writ();
  }
  for (let round = 0; round < rounds; round++) {
    figures.real.push(await real());
    figures.writ.push(await writ());
  }
  return { value: median(figures.writ), baseline: median(figures.real), baselineName: 'notary-server' };
}

async function reads(real: Contender, writ: Contender): Promise<Result[]> {
  const results: Result[] = [];
  const files = { real: await filesOf(real), writ: await filesOf(writ) };
  for (const [what, wanted] of [
    ['timestamp', 2.5],
    ['root', undefined],
    ['snapshot by hash', undefined],
  ] as const) {
    const load =
      (server: Contender, url = '') =>
      () => {
        const request = rawRequest(url);
        return requestsPerSecond(server.url, READERS, READS, () => request);
      };
    const compared = await compare([load(real, files.real[what]), load(writ, files.writ[what])]);
    results.push({
      what: `reading the ${what}, ${READERS} connections`,
      unit: 'a second',
      ...compared,
      ...(wanted !== undefined && { wanted, atLeast: true }),
    });
  }
  return results;
}

/** A published repository, and where its files are. */
async function filesOf({ url }: Contender): Promise<Record<string, string>> {
  const owner = await ownerOf(url, 'registry.example/bench/read');
  await publishOnce(url, owner, {
    root: owner.rootDocument(),
    targets: owner.targetsDocument(1, ['v1', 'v2', 'v3']),
  });
  const at = base(url, owner.gun);
  const timestamp = (await (await fetch(`${at}timestamp.json`)).json()) as {
    signed: { meta: { snapshot: { hashes: { sha256: string } } } };
  };
  const { sha256 } = timestamp.signed.meta.snapshot.hashes;
  const files = {
    timestamp: `${at}timestamp.json`,
    root: `${at}root.json`,
    'snapshot by hash': `${at}snapshot.${Buffer.from(sha256, 'base64').toString('hex')}.json`,
  };
  // One by one: notary-server dies of the first reads of a file that come together.
  for (const file of Object.values(files)) await (await fetch(file)).arrayBuffer();
  return files;
}

async function publishOnce(
  url: string,
  owner: Publisher,
  files: Readonly<Record<string, Uint8Array>>,
): Promise<number> {
  const connection = await RawConnection.open(url);
  const request = publication(url, owner.gun, files);
  const started = performance.now();
  const { status, bytes } = await connection.send(request);
  const took = performance.now() - started;
  connection.close();
  if (status !== 200) throw new Error(`${url} answered ${status}: ${bytes.toString()}`);
  return took;
}

/** Each writer has a repository of its own, and signed what it publishes before. */
async function publishes(real: Contender, writ: Contender): Promise<Result> {
  const loads = await Promise.all([publisherLoad(real), publisherLoad(writ)]);
  return {
    what: `publishing, ${WRITERS} connections`,
    unit: 'a second',
    wanted: 3,
    atLeast: true,
    ...(await compare(loads)),
  };
}

async function publisherLoad({ url }: Pick<Contender, 'url'>): Promise<() => Promise<number>> {
  const owners: Publisher[] = [];
  for (let i = 0; i < WRITERS; i++) {
    const owner = await ownerOf(url, `registry.example/bench/publish-${i}`);
    await publishOnce(url, owner, { root: owner.rootDocument(), targets: owner.targetsDocument(1) });
    owners.push(owner);
  }
  let version = 2;
  return () => {
    const prepared = owners.map(owner =>
      Array.from({ length: PUBLISHES }, (_, n) =>
        publication(url, owner.gun, {
          targets: owner.targetsDocument(version + n, ['v1', 'v2', `v${version + n}`]),
        }),
      ),
    );
    version += PUBLISHES;
    return requestsPerSecond(url, WRITERS, Infinity, i => prepared[i]?.shift());
  };
}

/** The time from the first byte of the request to the last of the answer. */
async function oneTagOfMany(real: Contender, writ: Contender): Promise<Result> {
  const names = Array.from({ length: TAGS }, (_, i) => `v${i}`);
  const load = async ({ url }: Contender): Promise<() => Promise<number>> => {
    const owner = await ownerOf(url, 'registry.example/bench/large');
    await publishOnce(url, owner, { root: owner.rootDocument(), targets: owner.targetsDocument(1, names) });
    let version = 2;
    return () => {
      const targets = owner.targetsDocument(version, [...names, `new-${version}`]);
      version++;
      return publishOnce(url, owner, { targets });
    };
  };
  return {
    what: `publishing one tag into ${TAGS}`,
    unit: 'ms',
    wanted: 0.1,
    ...(await compare([await load(real), await load(writ)], { rounds: 15, warmUp: 12 })),
  };
}
