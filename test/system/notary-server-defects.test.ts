/**
 * What notary-server 0.7 gets wrong, by the numbers of its list of defects: each is tried on the service and on the
 * installed notary-server, with its memory back end or on PostgreSQL as the defect needs.
 */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { notaryKeyOf } from '../../src/crypto/notary-key.js';
import { parseGun } from '../../src/tuf/notary/names.js';
import { certified, listed, roleOf, signed, type Publisher } from '../repository/notary/publisher.js';
import { start } from '../server/service.js';
import { onPostgres, POSTGRES_NEEDS, type NotaryDatabases } from '../support/notary-databases.js';
import { base, establish, onlineKey, ownerOf, publish, send } from '../support/notary-owner.js';
import { startNotaryServer, type RealNotaryServer } from '../support/notary-server.js';
import { RawConnection, rawRequest } from '../support/raw-http.js';
import { describeWith } from '../support/system.js';
import { until } from '../support/until.js';

const ROLES = ['root', 'targets', 'snapshot', 'timestamp'];
const MAX_VERSION = 2 ** 31 - 1;

let names = 0;
const newName = (): string => `registry.example/acme/app${names++}`;

async function writ(): Promise<string> {
  return (await start({ auth: { mode: 'loopback' } })).addresses.repository;
}

const read = (url: string, { gun }: Publisher, file: string): Promise<string> =>
  send(`${base(url, gun)}${file}`);

/** One after the other: that several at once can end notary-server is what one of the tests shows. */
async function readAll(url: string, owner: Publisher): Promise<string[]> {
  const verdicts: string[] = [];
  for (const role of ROLES) verdicts.push(await read(url, owner, `${role}.json`));
  return verdicts;
}

/**
 * With less memory than it has, Go's collector stops threads wherever they ask for more, also within a change to a map;
 * with more threads than processors others run meanwhile. So nineteen starts in twenty end the process, and not one in
 * eight, however many processors there are and however busy they are.
 */
const CROWDED = { GOMEMLIMIT: '1MiB', GOMAXPROCS: '16' };
const MOST_STARTS = 40;

/** Keeps everybody from writing documents until so many want to, who have all read what there was before. */
const together = (count: number): string => `
  BEGIN;
  LOCK TABLE tuf_files IN EXCLUSIVE MODE;
  DO $$ BEGIN
    FOR i IN 1..20000 LOOP
      EXIT WHEN (SELECT count(*) FROM pg_locks WHERE relation = 'tuf_files'::regclass AND NOT granted) >= ${count};
      PERFORM pg_sleep(0.01);
    END LOOP;
  END $$;
  COMMIT`;
const IS_HELD = `SELECT 1 FROM pg_locks
  WHERE relation = 'tuf_files'::regclass AND mode = 'ExclusiveLock' AND granted`;

const OK = '200';
const GONE = '404 METADATA_NOT_FOUND';

