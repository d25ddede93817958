import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished } from 'vitest';
import type { ServerDatabase, SignerDatabase } from '../../src/migrate/databases.js';
import { openDump } from '../../src/migrate/dump/open.js';
import { temporaryOfTests } from '../support/temporary.js';

const NOW = new Date('2026-11-21T12:00:00Z');
/** Every byte there is. */
const ALL = Buffer.from(Array.from({ length: 256 }, (_, i) => i));
const SHA = 'a'.repeat(64);
const LATIN = 'latin1' as const;

function open(text: string): ServerDatabase & SignerDatabase {
  const folder = temporaryOfTests('writ-dump-');
  writeFileSync(join(folder, 'dump.sql'), Buffer.from(text, LATIN));
  const dump = openDump(join(folder, 'dump.sql'), NOW);
  onTestFinished(() => dump.close());
  return dump;
}

async function onlyDocument(text: string): Promise<{ bytes: Buffer | undefined; gun: string; at: Date }> {
  const dump = open(text);
  const [gun = ''] = await dump.guns();
  const [row] = await dump.documents(gun);
  const bytes = await row?.read();
  return { bytes: bytes && Buffer.from(bytes), gun, at: row?.at ?? NOW };
}

const POSTGRES =
  '--\n-- PostgreSQL database dump\n--\n\n\\restrict x;y\nSET standard_conforming_strings = on;\n';
const POSTGRES_END =
  "\n-- it's over; '\nSELECT pg_catalog.setval('x', 1);\n--\n-- PostgreSQL database dump complete\n--\n";
const TABLE = `CREATE TABLE public.tuf_files (
    id integer NOT NULL,
    created_at timestamp without time zone,
    gun character varying(255) DEFAULT 'a,(b'::character varying NOT NULL,
    role character varying(255) NOT NULL,
    version integer NOT NULL,
    data bytea NOT NULL,
    sha256 character(64) DEFAULT NULL::bpchar,
    CONSTRAINT x CHECK ((version > 0))
);
CREATE FUNCTION f() RETURNS text LANGUAGE sql AS $_$ SELECT ';'' $$' $_$;
`;
const columns = '(id, created_at, gun, role, version, data, sha256)';
const hex = (bytes: Buffer): string => `\\x${bytes.toString('hex')}`;

describe('what pg_dump writes', () => {
  it('is read from COPY, whatever a name or a document holds', async () => {
    const rows = `1\t2026-11-21 11:21:05.97\ta\\tb;'\\\\c\troot\t3\t\\${hex(ALL)}\t${SHA}\n`;
    const text = `${POSTGRES}${TABLE}COPY public.tuf_files ${columns} FROM stdin;\n${rows}\\.\n${POSTGRES_END}`;
    expect(await onlyDocument(text)).toEqual({
      bytes: ALL,
      gun: "a\tb;'\\c",
      at: new Date('2026-11-21T11:21:05.970Z'),
    });
  });

  it.each([
    ['with the columns of the table', ''],
    ['with columns of its own', ` ${columns}`],
  ])('is read from INSERT %s', async (_, named) => {
    const row = `(1, NULL, 'it''s \\ ; (', 'root', 3, '${hex(ALL)}', '${SHA}')`;
    const text = `${POSTGRES}${TABLE}INSERT INTO public.tuf_files${named} VALUES ${row};${POSTGRES_END}`;
    expect(await onlyDocument(text)).toEqual({ bytes: ALL, gun: "it's \\ ; (", at: NOW });
  });

  it('may hold documents in the older way of writing bytes', async () => {
    const row = "(1, NULL, 'a', 'root', 3, '{\"a\\\\b\\000\\377''}', NULL)";
    const text = `${POSTGRES}${TABLE}INSERT INTO tuf_files VALUES ${row};${POSTGRES_END}`;
    expect((await onlyDocument(text)).bytes).toEqual(Buffer.from('{"a\\b\0\xff\'}', LATIN));
  });

  it('holds keys and changes too; rows that were deleted do not count', async () => {
    const dump = open(
      `${POSTGRES}INSERT INTO public.changefeed (id, created_at, gun, version, sha256, category) VALUES
       (7, '2026-11-21 11:21:05', 'b', 2, '${SHA}', 'update'), (3, NULL, 'a', 0, '', 'deletion');
       INSERT INTO private_keys (key_id, deleted_at, encryption_alg, keywrap_alg, algorithm, passphrase_alias, public, private, gun, role)
       VALUES ('k', NULL, 'A256GCM', 'W', 'ecdsa', 'alias', '\\x3059', '\\x65794a', 'a', 'timestamp'),
              ('gone', '2026-11-21 11:21:05', 'A256GCM', 'W', 'ecdsa', 'alias', '\\x', '\\x', 'a', 'timestamp');${POSTGRES_END}`,
    );
    const changes = [];
    for await (const { id, gun, category } of dump.changesAfter(0)) changes.push([id, gun, category]);
    expect(changes).toEqual([
      [3, 'a', 'deletion'],
      [7, 'b', 'update'],
    ]);
    expect(await dump.keys()).toEqual([
      {
        id: 'k',
        encryption: 'A256GCM',
        keywrap: 'W',
        algorithm: 'ecdsa',
        alias: 'alias',
        publicKey: Buffer.from('3059', 'hex'),
        sealed: 'eyJ',
        gun: 'a',
        role: 'timestamp',
      },
    ]);
  });

  it('has documents that no bytes can be', async () => {
    const row = (data: string): string =>
      `INSERT INTO tuf_files VALUES (1, NULL, 'a', 'root', 3, '${data}', NULL);`;
    for (const data of ['\\x123', '\\xzz', '\\9', 'a\\']) {
      expect((await onlyDocument(`${POSTGRES}${TABLE}${row(data)}${POSTGRES_END}`)).bytes).toBeUndefined();
    }
  });
});

