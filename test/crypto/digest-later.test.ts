import { expect, it } from 'vitest';
import { digestHex, digestHexLater, type DigestAlgorithm } from '../../src/crypto/digest.js';
import { describeNotaryFile, describeNotaryFileLater } from '../../src/tuf/notary/describe.js';

const BYTES = [new Uint8Array(0), new Uint8Array(1000).fill(7), new Uint8Array(9).fill(1).subarray(2, 5)];

it.each<DigestAlgorithm>(['sha256', 'sha512'])('a %s is the same later', async algorithm => {
  for (const bytes of BYTES) expect(await digestHexLater(algorithm, bytes)).toBe(digestHex(algorithm, bytes));
});

it('and so is what Notary says of a file', async () => {
  for (const bytes of BYTES) expect(await describeNotaryFileLater(bytes)).toEqual(describeNotaryFile(bytes));
});
