/**
 * The keys that the service signs snapshots and timestamps with: derived from its secret, imported with a repository, or
 * held by a signer outside. Which of them a role has, the root says.
 */
import type { NotaryKey } from '../../crypto/notary-key.js';
import { publicReasonOf } from '../../errors.js';
import type { IndexStore } from '../../storage/ports.js';
import type { Root } from '../../tuf/model.js';
import { parseGun, type Gun } from '../../tuf/notary/names.js';
import type { Clock } from '../../tuf/ports.js';
import { recordAudit, type Actor } from './audit.js';
import { heldKey, heldSigner, makeHeldKey } from './held-keys.js';
import { importedSigner } from './imported-keys.js';
import { keysOf } from './names.js';
import { signerFor, type FoundSigner, type KeyHolder, type OnlineKeys, type OnlineRole } from './online.js';
import { readGenerations, withGeneration, type Generations } from './records.js';

export interface ServiceKeyPorts {
  readonly index: IndexStore;
  readonly keys: OnlineKeys;
  /** Makes and holds new keys instead of `keys`. */
  readonly holder?: KeyHolder | undefined;
  readonly clock: Clock;
}

/** Two who ask for the keys of one repository must ask one after the other. */
export class ServiceKeys {
  readonly #ports: ServiceKeyPorts;

  constructor(ports: ServiceKeyPorts) {
    this.#ports = ports;
  }

  /** The key that a root should name for `role`: the newest. @throws WritError STORE_*, NOTARY_KEYS, SIGNER_* */
  async newest(gun: Gun, role: OnlineRole): Promise<NotaryKey> {
    const { keys, holder } = this.#ports;
    if (holder !== undefined) return heldKey({ ...this.#ports, holder }, gun, role);
    const [newest = keys.first] = (await this.#generations(gun))[role];
    return keys.signer(gun, role, newest).key;
  }

  /**
   * A new key for `role`, which comes before those that are there.
   *
   * @param root - the current one, whose keys sign on until another names the new one
   * @throws WritError STORE_*, NOTARY_KEYS, SIGNER_*
   */
  async rotate(gun: Gun, role: OnlineRole, root: Root | undefined, by: Actor): Promise<NotaryKey> {
    const { keys, index, clock, holder } = this.#ports;
    const audit = { at: clock.now(), gun, action: 'rotate-key', by, roles: { [role]: 0 } } as const;
    if (holder !== undefined) {
      const key = await makeHeldKey({ index, clock, holder }, gun, role, root);
      await index.transaction(tx => recordAudit(tx, audit));
      return key;
    }
    const active = root && (await this.signer(gun, root, role))?.generation;
    const next = await index.transaction(async tx => {
      const before = readGenerations(await tx.get(keysOf(gun).generations), keys.first);
      const generation = keys.next(before[role][0] ?? keys.first);
      const list = withGeneration(before[role], generation, active ?? 0);
      tx.put(keysOf(gun).generations, { ...before, [role]: list });
      await recordAudit(tx, audit);
      return generation;
    });
    return keys.signer(gun, role, next).key;
  }

  /** What signs with the key that `root` names for `role`; undefined when the service does not have it. */
  async signer(gun: Gun, root: Root, role: OnlineRole): Promise<FoundSigner | undefined> {
    const { keys, index, holder } = this.#ports;
    const generations = (await this.#generations(gun))[role];
    const derived = signerFor(root, role, generations, generation => keys.signers(gun, role, generation));
    const imported = derived ?? (await importedSigner(this.#ports, gun, root, role));
    return imported ?? heldSigner({ index, holder }, gun, root, role);
  }

  /** Why no key could be made now: of the service, and of the signer outside. */
  async problems(): Promise<{ readonly keys: string | undefined; readonly signer: string | undefined }> {
    const { keys, holder } = this.#ports;
    return {
      keys: attempt(() => keys.signer(NOBODYS, 'timestamp', keys.first)),
      signer: await holder?.problem(),
    };
  }

  async #generations(gun: Gun): Promise<Generations> {
    return readGenerations(await this.#ports.index.get(keysOf(gun).generations), this.#ports.keys.first);
  }
}

/** No repository: only whether its key could be made. */
const NOBODYS = parseGun('health');

function attempt(work: () => unknown): string | undefined {
  try {
    work();
    return undefined;
  } catch (error) {
    return publicReasonOf(error);
  }
}
