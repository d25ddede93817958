/** Compiled profiles, kept by what they were compiled from and by their digest. */
import { compile } from '../entitlements/compile.js';
import type { Grants } from '../entitlements/grants.js';
import { intentOf } from '../entitlements/intent.js';
import type { Baselines } from '../entitlements/model.js';
import type { Profile } from '../entitlements/profile.js';
import type { Target } from '../entitlements/target.js';
import { WritError } from '../errors.js';
import { parseDigest, type Digest } from '../image/digest.js';

/** A profile has some 50 KB: the keeper stays below 60 MB. */
const MAX_KEPT = 1_000;

/** A profile with its digest: working one out reads all its bytes. */
export interface KeptProfile {
  readonly profile: Profile;
  /** `sha256:` and 64 hex digits. */
  readonly digest: Digest;
}

export class ProfileKeeper {
  readonly #baselines: Baselines;
  readonly #max: number;
  /** In the order of use, the least recent first. */
  readonly #byInput = new Map<string, KeptProfile>();
  /** Nodes that differ in nothing that matters share bytes: `uses` counts the inputs. */
  readonly #byDigest = new Map<Digest, { readonly profile: Profile; uses: number }>();

  /** @param max - how many profiles are kept */
  constructor(baselines: Baselines, max = MAX_KEPT) {
    this.#baselines = baselines;
    this.#max = max;
  }

  /**
   * The profile of `grants` for one kind of node; {@link bytes} gives it from now on.
   *
   * @throws WritError PROFILE_RUNTIME, PROFILE_ARCHITECTURE, PROFILE_LIBSECCOMP, PROFILE_KERNEL
   */
  profileFor(grants: Grants, target: Target): KeptProfile {
    const { arch, runtime, libseccomp = '', kernel = '' } = target;
    const input = JSON.stringify([intentOf(grants), arch, runtime, libseccomp, kernel]);
    const known = this.#byInput.get(input);
    if (known === undefined) return this.#keep(input, compile(grants, target, this.#baselines));
    this.#byInput.delete(input);
    this.#byInput.set(input, known);
    return known;
  }

  /**
   * The bytes of a profile that a lookup named: canonical JSON, immutable.
   *
   * @param name - `sha256:` and 64 hex digits
   * @throws WritError IMAGE_DIGEST when the name is malformed, LOOKUP_PROFILE when no such profile is kept
   */
  bytes(name: string): Uint8Array {
    const digest = parseDigest(name);
    const kept = this.#byDigest.get(digest);
    if (kept) return kept.profile.bytes;
    throw new WritError('LOOKUP_PROFILE', `no profile ${digest} was compiled here, or not lately`);
  }

  #keep(input: string, profile: Profile): KeptProfile {
    const digest = parseDigest(`sha256:${profile.digest}`);
    const kept = { profile, digest };
    this.#byInput.set(input, kept);
    const shared = this.#byDigest.get(digest);
    if (shared) shared.uses++;
    else this.#byDigest.set(digest, { profile, uses: 1 });
    if (this.#byInput.size > this.#max) this.#forgetOldest();
    return kept;
  }

  #forgetOldest(): void {
    const [oldest] = this.#byInput;
    if (oldest === undefined) return;
    const [input, { digest }] = oldest;
    this.#byInput.delete(input);
    const shared = this.#byDigest.get(digest);
    if (shared && --shared.uses === 0) this.#byDigest.delete(digest);
  }
}
