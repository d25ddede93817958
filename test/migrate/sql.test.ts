import { describe, expect, it } from 'vitest';
import { loadDriver, openMysql, type MysqlDriver } from '../../src/migrate/mysql.js';
import { openDatabase } from '../../src/migrate/open.js';
import { SqlDatabase, type SqlRow } from '../../src/migrate/sql.js';

const NOW = new Date('2026-11-21T12:00:00Z');

/** A driver that answers what a table says, and notes what it was asked. */
function driver(tables: Readonly<Record<string, readonly SqlRow[]>>): {
  asked: string[];
  load: () => Promise<MysqlDriver>;
} {
  const asked: string[] = [];
  const connection = {
    query: (text: string) => Promise.resolve(asked.push(text)),
    execute: (text: string, values: (string | number)[]): Promise<[unknown, unknown]> => {
      asked.push(text);
      const table = /FROM (\w+)/.exec(text)?.[1] ?? '';
      const from = /id > \?/.test(text) ? Number(values[0]) : -1;
      return Promise.resolve([(tables[table] ?? []).filter(row => Number(row['id'] ?? 0) > from), []]);
    },
    end: () => Promise.resolve(),
  };
  return { asked, load: () => Promise.resolve({ createConnection: () => Promise.resolve(connection) }) };
}

async function database(tables: Readonly<Record<string, readonly SqlRow[]>>): Promise<SqlDatabase> {
  return new SqlDatabase(await openMysql(new URL('mysql://a@b/c'), driver(tables).load), NOW);
}

describe('MySQL by its address', () => {
  it('is read in one transaction that writes nothing', async () => {
    const { asked, load } = driver({});
    await new SqlDatabase(await openMysql(new URL('mysql://a@b/c'), load), NOW).guns();
    expect(asked[1]).toMatch(/READ ONLY/);
    expect(asked.join('\n')).not.toMatch(/INSERT|UPDATE|DELETE/);
  });

  it('gives rows as drivers do: bytes, and numbers as text', async () => {
    const tables = {
      tuf_files: [
        {
          id: '4',
          gun: 'a',
          role: 'root',
          version: 1,
          moment: null,
          sha256: null,
          size: '2',
          data: Buffer.from('{}'),
        },
      ],
      changefeed: [
        {
          id: 9,
          moment: '2026-11-21 11:00:00',
          gun: 'a',
          version: 1,
          sha256: Buffer.from('ab'),
          category: 'update',
        },
      ],
    };
    const read = await database(tables);
    expect(await read.guns()).toEqual(['a']);
    const [row] = await read.documents('a');
    expect(row).toMatchObject({ role: 'root', version: 1, at: NOW, size: 2, sha256: undefined });
    expect(await row?.read()).toEqual(Buffer.from('{}'));
    const changes = [];
    for await (const change of read.changesAfter(0)) changes.push(change);
    expect(changes).toEqual([
      { id: 9, at: new Date('2026-11-21T11:00:00Z'), gun: 'a', version: 1, sha256: 'ab', category: 'update' },
    ]);
  });

  it('is refused where a column is not as Notary makes it', async () => {
    const row = { id: 1, gun: 'a', role: 'root', version: 1, size: 1, sha256: null };
    for (const wrong of [{ version: 'x' }, { version: -1 }, { role: null }, { sha256: 7 }]) {
      const read = await database({ tuf_files: [{ ...row, ...wrong }] });
      await expect(read.documents('a')).rejects.toMatchObject({ code: 'MIGRATE_SOURCE' });
    }
    const read = await database({ tuf_files: [{ ...row, data: 'text' }] });
    const [found] = await read.documents('a');
    await expect(found?.read()).rejects.toMatchObject({ code: 'MIGRATE_SOURCE' });
  });

  it('says how to get the driver where it is not installed', async () => {
    await expect(loadDriver('mysql2-elsewhere/promise')).rejects.toMatchObject({
      code: 'MIGRATE_DRIVER',
      hint: expect.stringContaining('npm install mysql2') as string,
    });
  });
});

describe('an address', () => {
  it.each([
    ['oracle://a/b', /postgres:/],
    ['postgres://[', /no URL/],
    ['postgres://a@127.0.0.1/b?sslmode=maybe', /sslmode/],
    ['postgres://a@127.0.0.1/b?sslmode=verify-ca&sslrootcert=/nowhere', /sslrootcert/],
    ['postgres://a@127.0.0.1:1/b', /ECONNREFUSED/],
  ])('%s is refused', async (place, message) => {
    await expect(openDatabase(place, NOW)).rejects.toMatchObject({
      code: 'MIGRATE_SOURCE',
      message: expect.stringMatching(message) as string,
    });
  });
});
