/**
 * One Notary repository, as a client with a trust folder sees it: what `writ notary` and `writ docker-trust` do their
 * work with.
 */
import type { NotaryKey } from '../crypto/notary-key.js';
import type { Clock } from '../tuf/ports.js';
import type { TargetFile } from '../tuf/model.js';
import type { Gun } from '../tuf/notary/names.js';
import type { RoleName } from '../tuf/role-name.js';
import { NotaryCollection } from './collection.js';
import type { Change } from './change.js';
import type { ChangeList } from './change-list.js';
import { initialize, type InitializeOptions } from './initialize.js';
import { Keyring } from './keyring.js';
import type { NotaryLog } from './log.js';
import type { PassphraseSource } from './pass-phrases.js';
import { TRUST_ON_FIRST_USE, type TrustPinning } from './pinning.js';
import { publish, type PublishOptions } from './publish.js';
import { rotate, type Rotation } from './rotate.js';
import type { NotaryServer } from './server.js';
import * as stage from './stage.js';
import type { RepositoryFolder, TrustFolder } from './trust-folder.js';
import { update } from './update.js';

export interface NotaryRepositoryOptions {
  readonly gun: Gun;
  readonly trust: TrustFolder;
  /** `offlineServer` for who only stages changes. */
  readonly server: NotaryServer;
  readonly pinning?: TrustPinning;
  /** What is read is what the server says now, or a failure. */
  readonly currentOnly?: boolean;
  readonly passphrases: PassphraseSource;
  readonly clock: Clock;
  readonly log: NotaryLog;
}

export class NotaryRepository {
  readonly gun: Gun;
  readonly keyring: Keyring;
  readonly folder: RepositoryFolder;
  readonly #options: PublishOptions;

  /** @throws WritError NOTARY_PATH for a name that leads out of the trust folder */
  constructor(options: NotaryRepositoryOptions) {
    const {
      gun,
      trust,
      server,
      clock,
      log,
      passphrases,
      pinning = TRUST_ON_FIRST_USE,
      currentOnly,
    } = options;
    this.gun = gun;
    this.folder = trust.repository(gun);
    this.keyring = new Keyring(trust.keys, passphrases, log);
    const { folder, keyring } = this;
    this.#options = { gun, folder, keyring, server, pinning, clock, log, currentOnly };
  }

  /** Changes that wait to be published. */
  get changes(): ChangeList {
    return this.folder.changes;
  }

  /**
   * What the repository says now, all of it verified; the trust folder keeps it.
   *
   * @param expired - roles that may have, because they are about to be signed again
   * @throws WritError NOTARY_NO_TRUST, NOTARY_ROOT, NOTARY_OFFLINE, NOTARY_SERVER, NOTARY_DENIED, TUF_*
   */
  async read(expired: readonly RoleName[] = []): Promise<NotaryCollection> {
    return new NotaryCollection(await update({ ...this.#options, forWriting: false, expired }));
  }

  /**
   * Makes the repository in the trust folder, with a server that answers; see `initialize`.
   *
   * @throws WritError NOTARY_EXISTS, NOTARY_KEY, KEYSTORE_*, STORE_*, NOTARY_OFFLINE, NOTARY_SERVER, NOTARY_DENIED
   */
  async initialize(
    how: Pick<InitializeOptions, 'rootKeyIds' | 'rootCertificates' | 'serverRoles'> = {},
  ): Promise<void> {
    await initialize({ ...this.#options, ...how, now: this.#options.clock.now() });
  }

  /** Stages a target for `targets`, or for each of `roles`. @throws WritError NOTARY_ROLE, NOTARY_CUSTOM, STORE_* */
  async addTarget(name: string, file: TargetFile, roles: readonly string[] = []): Promise<void> {
    await this.#stage(stage.addTarget(name, file, roles));
  }

  /** Stages that a target is taken out of `targets`, or of each of `roles`. @throws WritError NOTARY_ROLE, STORE_* */
  async removeTarget(name: string, roles: readonly string[] = []): Promise<void> {
    await this.#stage(stage.removeTarget(name, roles));
  }

  /** Stages a delegation, or keys and prefixes for one that is there. @throws WritError NOTARY_ROLE, STORE_* */
  async addDelegation(role: string, keys: readonly NotaryKey[], paths: readonly string[]): Promise<void> {
    await this.#stage(stage.addDelegation(role, keys, paths));
  }

  /** Stages that keys (by the ids of the bare keys) or prefixes are taken out. @throws WritError NOTARY_ROLE, STORE_* */
  async removeFromDelegation(role: string, removed: stage.RemovedFromDelegation): Promise<void> {
    await this.#stage(stage.removeFromDelegation(role, removed));
  }

  /** Stages the end of a delegation. @throws WritError NOTARY_ROLE, STORE_* */
  async removeDelegation(role: string): Promise<void> {
    await this.#stage(stage.removeDelegation(role));
  }

  /** Stages that keys are taken out of all delegations. @throws WritError STORE_* */
  async purgeKeys(keyIds: readonly string[]): Promise<void> {
    await this.#stage(stage.purgeKeys(keyIds));
  }

  /** Stages that roles are signed again as they are. @throws WritError STORE_* */
  async witness(roles: readonly string[]): Promise<void> {
    await this.#stage(stage.witness(roles));
  }

  async #stage(changes: readonly Change[]): Promise<void> {
    await this.changes.add(changes, this.#options.clock.now().getTime());
  }

  /**
   * Publishes what is staged, on top of what the server has now, and empties the list. When it fails the list stays.
   *
   * @throws WritError as `publish`; NOTARY_VERSION when somebody published in between
   */
  async publish(): Promise<void> {
    const staged = await this.changes.list();
    await publish(this.#options, { changes: staged.map(({ change }) => change) });
    await this.changes.removeStaged(staged);
  }

  /**
   * Publishes these changes, and none of the staged ones, which stay.
   *
   * @param expired - as {@link read} has it
   * @throws WritError as {@link publish}
   */
  async publishChanges(changes: readonly Change[], expired: readonly RoleName[] = []): Promise<void> {
    await publish({ ...this.#options, expired }, { changes });
  }

  /** Rotates keys and publishes that; what is staged stays. @throws WritError as `rotate` */
  async rotateKey(rotation: Rotation): Promise<void> {
    await rotate(this.#options, rotation);
  }
}
