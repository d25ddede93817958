/** A repository whose targets need two of three keys, and the requests of those who hold them. */
import { sha256Hex } from '../../src/crypto/digest.js';
import { hexFromBytes } from '../../src/crypto/hex.js';
import type { ProposeRequest, SignProposalRequest } from '../../src/transport/api-types.js';
import { signDocument } from '../../src/tuf/build/sign.js';
import { buildRoot } from '../../src/tuf/build/signed-part.js';
import { parseDocument } from '../../src/tuf/document.js';
import type { RoleKeys } from '../../src/tuf/model.js';
import { parseRoleName, ROOT } from '../../src/tuf/role-name.js';
import type { RepositoryPorts } from '../../src/repository/service.js';
import {
  base64,
  DAY,
  documents,
  EXAMPLE,
  exampleService,
  keyMap,
  makeTargets,
  newKey,
  onlineSigners,
  rootKey,
  START,
  targetsKey,
  type TestKey,
  type TestService,
} from './publisher.js';

export const second = newKey();
export const third = newKey();

export interface QuorumRoot {
  readonly version: number;
  readonly root?: readonly TestKey[];
  readonly rootThreshold?: number;
  readonly targets?: readonly TestKey[];
  readonly threshold?: number;
  readonly signers?: readonly TestKey[];
}

/** A root whose targets need `threshold` of the keys `targets`; two of three by default. */
export function makeQuorumRoot(options: QuorumRoot): Promise<Uint8Array> {
  const { version, root = [rootKey], targets = [targetsKey, second, third], threshold = 2 } = options;
  const online = onlineSigners('example');
  const all = (keys: readonly { key: TestKey['key'] }[], needed: number): RoleKeys => ({
    keyIds: keys.map(({ key }) => key.id),
    threshold: needed,
  });
  const signed = buildRoot({
    version,
    expires: new Date(START.getTime() + 365 * DAY),
    consistentSnapshot: true,
    keys: keyMap(...root, ...targets, online.snapshot, online.timestamp),
    roles: {
      root: all(root, options.rootThreshold ?? 1),
      targets: all(targets, threshold),
      snapshot: all([online.snapshot], 1),
      timestamp: all([online.timestamp], 1),
    },
  });
  return signDocument(signed, ROOT, options.signers ?? root);
}

/** A service whose `example` has targets version 2, signed by two of three keys. */
export async function twoOfThree(change: Partial<RepositoryPorts> = {}): Promise<TestService> {
  const made = await exampleService(change);
  const signed = await makeTargets({ version: 2, signers: [targetsKey, second] });
  await made.service.publish(EXAMPLE, {
    base: { root: 1, targets: 1 },
    documents: documents({ root: await makeQuorumRoot({ version: 2 }), targets: signed }),
  });
  return made;
}

export const proposalOf = (document: Uint8Array, role = 'targets'): ProposeRequest => ({
  role,
  document: base64(document),
});

/** The SHA-256 of what is signed. */
export function payloadOf(document: Uint8Array, type: 'targets' | 'root' = 'targets'): string {
  return sha256Hex(parseDocument(document, type).payload);
}

/** The request by which `key` signs the proposed `document`. */
export async function signatureOf(
  document: Uint8Array,
  key: TestKey,
  role = 'targets',
): Promise<SignProposalRequest> {
  const { payload } = parseDocument(document, role === 'root' ? 'root' : 'targets');
  const sig = hexFromBytes(await key.sign(parseRoleName(role), payload));
  return { role, payload: sha256Hex(payload), signatures: [{ keyid: key.key.id, sig }] };
}
