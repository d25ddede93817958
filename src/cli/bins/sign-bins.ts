/** Reads bins, makes the next version of those that change, and signs it. */
import { buildTargets } from '../../tuf/build/signed-part.js';
import { signDocument } from '../../tuf/build/sign.js';
import type { Targets } from '../../tuf/model.js';
import type { Signer } from '../../tuf/ports.js';
import type { RoleName } from '../../tuf/role-name.js';
import type { Context } from '../command.js';
import { expiryOfYear } from '../lifetime.js';
import { readBin, type BinSource, type Entries } from './documents.js';

/** So many bins are read at once; the next ones are on their way while these are signed. */
const READ_AHEAD = 64;

export interface SignedBin {
  readonly bin: RoleName;
  readonly version: number;
  readonly document: Uint8Array;
}

export interface BinJob {
  /** The bins to look at. */
  readonly names: readonly RoleName[];
  /** All targets of the next version of a bin; undefined when it stays. */
  readonly next: (bin: RoleName, current: Targets) => Entries | undefined;
  readonly signers: readonly Signer[];
}

/** The next version of each bin that changes, in the order in which they are named. @throws WritError as readBin */
export async function* signedBins(
  { io }: Context,
  source: BinSource,
  { names, next, signers }: BinJob,
): AsyncGenerator<SignedBin> {
  const expires = expiryOfYear(io.clock.now());
  const read = (from: number) =>
    Promise.all(names.slice(from, from + READ_AHEAD).map(bin => readBin(source, bin)));
  let ahead = read(0);
  for (let from = 0; from < names.length; from += READ_AHEAD) {
    const documents = await ahead;
    ahead = read(from + READ_AHEAD);
    ahead.catch(() => undefined); // awaited in the next turn, if there is one
    for (const { role: bin, value } of documents) {
      const targets = next(bin, value);
      if (targets === undefined) continue;
      const version = value.version + 1;
      const signed = buildTargets({ ...value, version, expires, targets });
      yield { bin, version, document: await signDocument(signed, bin, signers) };
    }
  }
}