describeWith(['notary-server', ...POSTGRES_NEEDS], 'must beat', () => {
  let postgres: NotaryDatabases;
  let memory: RealNotaryServer;
  let durable: RealNotaryServer;
  let database: string;

  beforeAll(async () => {
    postgres = await onPostgres();
    database = postgres.dsn(postgres.serverDb);
    [memory, durable] = [await startNotaryServer(), await startNotaryServer({ database })];
  });
  afterAll(async () => {
    await memory.stop();
    await durable.stop();
    await postgres.stop();
  });

  async function established(url: string, tags: readonly string[] = []): Promise<Publisher> {
    const owner = await ownerOf(url, newName());
    await establish(url, owner, tags);
    return owner;
  }

  /** First reads of all documents of some repositories, 64 at a time: their statuses, and `cut`. */
  async function firstReads(url: string, owners: readonly Publisher[]): Promise<Set<string>> {
    const files = owners.flatMap(({ gun }) => ROLES.map(role => rawRequest(`${base(url, gun)}${role}.json`)));
    const connections = await Promise.all(Array.from({ length: 64 }, () => RawConnection.open(url)));
    const verdicts = new Set<string>();
    const reader = async (connection: RawConnection): Promise<void> => {
      for (let next = files.pop(); next !== undefined; next = files.pop()) {
        const { status } = await connection.send(next);
        verdicts.add(String(status));
      }
    };
    const ends = await Promise.allSettled(connections.map(reader));
    if (ends.some(end => end.status === 'rejected')) verdicts.add('cut');
    for (const connection of connections) connection.close();
    return verdicts;
  }

  async function many(url: string, count: number): Promise<Publisher[]> {
    const owners: Publisher[] = [];
    for (let i = 0; i < count; i++) owners.push(await established(url));
    return owners;
  }

  it('1: many first reads at once are answered', async () => {
    const url = await writ();
    expect(await firstReads(url, await many(url, 32))).toEqual(new Set([OK]));
  });

  it('1: there they end the process', async () => {
    const owners = await many(durable.url, 40);
    for (let starts = 0; starts < MOST_STARTS; starts++) {
      const cold = await startNotaryServer({ database, env: CROWDED });
      const verdicts = await firstReads(cold.url, owners);
      if (verdicts.has('cut')) await until(() => !cold.alive(), 'the end of notary-server');
      await cold.stop();
      if (!verdicts.has('cut')) continue;
      expect(cold.output()).toMatch(/^goroutine /m);
      return;
    }
    expect.fail(`${MOST_STARTS} of them went on`);
  });

  it('2: a member that nobody knows loses no document; there it takes the whole repository', async () => {
    const attack = async (url: string): Promise<string[]> => {
      const owner = await ownerOf(url, newName());
      const [root, targets] = [owner.rootDocument(1, false), owner.targetsDocument()];
      const snapshot = Buffer.from(owner.snapshotDocument(1, { root, targets })).toString();
      const changed = Buffer.from(snapshot.replace('{', '{"extra":1,'));
      expect(await publish(url, owner.gun, { root, targets, snapshot: changed })).toBe(OK);
      return readAll(url, owner);
    };
    expect(await attack(await writ())).toEqual([OK, OK, OK, OK]);
    expect(await attack(durable.url)).toEqual([GONE, GONE, GONE, GONE]);
  });

  it('2: a zero at the end of an expiry loses no root; there it does', async () => {
    const attack = async (url: string): Promise<string> => {
      const owner = await ownerOf(url, newName());
      const part = owner.rootPart(1, true, { expires: '2036-01-01T00:00:00.130Z' });
      const files = { root: signed(part, [owner.root]), targets: owner.targetsDocument() };
      expect(await publish(url, owner.gun, files)).toBe(OK);
      return read(url, owner, 'root.json');
    };
    expect([await attack(await writ()), await attack(durable.url)]).toEqual([OK, GONE]);
  });

  it('3: no version ends a repository; there the highest does', async () => {
    const attack = async (url: string): Promise<string[]> => {
      const owner = await established(url);
      return [
        await publish(url, owner.gun, { targets: owner.targetsDocument(MAX_VERSION) }),
        await publish(url, owner.gun, { targets: owner.targetsDocument(2) }),
      ];
    };
    expect(await attack(await writ())).toEqual(['400 INVALID_UPDATE', OK]);
    expect(await attack(durable.url)).toEqual([OK, '400 VERSION']);
  });

  it('5: broken multipart and pages backwards are answered; there the connection is cut', async () => {
    const attack = async (url: string): Promise<string[]> => [
      await send(base(url, parseGun(newName())), {
        method: 'POST',
        headers: { 'content-type': 'multipart/form-data; boundary=b' },
        body: '--b\r\nnothing of the kind',
      }),
      await send(`${url}/v2/_trust/changefeed?records=-2`),
    ];
    expect(await attack(await writ())).toEqual(['400 MALFORMED_UPLOAD', OK]);
    expect(await attack(memory.url)).toEqual(['cut', 'cut']);
  });

  it('6: deleting takes one repository; there also those whose names begin so', async () => {
    const attack = async (url: string): Promise<string> => {
      const owner = await established(url);
      const other = await ownerOf(url, `${owner.gun}-2`);
      await establish(url, other);
      await send(base(url, owner.gun), { method: 'DELETE' });
      return read(url, other, 'root.json');
    };
    expect([await attack(await writ()), await attack(memory.url)]).toEqual([OK, GONE]);
  });

  it('6: a hash finds the document of its role; there that of any', async () => {
    const attack = async (url: string): Promise<string> => {
      const owner = await established(url);
      const bytes = await (await fetch(`${base(url, owner.gun)}root.json`)).arrayBuffer();
      const digest = Buffer.from(await crypto.subtle.digest('SHA-256', bytes)).toString('hex');
      return read(url, owner, `targets.${digest}.json`);
    };
    expect([await attack(await writ()), await attack(memory.url)]).toEqual([GONE, OK]);
  });

  it('8: the losers of a race are told VERSION; there they get 500', async () => {
    const race = async (url: string, owner: Publisher): Promise<string[]> => {
      const uploads = Array.from({ length: 8 }, (_, i) =>
        publish(url, owner.gun, { targets: owner.targetsDocument(2, [`t${i}`]) }),
      );
      return (await Promise.all(uploads)).sort();
    };
    const url = await writ();
    const lost = Array.from({ length: 7 }, () => '400 VERSION');
    expect(await race(url, await established(url))).toEqual([OK, ...lost]);

    const owner = await established(durable.url);
    await readAll(durable.url, owner);
    const held = postgres.sql(postgres.serverDb, together(8));
    await until(async () => (await postgres.sql(postgres.serverDb, IS_HELD)).length > 0, 'the lock');
    const verdicts = await race(durable.url, owner);
    await held;
    expect(verdicts).toEqual([OK, ...lost.map(() => expect.stringMatching(/^500/) as string)]);
  });

  it('9: there is a limit to a document; there is none', async () => {
    const attack = async (url: string): Promise<string> => {
      const owner = await established(url);
      const part = owner.targetsPart(2, [], { ignored: 'x'.repeat(17 * 1024 * 1024) });
      return publish(url, owner.gun, { targets: signed(part, [owner.targets]) });
    };
    expect(await attack(await writ())).toBe('400 MALFORMED_UPLOAD');
    expect(await attack(memory.url)).toBe(OK);
  });

  it('10: asking for a key makes none; there each time another', async () => {
    const attack = async (url: string): Promise<number> => {
      const gun = parseGun(newName());
      const ids = new Set<string>();
      for (let i = 0; i < 5; i++) ids.add((await onlineKey(url, gun, 'timestamp')).id);
      return ids.size;
    };
    expect([await attack(await writ()), await attack(memory.url)]).toEqual([1, 5]);
  });

  it('15: one key meets no threshold of 2; there it does, listed bare and in a certificate', async () => {
    const attack = async (url: string): Promise<string> => {
      const owner = await ownerOf(url, newName());
      const held = certified('anybody', new Date(Date.now() - 86_400_000));
      const twice = [held, { key: notaryKeyOf(held.privateKey), privateKey: held.privateKey }];
      const { keys, roles, ...rest } = owner.rootPart(1, true) as ReturnType<Publisher['rootPart']> & {
        keys: object;
        roles: object;
      };
      const part = {
        ...rest,
        keys: { ...keys, ...listed(twice) },
        roles: { ...roles, targets: roleOf(twice, 2) },
      };
      const files = {
        root: signed(part, [owner.root]),
        targets: signed(owner.targetsPart(1, ['v1']), twice),
      };
      return publish(url, owner.gun, files);
    };
    expect([await attack(await writ()), await attack(durable.url)]).toEqual(['400 INVALID_UPDATE', OK]);
  });
});
