/** Verifying metadata is linear, and native: beside ten times fewer targets, and beside a bare JSON.parse. */
import { generateKeyPairSync, sign } from 'node:crypto';
import { publicKeyOf } from '../../src/crypto/public-key.js';
import { sha256Hex } from '../../src/crypto/digest.js';
import { signDocument } from '../../src/tuf/build/sign.js';
import { buildRoot, buildTargets } from '../../src/tuf/build/signed-part.js';
import { parseDocument } from '../../src/tuf/document.js';
import type { TargetFile } from '../../src/tuf/model.js';
import type { Signer } from '../../src/tuf/ports.js';
import { ROOT, TARGETS } from '../../src/tuf/role-name.js';
import { trustRoot, verifyRole, type Verified } from '../../src/tuf/verified.js';
import type { Root } from '../../src/tuf/model.js';
import { cpuOf, type Result } from './report.js';

const expires = new Date('2040-01-01T00:00:00Z');

export default async function tuf(): Promise<Result[]> {
  const signer = newSigner();
  const root = await trustedRoot(signer);
  const small = await targetsFile(signer, 1000);
  const large = await targetsFile(signer, 10_000);
  const foreign = inAnotherForm(large);
  const verify = (bytes: Uint8Array) => () => verifyRole(root, TARGETS, parseDocument(bytes, 'targets'));
  for (let i = 0; i < 5; i++) [verify(large), verify(foreign), verify(small)].forEach(run => run());
  const cpu = {
    small: await cpuOf(verify(small), 101),
    large: await cpuOf(verify(large), 41),
    foreign: await cpuOf(verify(foreign), 41),
  };
  const parse = await cpuOf(() => JSON.parse(Buffer.from(large).toString('utf8')) as unknown, 41);
  return [
    {
      what: 'verifying 10,000 targets from raw bytes',
      value: cpu.large,
      baseline: cpu.small,
      baselineName: 'the same with 1,000 targets',
      unit: 'ms of CPU',
      wanted: 13,
    },
    {
      what: 'verifying 10,000 targets from raw bytes',
      value: cpu.large,
      baseline: parse,
      baselineName: 'JSON.parse of the same bytes',
      unit: 'ms of CPU',
      wanted: 3,
    },
    {
      what: 'the same where the signed part must be written anew',
      value: cpu.foreign,
      baseline: parse,
      baselineName: 'JSON.parse of as many bytes',
      unit: 'ms of CPU',
    },
  ];
}

/** The same document as another program may write it: the members of all objects the other way round. */
function inAnotherForm(bytes: Uint8Array): Uint8Array {
  const reversed = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).reverse())
      : value;
  return Buffer.from(JSON.stringify(JSON.parse(Buffer.from(bytes).toString('utf8')), reversed));
}

function newSigner(): Signer {
  const { privateKey } = generateKeyPairSync('ed25519');
  return {
    key: publicKeyOf(privateKey),
    sign: (_role, payload) => Promise.resolve(sign(null, payload, privateKey)),
  };
}

async function trustedRoot(signer: Signer): Promise<Verified<Root>> {
  const role = { keyIds: [signer.key.id], threshold: 1 };
  const signed = buildRoot({
    version: 1,
    expires,
    consistentSnapshot: true,
    keys: new Map([[signer.key.id, signer.key]]),
    roles: { root: role, targets: role, snapshot: role, timestamp: role },
  });
  return trustRoot(parseDocument(await signDocument(signed, ROOT, [signer]), 'root'));
}

function targetsFile(signer: Signer, count: number): Promise<Uint8Array> {
  const targets = new Map<string, TargetFile>();
  for (let i = 0; i < count; i++) {
    const hashes = new Map([['sha256', sha256Hex(Buffer.from(`manifest ${i}`))]]);
    const custom = { writ: { v: 1, catalogue: '1', grants: { network: 'user' } } };
    targets.set(`registry.example/team/app-${i}:1.0`, { length: 1000 + i, hashes, custom });
  }
  return signDocument(buildTargets({ version: 1, expires, targets }), TARGETS, [signer]);
}
