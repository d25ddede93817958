/** The memory of an online signer: the highest version that it signed for each repository and role. */
import { WritError } from '../errors.js';

export interface SignedVersions {
  /** The highest version recorded, 0 when there is none. */
  last(repository: string, role: string): Promise<number>;
  /**
   * Records `version`, durable before it resolves, in one step with the check that it is above the last.
   *
   * @throws WritError KEYSTORE_REFUSED when it is not above the last
   */
  advance(repository: string, role: string, version: number): Promise<void>;
}

/** The refusal that every adapter of {@link SignedVersions} throws. */
function refuseVersion(repository: string, role: string, version: number, last: number): WritError {
  return new WritError(
    'KEYSTORE_REFUSED',
    `version ${version} of ${role} of ${repository} is not above ${last}, the last that was signed`,
    { details: { repository, role, version, last } },
  );
}

/** For signers whose life ends with the process, and for tests. */
export class MemorySignedVersions implements SignedVersions {
  readonly #versions = new Map<string, number>();
  readonly #again: boolean;

  /** @param again - the last version may be recorded again: whoever asked may have failed to store what was signed */
  constructor({ again = false }: { readonly again?: boolean } = {}) {
    this.#again = again;
  }

  last(repository: string, role: string): Promise<number> {
    return Promise.resolve(this.#lastOf(keyOf(repository, role)));
  }

  async advance(repository: string, role: string, version: number): Promise<void> {
    const key = keyOf(repository, role);
    const last = this.#lastOf(key); // no await between check and record
    if (version < last || (version === last && !this.#again))
      throw refuseVersion(repository, role, version, last);
    this.#versions.set(key, version);
  }

  #lastOf(key: string): number {
    return this.#versions.get(key) ?? 0;
  }
}

const keyOf = (repository: string, role: string): string => JSON.stringify([repository, role]);
