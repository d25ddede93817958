/** The rows of notary-signer's database, by whom their keys were made for. */
import type { OnlineRole } from '../repository/notary/online.js';
import type { KeyRow } from './databases.js';

/** Keys that no root names yet: notary-server made one for each that asked. The newest of them are taken. */
const MAX_PENDING = 16;

export class KeyRows {
  readonly #byId: ReadonlyMap<string, KeyRow>;
  /** Role and repository → rows, the oldest first. */
  readonly #madeFor = new Map<string, KeyRow[]>();

  /** @param rows - the oldest first */
  constructor(rows: readonly KeyRow[]) {
    this.#byId = new Map(rows.map(row => [row.id, row]));
    for (const row of rows) {
      const name = `${row.role} ${row.gun}`;
      this.#madeFor.set(name, [...(this.#madeFor.get(name) ?? []), row].slice(-MAX_PENDING));
    }
  }

  /** The names of all repositories that keys were made for. */
  get names(): ReadonlySet<string> {
    return new Set([...this.#byId.values()].map(({ gun }) => gun));
  }

  get(id: string): KeyRow | undefined {
    return this.#byId.get(id);
  }

  /** Keys that a client may have been given for its next root, the oldest first. */
  madeFor(gun: string, role: OnlineRole): readonly KeyRow[] {
    return this.#madeFor.get(`${role} ${gun}`) ?? [];
  }
}
