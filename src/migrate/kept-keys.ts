/** The keys of a notary-signer that goes on running: they stay there, and whose they are is noted. */
import { parseNotaryKey } from '../crypto/notary-key.js';
import type { KeyId } from '../crypto/key-id.js';
import { addHeldKey, heldKeyIds } from '../repository/notary/held-keys.js';
import type { ImportPorts } from '../repository/notary/import.js';
import type { KeyHolder, OnlineRole } from '../repository/notary/online.js';
import type { Root } from '../tuf/model.js';
import type { Gun } from '../tuf/notary/names.js';
import type { KeySource } from './keys.js';

const ROLES = ['timestamp', 'snapshot'] as const satisfies readonly OnlineRole[];

export class KeptKeys implements KeySource {
  /** The signer cannot say whose its keys are: only roots do. */
  readonly names: ReadonlySet<string> = new Set();
  readonly #ports: ImportPorts;
  readonly #holder: KeyHolder;
  #kept = 0;

  constructor(ports: ImportPorts, holder: KeyHolder) {
    this.#ports = ports;
    this.#holder = holder;
  }

  get report(): KeySource['report'] {
    return { imported: this.#kept, leftOut: [] };
  }

  /** Notes the keys that `root` names and the signer has. @throws WritError SIGNER_*, STORE_* */
  async take(gun: Gun, root: Root | undefined): Promise<void> {
    if (root === undefined) return;
    for (const role of ROLES) {
      const known = await heldKeyIds(this.#ports.index, gun, role);
      const ids = root.roles[role].keyIds.filter(id => !known.has(id));
      for (const id of ids) await this.#keep(gun, role, root, id);
    }
  }

  async #keep(gun: Gun, role: OnlineRole, root: Root, id: KeyId): Promise<void> {
    const listed = root.keys.get(id);
    if (listed === undefined) return;
    const key = parseNotaryKey(listed.toJson(), role);
    if (!(await this.#holder.holds(key))) return;
    await this.#ports.index.transaction(tx => addHeldKey(tx, gun, role, key));
    this.#kept++;
  }
}
