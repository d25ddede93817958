/** Where Notary repositories lie in the index. */
import { sha256Hex } from '../../crypto/digest.js';
import type { Gun } from '../../tuf/notary/names.js';
import type { RoleName } from '../../tuf/role-name.js';

/** Where one repository lies in the index. Names may hold anything, so keys hold their digest. */
export function keysOf(gun: Gun) {
  const digest = sha256Hex(new TextEncoder().encode(gun));
  const base = `${ALL_REPOSITORIES}${digest}`;
  return {
    /** The current documents, by role. */
    head: headOf(digest),
    /** How many keys the service made for each online role. */
    generations: `${base}/generations`,
    /** Keys of online roles that were made elsewhere, sealed. */
    imported: `${base}/imported-keys`,
    /** Keys of online roles that a signer outside holds for it. */
    held: `${base}/held-keys`,
    /** That it has such keys, and was not published when it got them. */
    unpublished: `${UNPUBLISHED}${digest}`,
    /** Where it was imported from, and what it was then. */
    origin: originOf(digest),
    /** That it was imported without the key of its timestamp. */
    frozen: `${FROZEN}${digest}`,
    /** All that deleting the repository removes, but for `head`. */
    files: `${base}/file/`,
    /** The documents by their versions. */
    versions: `${base}/file/version/`,
    version: (role: RoleName, version: number) => `${base}/file/version/${version}/${role}`,
    hash: (role: RoleName, sha256: string) => `${base}/file/hash/${sha256}/${role}`,
    /** Changes of this repository, by their ids. */
    changes: `${base}/change/`,
  } as const;
}

export const ALL_REPOSITORIES = 'notary/repository/';
/** Where a repository was imported from. @param digest - SHA-256 of its name */
export const originOf = (digest: string): string => `${ALL_REPOSITORIES}${digest}/origin`;
/** The current documents of a repository. @param digest - SHA-256 of its name */
export const headOf = (digest: string): string => `${ALL_REPOSITORIES}${digest}/head`;
/** Repositories that were imported without the key of their timestamp. */
export const FROZEN = 'notary/frozen/';
/** Names with keys in a signer outside that were not published when they got them. */
export const UNPUBLISHED = 'notary/unpublished/';
/** All changes, by their ids. */
export const CHANGES = 'notary/change/';
/** The id of the last change. */
export const LAST_CHANGE = 'notary/last-change';
/** The id of the last change that was imported from another server. */
export const LAST_IMPORTED_CHANGE = 'notary/last-imported-change';
/** Written to learn whether anything can be written. */
export const PROBE = 'notary/probe';
/** Who changed what, by the ids of the entries; the id of the last. */
export const AUDIT = 'notary/audit/';
export const LAST_AUDIT = 'notary/last-audit';
