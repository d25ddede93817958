import { WritError } from '../../errors.js';
import type { ServerDatabase, SignerDatabase } from '../../migrate/databases.js';
import { SignerKeys } from '../../migrate/keys.js';
import { migrateDatabases } from '../../migrate/migrate-databases.js';
import { openDatabase } from '../../migrate/open.js';
import { isWhole, type MigrationReport } from '../../migrate/report.js';
import type { ImportPorts } from '../../repository/notary/import.js';
import { defineCommand, type Context } from '../command.js';
import { progressOn, reportJson, reportText } from '../migrate/output.js';
import { signerPassphrases } from '../migrate/passphrases.js';

export const command = defineCommand({
  usage: '--server-db PLACE --signer-db PLACE [--passphrases FILE] [--data DIR]',
  description:
    'Takes over what a notary-server serves: every version of every document, the change feed, and the keys that its\n' +
    'notary-signer signs with. A PLACE is postgres://…, mysql://… (needs the package mysql2) or the path of a dump that\n' +
    'pg_dump or mysqldump made. The databases are only read. Keys are opened with the pass-phrases that notary-signer\n' +
    'runs with (NOTARY_SIGNER_<ALIAS>), and kept sealed in the data folder.\n' +
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
    passphrases: {
      type: 'string',
      value: 'FILE',
      help: 'ALIAS=PASS-PHRASE on each line, instead of NOTARY_SIGNER_<ALIAS>',
    },
  },
  examples: [
    'writ migrate --server-db postgres://server@db/notaryserver --signer-db postgres://signer@db/notarysigner',
    'writ migrate --server-db server.sql --signer-db signer.sql --data /var/lib/writ --json',
  ],
  run: async (context, values) => {
    const place = values['server-db'];
    if (place === undefined)
      throw new WritError('USAGE', 'name the database of notary-server with --server-db');
    const passphraseOf = await signerPassphrases(values.passphrases, context.io.env);
    const report = await withTarget(context, async ports => {
      const now = context.io.clock.now();
      const signerPlace = values['signer-db'];
      const rows = signerPlace === undefined ? [] : await using(signerPlace, now, signer => signer.keys());
      const keys = new SignerKeys(rows, passphraseOf, ports);
      const { clock } = context.io;
      return using(place, now, server =>
        migrateDatabases({ server, keys, ports, clock, progress: progressOn(context.out) }),
      );
    });
    return tell(context, report);
  },
});

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
  out.result(reportJson(report), () => reportText(report));
  return isWhole(report) ? 0 : 1;
}
