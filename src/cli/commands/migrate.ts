import { WritError } from '../../errors.js';
import type { ServerDatabase, SignerDatabase } from '../../migrate/databases.js';
import { KeptKeys } from '../../migrate/kept-keys.js';
import { SignerKeys, type KeySource } from '../../migrate/keys.js';
import { migrateDatabases } from '../../migrate/migrate-databases.js';
import { openDatabase } from '../../migrate/open.js';
import { isWhole, type MigrationReport } from '../../migrate/report.js';
import type { ImportPorts } from '../../repository/notary/import.js';
import { migrateHosted } from '../../migrate/migrate-hosted.js';
import { openHosted } from '../../migrate/hosted/source.js';
import { readInput, readInputFile } from '../files.js';
import { parseNotaryAuth } from '../notary/credentials.js';
import { defineCommand, type Context } from '../command.js';
import { progressOn, reportJson, reportText } from '../migrate/output.js';
import { signerPassphrases } from '../migrate/passphrases.js';

const MAX_CA = 1024 * 1024;
const MAX_NAMES = 64 * 1024 * 1024;

export const command = defineCommand({
  usage: '--server-db PLACE [--signer-db PLACE] [--keep-signer] | --from URL [--repositories FILE]',
  description:
    'Takes over what a notary-server serves: every version of every document, the change feed, and the keys that its\n' +
    'notary-signer signs with. A PLACE is postgres://…, mysql://… (needs the package mysql2) or the path of a dump that\n' +
    'pg_dump or mysqldump made. The databases are only read. Keys are opened with the pass-phrases that notary-signer\n' +
    'runs with (NOTARY_SIGNER_<ALIAS>), and kept sealed in the data folder.\n' +
    'With --keep-signer they stay in the notary-signer that notary.signer.address names, which must run; --signer-db\n' +
    'then says which keys were given to clients that have not published yet, and no key is opened.\n' +
    'With --from it reads a server that others run, which yields no keys: its repositories are served as they are until\n' +
    'their timestamps expire, or their owners rotate the keys of timestamp and snapshot (`writ status --frozen`). What\n' +
    'needs a login is read with NOTARY_AUTH, base64 of user:password.\n' +
    'Everything is verified before it is served; what does not verify is said and left out, and the exit code is 1.\n' +
    'It may be stopped and run again, also while the old server still runs: it then takes what is new. No service may\n' +
    'run on the data folder meanwhile.',
  arguments: [0, 0],
  options: {
    'server-db': {
      type: 'string',
      value: 'PLACE',
      help: 'the database of notary-server: an address or a dump',
    },
    'signer-db': {
      type: 'string',
      value: 'PLACE',
      help: 'the database of notary-signer; without it nothing can be signed',
    },
    'keep-signer': {
      type: 'boolean',
      help: 'the keys stay in the running notary-signer of notary.signer.address',
    },
    from: { type: 'string', value: 'URL', help: 'a Notary server that others run' },
    repositories: {
      type: 'string',
      value: 'FILE',
      help: 'names, one on each line (default: all of the change feed)',
    },
    'source-ca': { type: 'string', value: 'FILE', help: 'who may vouch for the server of --from, in PEM' },
    passphrases: {
      type: 'string',
      value: 'FILE',
      help: 'ALIAS=PASS-PHRASE on each line, instead of NOTARY_SIGNER_<ALIAS>',
    },
  },
  examples: [
    'writ migrate --from https://notary.example --repositories names.txt',
    'writ migrate --server-db postgres://server@db/notaryserver --signer-db postgres://signer@db/notarysigner',
    'writ migrate --server-db server.sql --signer-db signer.sql --data /var/lib/writ --json',
  ],
  run: async (context, values) => {
    const { from, 'server-db': place } = values;
    if ((from === undefined) === (place === undefined)) {
      throw new WritError(
        'USAGE',
        'name either the databases (--server-db, --signer-db) or a server (--from)',
      );
    }
    const report = await withTarget(context, ports =>
      place === undefined
        ? fromServer(context, ports, { ...values, url: from ?? '' })
        : fromDatabases(context, ports, { ...values, place }),
    );
    return tell(context, report);
  },
});

