/** Verifying metadata from raw bytes: beside tuf-js, beside ten times fewer targets, beside a bare JSON.parse. */
import { Metadata, MetadataKind } from '@tufjs/models';
import { parseDocument } from '../../src/tuf/document.js';
import { SNAPSHOT, TARGETS } from '../../src/tuf/role-name.js';
import { trustRoot, verifyRole } from '../../src/tuf/verified.js';
import { cpuOf, type Result } from './report.js';
import { newSigner, roleKeys, rootFile, snapshotFile, targetsFile } from './tuf-documents.js';

const UNIT = 'ms of CPU';

/** The two programs, each with its own trusted root. Both begin with the bytes. */
interface Verifiers {
  readonly writ: (bytes: Uint8Array) => unknown;
  readonly tufJs: (bytes: Uint8Array) => unknown;
}

function verifiers(rootBytes: Uint8Array): Verifiers {
  const root = trustRoot(parseDocument(rootBytes, 'root'));
  const theirRoot = Metadata.fromJSON(MetadataKind.Root, parse(rootBytes));
  return {
    writ: bytes => verifyRole(root, TARGETS, parseDocument(bytes, 'targets')),
    // What tuf-js does with a fetched targets file, without its checks of versions and hashes.
    tufJs: bytes => {
      theirRoot.verifyDelegate(TARGETS, Metadata.fromJSON(MetadataKind.Targets, parse(bytes)));
    },
  };
}

type Json = Parameters<typeof Metadata.fromJSON>[1];
const parse = (bytes: Uint8Array): Json => JSON.parse(Buffer.from(bytes).toString('utf8')) as Json;

/** 2 of 3 keys signed: beside tuf-js in the same run, and linear. */
export async function thresholds(): Promise<Result[]> {
  const signers = [newSigner(), newSigner(), newSigner()];
  const { writ, tufJs } = verifiers(await rootFile(signers, 2));
  const [small, large] = [
    await targetsFile(signers.slice(1), 1000),
    await targetsFile(signers.slice(1), 10_000),
  ];
  const foreign = inAnotherForm(large);
  for (let i = 0; i < 40; i++) [small, large, foreign].forEach(writ);
  const cpu = {
    small: await cpuOf(() => writ(small), 201),
    large: await cpuOf(() => writ(large), 41),
    foreign: await cpuOf(() => writ(foreign), 41),
    tufJs: await cpuOf(() => tufJs(small), 9),
    parse: await cpuOf(() => parse(large), 41),
  };
  const linear = { baseline: cpu.small, baselineName: 'the same with 1,000 targets', unit: UNIT };
  const bare = { baseline: cpu.parse, baselineName: 'JSON.parse of as many bytes', unit: UNIT };
  return [
    {
      what: 'tuf-js verifying 1,000 targets signed 2 of 3, from raw bytes',
      value: cpu.tufJs,
      baseline: cpu.small,
      baselineName: 'writ',
      unit: UNIT,
      wanted: 60,
      atLeast: true,
    },
    { what: 'verifying 10,000 targets from raw bytes', value: cpu.large, ...linear, wanted: 13 },
    { what: 'verifying 10,000 targets from raw bytes', value: cpu.large, ...bare, wanted: 3 },
    { what: 'the same where the signed part must be written anew', value: cpu.foreign, ...bare },
  ];
}

/** The same document as another program may write it: the members of all objects the other way round. */
function inAnotherForm(bytes: Uint8Array): Uint8Array {
  const reversed = (_: string, value: unknown): unknown =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.fromEntries(Object.entries(value).reverse())
      : value;
  return Buffer.from(JSON.stringify(parse(bytes), reversed));
}

/** 5,000 targets signed by all of 20 keys. */
export async function manyKeys(): Promise<Result[]> {
  const signers = Array.from({ length: 20 }, newSigner);
  const { writ } = verifiers(await rootFile(signers, 20));
  const bytes = await targetsFile(signers, 5000);
  for (let i = 0; i < 10; i++) writ(bytes);
  const value = await cpuOf(() => writ(bytes), 21);
  return [{ what: '5,000 targets signed by 20 of 20 keys, from raw bytes', value, unit: UNIT, wanted: 100 }];
}

/** A snapshot as large as default clients read, nearly: 2^14 bins. */
export async function largeSnapshot(): Promise<Result[]> {
  const signer = newSigner();
  const root = trustRoot(parseDocument(await rootFile([signer], 1), 'root'));
  const bytes = await snapshotFile(signer, { ...roleKeys([signer]), bitLength: 14, namePrefix: 'bins' });
  const load = (): unknown => verifyRole(root, SNAPSHOT, parseDocument(bytes, 'snapshot')).value.meta.size;
  const cold = await cpuOf(load, 1);
  const warm = await cpuOf(load, 41);
  const what = `loading a snapshot of 16,384 bins (${bytes.length} bytes)`;
  return [
    { what: `${what}, the first time`, value: cold, unit: UNIT },
    { what, value: warm, unit: UNIT, wanted: 80 },
  ];
}