const MYSQL = '-- MySQL dump 10.13  Distrib 8.0.40, for Linux (x86_64)\n/*!40101 SET NAMES utf8mb4 */;\n';
const MYSQL_END = "\n/*!40101 SET X=@Y */;\n# done; '\n-- Dump completed on 2026-11-21 12:00:00\n";
const MYSQL_TABLE = `CREATE TABLE \`tuf_files\` (
  \`id\` int(11) NOT NULL AUTO_INCREMENT,
  \`created_at\` timestamp NULL DEFAULT NULL,
  \`gun\` varchar(255) NOT NULL,
  \`role\` varchar(255) NOT NULL COMMENT 'it''s, (one',
  \`version\` int(11) NOT NULL,
  \`data\` longblob NOT NULL,
  \`sha256\` char(64) DEFAULT NULL,
  PRIMARY KEY (\`id\`),
  UNIQUE KEY \`gun\` (\`gun\`,\`role\`,\`version\`)
) ENGINE=InnoDB DEFAULT CHARSET=utf8;
LOCK TABLES \`tuf_files\` WRITE;
`;
/** mysql_real_escape_string. */
const escaped = (bytes: Buffer): string =>
  bytes
    .toString(LATIN)
    .replace(
      /[\0\n\r\\'"\x1a]/g,
      char => ({ '\0': '\\0', '\n': '\\n', '\r': '\\r', '\x1a': '\\Z' })[char] ?? `\\${char}`,
    );

describe('what mysqldump writes', () => {
  it.each([
    ['as text', `'${escaped(ALL)}'`],
    ['as marked text', `_binary '${escaped(ALL)}'`],
    ['in hex', `0x${ALL.toString('hex')}`],
    ['in quoted hex', `X'${ALL.toString('hex')}'`],
  ])('is read with documents %s', async (_, data) => {
    const rows = `(1,'2026-11-21 11:21:05','it''s \\'','root',3,${data},'${SHA}')`;
    const text = `${MYSQL}${MYSQL_TABLE}INSERT INTO \`tuf_files\` VALUES ${rows};\nUNLOCK TABLES;${MYSQL_END}`;
    expect(await onlyDocument(text)).toEqual({
      bytes: ALL,
      gun: "it's '",
      at: new Date('2026-11-21T11:21:05Z'),
    });
  });

  it('may hold many rows in one statement, some of tables that are not wanted', async () => {
    const row = (version: number): string => `(${version},NULL,'a','root',${version},0x7b7d,NULL)`;
    const dump = open(
      `${MYSQL}INSERT INTO \`other\` VALUES (1,');\\'');${MYSQL_TABLE}INSERT INTO \`tuf_files\` VALUES ${row(1)},${row(2)}, ${row(3)};${MYSQL_END}`,
    );
    expect((await dump.documents('a')).map(({ version }) => version)).toEqual([1, 2, 3]);
  });
});

describe('what is no dump, or not all of one', () => {
  const row = "(1, NULL, 'a', 'root', 3, '\\x00', NULL)";
  const insert = (values: string): string => `INSERT INTO tuf_files ${columns} VALUES ${values}`;
  it.each([
    ['another file', 'hello', /no dump/],
    ['an archive', 'PGDMP\x01', /archive/],
    ['a compressed file', '\x1f\x8b\x08', /compressed/],
    ['strings with backslashes', `${POSTGRES.replace('= on', '= off')}`, /backslashes/],
    ['a dump without its end', `${POSTGRES}${TABLE}`, /cut off/],
    ['rows without an end', `${POSTGRES}COPY tuf_files (id) FROM stdin;\n1`, /no end/],
    ['a statement without an end', `${POSTGRES}${insert(row)}`, /no end/],
    ['a string without an end', `${POSTGRES}${insert("(1, 'a")}`, /no end/],
    ['a comment without an end', `${MYSQL}/* a`, /no end/],
    ['a row with too few values', `${POSTGRES}${insert('(1, 2)')};`, /2 values for 7 columns/],
    ['a call as a value', `${POSTGRES}${insert('(now())')};`, /cannot be read/],
    ['odd hex', `${MYSQL}${insert('(0x123)')};`, /hex/],
    ['unknown columns', `${POSTGRES}INSERT INTO tuf_files VALUES ${row};`, /columns of tuf_files/],
    ['a row that is there twice', `${POSTGRES}${insert(`${row}, ${row}`)};`, /twice/],
    ['two databases', `${POSTGRES}${TABLE}${TABLE}`, /twice/],
    [
      'a version that is no number',
      `${POSTGRES}${insert("(1, NULL, 'a', 'root', 'x', '', NULL)")};`,
      /version/,
    ],
    ['a row without a name', `${POSTGRES}${insert("(1, NULL, NULL, 'root', 1, '', NULL)")};`, /gun/],
    ['a row without a document', `${POSTGRES}${insert("(1, NULL, 'a', 'root', 1, NULL, NULL)")};`, /data/],
    ['triggers', `${MYSQL}DELIMITER ;;`, /triggers/],
  ])('%s is refused', (_, text, message) => {
    expect(() => open(text)).toThrow(
      expect.objectContaining({ code: 'MIGRATE_DUMP', message: expect.stringMatching(message) as string }),
    );
  });

  it('a file that is not there is said so', () => {
    expect(() => openDump('/nowhere/dump.sql', NOW)).toThrow(
      expect.objectContaining({ code: 'MIGRATE_SOURCE' }),
    );
    expect(() => openDump('/dev/null', NOW)).toThrow(expect.objectContaining({ code: 'MIGRATE_SOURCE' }));
  });
});
