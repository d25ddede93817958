import type { NotaryKeyInfo } from '../../../keystore/notary-key-folder.js';
import { usage } from '../flags.js';
import { ending, table } from '../output.js';
import type { VerbRun } from '../verb.js';

const GUN_WIDTH = 25;
const PLACE_WIDTH = 40;

export const run: VerbRun = async ({ trust, print }, given) => {
  if (given.args.length > 0) throw usage('');
  const keys = [...(await trust.keys.list())].sort(byUse);
  if (keys.length === 0) {
    print('\nNo signing keys found.\n');
    return;
  }
  const place = ending(trust.keys.location, PLACE_WIDTH);
  const rows = keys.map(({ id, role, gun }) => [role, ending(gun, GUN_WIDTH), id, place]);
  print(`\n${table(['ROLE', 'GUN', 'KEY ID', 'LOCATION'], rows)}`);
};

/** Root keys first, then by repository, role and id. */
function byUse(a: NotaryKeyInfo, b: NotaryKeyInfo): number {
  if (a.role !== b.role && (a.role === 'root' || b.role === 'root')) return a.role === 'root' ? -1 : 1;
  const key = ({ gun, role, id }: NotaryKeyInfo): string => [gun, role, id].join('\0');
  return key(a) < key(b) ? -1 : 1;
}
