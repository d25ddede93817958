/** The keys of a notary-signer that goes on running: they stay there, and whose they are is noted. */
import { base64Of } from '../crypto/base64.js';
import { parseNotaryKey, type NotaryKey } from '../crypto/notary-key.js';
import { reasonOf } from '../errors.js';
import { addHeldKey, heldKeyIds } from '../repository/notary/held-keys.js';
import type { ImportPorts } from '../repository/notary/import.js';
import type { KeyHolder, OnlineRole } from '../repository/notary/online.js';
import type { Root } from '../tuf/model.js';
import type { Gun } from '../tuf/notary/names.js';
import type { KeyRow } from './databases.js';
import { KeyRows } from './key-rows.js';
import type { KeySource } from './keys.js';
import type { KeyLeftOut } from './report.js';

const ROLES = ['timestamp', 'snapshot'] as const satisfies readonly OnlineRole[];

/**
 * Whose keys are says the root that names them. Of those that clients were given and have not published, the signer's
 * database alone knows it: its rows are read for that, and nothing in them is opened.
 */
export class KeptKeys implements KeySource {
  readonly #ports: ImportPorts;
  readonly #holder: KeyHolder;
  readonly #rows: KeyRows;
  readonly #leftOut = new Map<string, KeyLeftOut>();
  #kept = 0;

  /** @param rows - of the signer's database; none when nobody gave it */
  constructor(ports: ImportPorts, holder: KeyHolder, rows: readonly KeyRow[]) {
    this.#ports = ports;
    this.#holder = holder;
    this.#rows = new KeyRows(rows);
  }

  get report(): KeySource['report'] {
    return { imported: this.#kept, leftOut: [...this.#leftOut.values()] };
  }

  get names(): ReadonlySet<string> {
    return this.#rows.names;
  }

  /** Notes the keys that the signer has. @throws WritError SIGNER_*, STORE_* */
  async take(gun: Gun, root: Root | undefined): Promise<void> {
    for (const role of ROLES) {
      const known = await heldKeyIds(this.#ports.index, gun, role);
      const listed = listedIn(root, role);
      // The last to be noted is the one that clients are told to name: that of the root.
      const given = this.#givenFor(gun, role).filter(({ id }) => !listed.some(key => key.id === id));
      for (const key of [...given, ...listed]) if (!known.has(key.id)) await this.#keep(gun, role, key);
    }
  }

  #givenFor(gun: Gun, role: OnlineRole): NotaryKey[] {
    return this.#rows.madeFor(gun, role).flatMap(row => {
      const key = keyOf(row);
      if (typeof key !== 'string') return [key];
      this.#leftOut.set(row.id, { id: row.id, name: gun, role, why: key });
      return [];
    });
  }

  async #keep(gun: Gun, role: OnlineRole, key: NotaryKey): Promise<void> {
    if (!(await this.#holder.holds(key))) return;
    await this.#ports.index.transaction(tx => addHeldKey(tx, gun, role, key));
    this.#kept++;
  }
}

function listedIn(root: Root | undefined, role: OnlineRole): NotaryKey[] {
  const listed = root?.roles[role].keyIds.flatMap(id => root.keys.get(id) ?? []) ?? [];
  return listed.map(key => parseNotaryKey(key.toJson(), role));
}

/** The public key of a row, or why it is none. */
function keyOf({ id, algorithm, publicKey }: KeyRow): NotaryKey | string {
  try {
    const keyval = { private: null, public: base64Of(publicKey) };
    const key = parseNotaryKey({ keytype: algorithm, keyval }, 'key');
    return key.id === id ? key : `the key ${id.slice(0, 64)} is another key than its row says`;
  } catch (error) {
    return `the key ${id.slice(0, 64)} cannot be used: ${reasonOf(error)}`;
  }
}