interface Databases {
  readonly place: string;
  readonly 'signer-db': string | undefined;
  readonly 'keep-signer': boolean | undefined;
  readonly passphrases: string | undefined;
}

async function fromDatabases(
  { io, out }: Context,
  ports: ImportPorts,
  databases: Databases,
): Promise<MigrationReport> {
  const keys = await keysOf(io, ports, databases);
  const { clock } = io;
  const now = clock.now();
  return using(databases.place, now, server =>
    migrateDatabases({ server, keys, ports, clock, progress: progressOn(out) }),
  );
}

/** @throws WritError USAGE, SIGNER_CONFIG, MIGRATE_SOURCE, MIGRATE_DUMP */
async function keysOf(
  io: Context['io'],
  ports: ImportPorts,
  { 'signer-db': place, 'keep-signer': keep, passphrases }: Databases,
): Promise<KeySource> {
  if (keep === true && ports.holder === undefined)
    throw new WritError('SIGNER_CONFIG', '--keep-signer needs the setting notary.signer.address');
  const rows = place === undefined ? [] : await using(place, io.clock.now(), signer => signer.keys());
  if (keep === true && ports.holder !== undefined) return new KeptKeys(ports, ports.holder, rows);
  const passphraseOf = await signerPassphrases(passphrases, io.env);
  return new SignerKeys(rows, passphraseOf, ports);
}

interface Hosted {
  readonly url: string;
  readonly repositories: string | undefined;
  readonly 'source-ca': string | undefined;
}

async function fromServer(
  { io, out }: Context,
  ports: ImportPorts,
  { url, repositories, 'source-ca': caFile }: Hosted,
): Promise<MigrationReport> {
  const names = repositories === undefined ? undefined : await readNames(repositories, io.stdin);
  const ca = caFile === undefined ? undefined : await readInputFile(caFile, MAX_CA);
  const given = io.env['NOTARY_AUTH'] ?? '';
  const credentials = given === '' ? undefined : parseNotaryAuth(given, (_, text) => out.warn(text));
  const source = openHosted({ url, ca, credentials });
  return migrateHosted({ source, names, ports, clock: io.clock, progress: progressOn(out) });
}

/** One on each line; lines that begin with # do not count. */
async function readNames(path: string, stdin: Context['io']['stdin']): Promise<string[]> {
  const text = Buffer.from(await readInput(path, MAX_NAMES, stdin)).toString('utf8');
  const lines = text.split('\n').map(line => line.trim());
  return [...new Set(lines.filter(line => line !== '' && !line.startsWith('#')))];
}

/** Runs `work` on the data folder, and closes it whatever happens. */
async function withTarget<T>(
  { services, config, io }: Context,
  work: (ports: ImportPorts) => Promise<T>,
): Promise<T> {
  if (services.openMigration === undefined) throw new WritError('INTERNAL', 'this program cannot migrate');
  const target = await services.openMigration((await config()).config, { env: io.env, clock: io.clock });
  try {
    return await work(target.ports);
  } finally {
    await target.close();
  }
}

async function using<T>(
  place: string,
  now: Date,
  work: (database: ServerDatabase & SignerDatabase) => Promise<T>,
): Promise<T> {
  const database = await openDatabase(place, now);
  try {
    return await work(database);
  } finally {
    await database.close();
  }
}

function tell({ out }: Context, report: MigrationReport): number {
  for (const { name, role, why } of report.keys.leftOut) {
    out.warn(`the key for the ${role} of ${name} was left out: ${why}`);
  }
  for (const id of report.changes.leftOut)
    out.warn(`the change ${id} was left out: it is not what was stored`);
  for (const name of report.deletedThere) {
    out.warn(`${name} was deleted there, and is served here: writ notary -s URL delete ${name} --remote`);
  }
  out.result(reportJson(report), () => reportText(report));
  return isWhole(report) ? 0 : 1;
}
