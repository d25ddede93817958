/** The service's own signers: derived keys behind a reader of what they sign. */
import { deriveOnlineSigner } from '../keystore/derive.js';
import { OnlineSigner } from '../keystore/online-signer.js';
import { MemorySignedVersions } from '../keystore/signed-versions.js';
import type { Lifetimes, OnlineSigners } from '../repository/sign-online.js';
import type { Clock } from '../tuf/ports.js';
import { SNAPSHOT, TIMESTAMP, type RoleName } from '../tuf/role-name.js';

/** Another generation is another key for every repository; there is no rotation yet. */
export const KEY_GENERATION = 1;
/** A clock that is set back between the writing of an expiry and its signing must not fail a publish. */
export const SLACK_MS = 60_000;

export interface OnlineSignerSources {
  /** The secret of which every key is derived. */
  readonly master: Uint8Array;
  readonly clock: Clock;
  /** The longest lives of what is signed. */
  readonly lifetimes: Lifetimes;
}

/**
 * The signers of snapshot and timestamp for every repository, existing or not. They refuse (KEYSTORE_REFUSED) whatever
 * is not metadata of their role with a version from the last one up and an expiry within the lifetime: code that can
 * reach a signer can make it sign nothing that the service would not have signed.
 */
export function onlineSigners({
  master,
  clock,
  lifetimes,
}: OnlineSignerSources): (repository: string) => OnlineSigners {
  // A commit may fail after the signing; the same version is then signed again.
  const versions = new MemorySignedVersions({ again: true });
  const maxLifetime = {
    snapshot: lifetimes.snapshot + SLACK_MS,
    timestamp: lifetimes.timestamp + SLACK_MS,
  };
  return repository => {
    const signerOf = (role: RoleName): OnlineSigner =>
      new OnlineSigner({
        signer: deriveOnlineSigner(master, repository, role, KEY_GENERATION),
        repository,
        versions,
        clock,
        maxLifetime,
      });
    return { snapshot: signerOf(SNAPSHOT), timestamp: signerOf(TIMESTAMP) };
  };
}
