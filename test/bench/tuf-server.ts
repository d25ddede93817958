/**
 * Serves a repository of a million targets in 16,384 hash bins by the routes of the service. Bins are signed when they
 * are asked for: a client sees the same bytes as if all were stored. Tells its parent the bytes that went over the wire.
 */
import type { AddressInfo, Socket } from 'node:net';
import { sha256Hex } from '../../src/crypto/digest.js';
import type { RepositoryService, ServedFile } from '../../src/repository/types.js';
import { createApp } from '../../src/server/app.js';
import { tufRoutes } from '../../src/server/routes/tuf.js';
import { plainServer } from '../../src/server/servers.js';
import { describeMetadata } from '../../src/tuf/build/describe.js';
import { signDocument } from '../../src/tuf/build/sign.js';
import { buildTargets, buildTimestamp } from '../../src/tuf/build/signed-part.js';
import { binName } from '../../src/tuf/bins.js';
import type { SuccinctRoles } from '../../src/tuf/model.js';
import { parseRoleName, TARGETS, TIMESTAMP } from '../../src/tuf/role-name.js';
import {
  EXPIRES,
  newSigner,
  roleKeys,
  rootFile,
  snapshotFile,
  targetOf,
  versionOf,
} from './tuf-documents.js';

const TARGETS_IN_ALL = 1_000_000;

const signer = newSigner();
const bins: SuccinctRoles = { ...roleKeys([signer]), bitLength: 14, namePrefix: 'bins' };
/** The targets by the name of their bin. */
const inBin = new Map<string, number[]>();
for (let i = 0; i < TARGETS_IN_ALL; i++) {
  const bin = binName(bins, targetOf(i)[0]);
  const group = inBin.get(bin);
  if (group === undefined) inBin.set(bin, [i]);
  else group.push(i);
}

const delegations = { keys: new Map([[signer.key.id, signer.key]]), roles: [], succinct: bins };
const targets = await signDocument(
  buildTargets({ version: 1, expires: EXPIRES, targets: new Map(), delegations }),
  TARGETS,
  [signer],
);
const snapshot = await snapshotFile(signer, bins);
const timestamp = await signDocument(
  buildTimestamp({ version: 1, expires: EXPIRES, snapshot: describeMetadata(1, snapshot) }),
  TIMESTAMP,
  [signer],
);
const files = new Map([
  ['1.root.json', await rootFile([signer], 1)],
  ['1.targets.json', targets],
  ['1.snapshot.json', snapshot],
  ['timestamp.json', timestamp],
]);

async function binFile(file: string): Promise<Uint8Array | undefined> {
  const bin = /^\d+\.(bins-[0-9a-f]{4})\.json$/.exec(file)?.[1];
  if (bin === undefined) return undefined;
  const listed = new Map((inBin.get(bin) ?? []).map(targetOf));
  const version = versionOf(parseInt(bin.slice(-4), 16));
  const signed = buildTargets({ version, expires: EXPIRES, targets: listed });
  return signDocument(signed, parseRoleName(bin), [signer]);
}

async function metadata(_name: string, file: string): Promise<ServedFile | null> {
  const bytes = files.get(file) ?? (await binFile(file));
  if (bytes === undefined) return null;
  files.set(file, bytes);
  return { bytes, digest: sha256Hex(bytes), immutable: file !== 'timestamp.json', lastModified: new Date() };
}

const app = createApp({ bodyLimit: 1, serverFactory: plainServer });
tufRoutes(app, { metadata } as unknown as RepositoryService);
const sockets = new Set<Socket>();
app.server.on('connection', socket => sockets.add(socket));
await app.listen({ host: '127.0.0.1', port: 0 });

process.on('message', () => {
  let bytes = 0;
  for (const socket of sockets) bytes += socket.bytesRead + socket.bytesWritten;
  process.send?.({ bytes });
});
const { port } = app.server.address() as AddressInfo;
const root = Buffer.from(files.get('1.root.json') ?? []).toString('base64');
process.send?.({ url: `http://127.0.0.1:${port}/tuf/big`, root });
