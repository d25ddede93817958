/** `test_updater_key_rotations.py` of the public suite. */
import { describe, expect } from 'vitest';
import { ed25519 } from '../../crypto/keys.js';
import { it } from './client.js';
import type { Repository } from './repository.js';

/** Keys by number, the threshold, and the keys that sign. */
type Version = [keys: number[], threshold: number, signers: number[]];

const pairOf = (i: number): ReturnType<typeof ed25519> => ed25519(`rotation-${i}`);

function setVersion(repo: Repository, role: string, [keys, threshold, signers]: Version): void {
  repo.setKeys(role, keys.map(pairOf), threshold);
  repo.signers.set(role, signers.map(pairOf));
}

const FIVE = [0, 1, 2, 3, 4];
// prettier-ignore
const ROOTS: [name: string, versions: Version[], ok: boolean][] = [
  ['1-of-1-key-rotation', [[[1], 1, [1]], [[2], 1, [2, 1]], [[2], 1, [2]]], true],
  ['1-of-1-key-rotation-unused-signatures', [[[1], 1, [3, 1, 4]], [[2], 1, [3, 2, 1, 4]], [[2], 1, [3, 2, 4]]], true],
  ['3-of-5-sign-with-different-keycombos', [[FIVE, 3, [0, 2, 4]], [FIVE, 3, [0, 4, 1]], [FIVE, 3, [0, 1, 3]], [FIVE, 3, [0, 1, 3]]], true],
  ['3-of-5-one-key-rotated', [[FIVE, 3, [0, 2, 4]], [[0, 1, 3, 4, 5], 3, [0, 4, 1]]], true],
  ['3-of-5-one-key-rotated-with-intermediate-step', [[FIVE, 3, [0, 2, 4]], [[0, 1, 3, 4, 5], 3, [0, 2, 4, 5]], [[0, 1, 3, 4, 5], 3, [0, 4, 5]]], true],
  ['3-of-5-all-keys-rotated-with-intermediate-step', [[FIVE, 3, [0, 2, 4]], [[5, 6, 7, 8, 9], 3, [0, 2, 4, 5, 6, 7]], [[5, 6, 7, 8, 9], 3, [5, 6, 7]]], true],
  ['1-of-3-threshold-increase-to-2-of-3', [[[1, 2, 3], 1, [1]], [[1, 2, 3], 2, [1, 2]]], true],
  ['2-of-3-threshold-decrease-to-1-of-3', [[[1, 2, 3], 2, [1, 2]], [[1, 2, 3], 1, [1, 2]], [[1, 2, 3], 1, [1]]], true],
  ['1-of-2-threshold-increase-to-2-of-2', [[[1], 1, [1]], [[1, 2], 2, [1, 2]]], true],
  ['1-of-1-key-rotation-fail-not-signed-with-old-key', [[[1], 1, [1]], [[2], 1, [2, 3, 4]]], false],
  ['1-of-1-key-rotation-fail-not-signed-with-new-key', [[[1], 1, [1]], [[2], 1, [1, 3, 4]]], false],
  ['3-of-5-one-key-rotate-fails-not-signed-with-3-new-keys', [[FIVE, 3, [0, 2, 4]], [[0, 1, 3, 4, 5], 3, [0, 2, 4]]], false],
  ['3-of-5-one-key-rotate-fails-not-signed-with-3-old-keys', [[FIVE, 3, [0, 2, 4]], [[0, 1, 3, 4, 5], 3, [0, 4, 5]]], false],
  ['1-of-3-threshold-bump-to-2-of-3-fails-new-threshold-not-reached', [[[1, 2, 3], 1, [1]], [[1, 2, 3], 2, [2]]], false],
  ['2-of-3-threshold-decr-to-1-of-3-fails-old-threshold-not-eached', [[[1, 2, 3], 2, [1, 2]], [[1, 2, 3], 1, [1]]], false],
];

describe.concurrent('test_root_rotation', () => {
  it.for(ROOTS)('test_root_rotation[%s]', async ([, versions, ok], { repo, client }) => {
    repo.forget('root');
    repo.root.version = 1;
    for (const version of versions) {
      setVersion(repo, 'root', version);
      repo.publish('root');
    }
    repo.publish('targets', 'snapshot', 'timestamp');
    const history = repo.history('root');
    await client.init(history[0]!);
    expect(await client.refresh()).toBe(ok ? 0 : 1);
    expect(client.bytes('root')).toEqual(history.at(ok ? -1 : -2));
  });
});

const OTHERS: [name: string, version: Version, ok: boolean][] = [
  ['1-of-1-key-rotation', [[2], 1, [2]], true],
  ['1-of-1-key-rotation-unused-signatures', [[1], 1, [3, 1, 4]], true],
  ['1-of-1-key-rotation-fail-not-signed-with-new-key', [[2], 1, [1, 3, 4]], false],
  ['3-of-5-one-key-signature-wrong-not-signed-with-3-expected-keys', [[0, 1, 3, 4, 5], 3, [0, 2, 4]], false],
  ['2-of-5-one-key-signature-mising-threshold-not-reached', [[0, 1, 3, 4, 5], 3, [0, 4]], false],
  ['3-of-5-sign-first-combo', [FIVE, 3, [0, 2, 4]], true],
  ['3-of-5-sign-second-combo', [FIVE, 3, [0, 4, 1]], true],
  ['3-of-5-sign-third-combo', [FIVE, 3, [0, 1, 3]], true],
  ['3-of-5-sign-fourth-combo', [FIVE, 3, [1, 2, 3]], true],
  ['3-of-5-sign-fifth-combo', [FIVE, 3, [2, 3, 4]], true],
];

describe.concurrent('test_non_root_rotations', () => {
  it.for(OTHERS)('test_non_root_rotations[%s]', async ([, version, ok], { repo, client }) => {
    await client.init(repo.latest('root'));
    for (const role of ['timestamp', 'snapshot', 'targets']) {
      setVersion(repo, role, version);
      repo.publish('root', 'targets', 'snapshot', 'timestamp');
      expect(await client.refresh()).toBe(ok ? 0 : 1);
      if (ok) expect(client.bytes(role)).toEqual(repo.latest(role));
      else expect(client.bytes(role)).not.toEqual(repo.latest(role));
    }
  });
});
