/** The keys of notary-signer, for the repositories that name them. */
import { isWritError } from '../errors.js';
import { importKey, type ImportPorts } from '../repository/notary/import.js';
import { importedKeyIds } from '../repository/notary/imported-keys.js';
import type { OnlineRole } from '../repository/notary/online.js';
import type { Root } from '../tuf/model.js';
import type { Gun } from '../tuf/notary/names.js';
import type { KeyRow } from './databases.js';
import { KeyRows } from './key-rows.js';
import type { KeyLeftOut } from './report.js';
import { openSignerKey, type PassphraseOf } from './signer-keys.js';

const ROLES = ['timestamp', 'snapshot'] as const satisfies readonly OnlineRole[];

/** Where the keys of online roles come from. */
export interface KeySource {
  /** What there is to report at the end. */
  readonly report: { readonly imported: number; readonly leftOut: readonly KeyLeftOut[] };
  /** The names of all repositories that there are known to be keys for. */
  readonly names: ReadonlySet<string>;
  /**
   * Takes the keys that `root` names, and those that a client may have been given for its next one.
   *
   * @param root - undefined for a repository that was never published
   */
  take(gun: Gun, root: Root | undefined): Promise<void>;
}

/** The rows of the database of notary-signer. */
export class SignerKeys implements KeySource {
  readonly #rows: KeyRows;
  readonly #passphraseOf: PassphraseOf;
  readonly #ports: ImportPorts;
  /** Keys that cannot be opened, by their ids. */
  readonly #leftOut = new Map<string, KeyLeftOut>();
  #imported = 0;

  constructor(rows: readonly KeyRow[], passphraseOf: PassphraseOf, ports: ImportPorts) {
    this.#rows = new KeyRows(rows);
    this.#passphraseOf = passphraseOf;
    this.#ports = ports;
  }

  get report(): { readonly imported: number; readonly leftOut: readonly KeyLeftOut[] } {
    return { imported: this.#imported, leftOut: [...this.#leftOut.values()] };
  }

  get names(): ReadonlySet<string> {
    return this.#rows.names;
  }

  /** @throws WritError STORE_* */
  async take(gun: Gun, root: Root | undefined): Promise<void> {
    for (const role of ROLES) {
      const here = await importedKeyIds(this.#ports.index, gun, role);
      const listed = (root?.roles[role].keyIds ?? []).flatMap(id => this.#rows.get(id) ?? []);
      const rows = new Set([...listed, ...this.#rows.madeFor(gun, role)]);
      for (const row of rows) if (![...here].some(id => id === row.id)) await this.#import(gun, role, row);
    }
  }

  async #import(gun: Gun, role: OnlineRole, row: KeyRow): Promise<void> {
    if (this.#leftOut.has(row.id)) return;
    try {
      await importKey(this.#ports, gun, role, await openSignerKey(row, this.#passphraseOf));
      this.#imported++;
    } catch (error) {
      if (!isWritError(error, 'MIGRATE_KEY', 'KEY_TYPE', 'KEY_WEAK', 'KEY_FORMAT')) throw error;
      this.#leftOut.set(row.id, { id: row.id, name: gun, role, why: error.message });
    }
  }
}
