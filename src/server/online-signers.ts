/** The service's own signers: derived keys behind a reader of what they sign. */
import type { OnlineKeyring } from '../keystore/online-keyring.js';
import { OnlineSigner } from '../keystore/online-signer.js';
import { MemorySignedVersions } from '../keystore/signed-versions.js';
import type { OnlineGenerations } from '../repository/online-keys.js';
import type { Lifetimes, OnlineSigners } from '../repository/sign-online.js';
import type { Clock } from '../tuf/ports.js';
import { SNAPSHOT, TIMESTAMP, type RoleName } from '../tuf/role-name.js';

/** A clock that is set back between the writing of an expiry and its signing must not fail a publish. */
export const SLACK_MS = 60_000;

export interface OnlineSignerSources {
  /** What every key is derived from. */
  readonly keyring: OnlineKeyring;
  readonly clock: Clock;
  /** The longest lives of what is signed. */
  readonly lifetimes: Lifetimes;
}

/** The generations that a repository begins with. */
export const firstOf = ({ first }: OnlineKeyring): OnlineGenerations => ({
  snapshot: first,
  timestamp: first,
});

/** Those that its next root may name. */
export const nextOf = (keyring: OnlineKeyring, { snapshot, timestamp }: OnlineGenerations) => ({
  snapshot: keyring.next(snapshot),
  timestamp: keyring.next(timestamp),
});

/**
 * The signers of snapshot and timestamp for every repository, existing or not. They refuse (KEYSTORE_REFUSED) whatever
 * is not metadata of their role with a version from the last one up and an expiry within the lifetime: code that can
 * reach a signer can make it sign nothing that the service would not have signed.
 */
export function onlineSigners({
  keyring,
  clock,
  lifetimes,
}: OnlineSignerSources): (repository: string, generations?: OnlineGenerations) => OnlineSigners {
  // A commit may fail after the signing; the same version is then signed again.
  const versions = new MemorySignedVersions({ again: true });
  const maxLifetime = {
    snapshot: lifetimes.snapshot + SLACK_MS,
    timestamp: lifetimes.timestamp + SLACK_MS,
  };
  return (repository, generations = firstOf(keyring)) => {
    const signerOf = (role: RoleName, generation: number): OnlineSigner =>
      new OnlineSigner({
        signer: keyring.signer(repository, role, generation),
        repository,
        versions,
        clock,
        maxLifetime,
      });
    return {
      snapshot: signerOf(SNAPSHOT, generations.snapshot),
      timestamp: signerOf(TIMESTAMP, generations.timestamp),
      generations,
      next: nextOf(keyring, generations),
    };
  };
}
