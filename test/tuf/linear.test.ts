/** Verifying a metadata file costs time in proportion to its length. */
import { expect, it } from 'vitest';
import { buildTargets } from '../../src/tuf/build/signed-part.js';
import { signDocument } from '../../src/tuf/build/sign.js';
import { parseDocument } from '../../src/tuf/document.js';
import { TARGETS } from '../../src/tuf/role-name.js';
import { trustRoot, verifyRole } from '../../src/tuf/verified.js';
import { ed25519 } from '../crypto/keys.js';
import { cost, RETRIES } from '../support/cost.js';
import { sha256, Simulator, utf8 } from './simulator.js';
import { signerOf } from './signer.js';

const sim = new Simulator();
const signers = [ed25519('targets'), ed25519('second'), ed25519('third')];
sim.setKeys('targets', signers, 3);
sim.commitRoot();
const root = trustRoot(parseDocument(sim.files.get('2.root.json')!, 'root'));

async function targetsFile(count: number): Promise<Uint8Array> {
  const targets = new Map(
    Array.from({ length: count }, (_, i) => [
      `registry.example/team/app-${i}:v1`,
      {
        length: i,
        hashes: new Map([['sha256', sha256(utf8(String(i)))]]),
        custom: { writ: { v: 1, grants: { network: 'user' } } },
      },
    ]),
  );
  const expires = new Date('2030-02-01T00:00:00Z');
  return signDocument(buildTargets({ version: 1, expires, targets }), TARGETS, signers.map(signerOf));
}

const verify = (bytes: Uint8Array) => () => void verifyRole(root, TARGETS, parseDocument(bytes, 'targets'));
/** What the engine itself takes to read and write the same document: linear work in native code. */
const native = (bytes: Uint8Array) => () => void JSON.stringify(JSON.parse(new TextDecoder().decode(bytes)));

it('10,000 targets cost at most 13 times 1,000', RETRIES, async () => {
  const small = await targetsFile(1_000);
  const large = await targetsFile(10_000);
  const ratio = (of: typeof verify): number => {
    cost(of(small), 10);
    return cost(of(large), 8) / cost(of(small), 40);
  };
  // Where caches hold the small file but not the large one, even native code takes more than ten times as long:
  // what the machine adds is allowed for, and nothing else. A quadratic step would show as a hundred.
  const allowance = Math.max(1, ratio(native) / 10);
  expect(ratio(verify)).toBeLessThanOrEqual(13 * allowance);
});
