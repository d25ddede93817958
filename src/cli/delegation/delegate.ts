/**
 * The document of a role that goes live with its delegation: its first version, or, where it gets other keys, its next.
 * The people of the role sign it, where they are; a file collects their signatures.
 */
import type { PublicKey } from '../../crypto/public-key.js';
import { isWritError, WritError } from '../../errors.js';
import { buildTargets } from '../../tuf/build/signed-part.js';
import { signDocument, withSignatures } from '../../tuf/build/sign.js';
import type { RepositoryView } from '../../tuf/client/view.js';
import { parseDocument, type SignedDocument } from '../../tuf/document.js';
import { DEFAULT_LIMITS } from '../../tuf/limits.js';
import type { Targets } from '../../tuf/model.js';
import { metadataFileName, type RoleName } from '../../tuf/role-name.js';
import { countSignatures } from '../../tuf/verified.js';
import type { Context } from '../command.js';
import { inFile, readInputFile } from '../files.js';
import { expiryOfYear } from '../lifetime.js';
import { currentRole, type CurrentRole } from '../role-signers.js';
import {
  isComplete,
  joinSignatures,
  keysAtHand,
  progressOf,
  progressWords,
  signaturesOf,
  signVisit,
  type SignerGroup,
  type Visited,
} from '../visit.js';

/** The current document of a role, or undefined when nobody delegates to it. */
export async function roleIfDelegated(
  view: RepositoryView,
  role: RoleName,
): Promise<CurrentRole | undefined> {
  try {
    return await currentRole(view, role);
  } catch (error) {
    if (isWritError(error, 'TUF_NOT_DELEGATED')) return undefined;
    throw error;
  }
}

/** A name that was used before goes on from its last version: clients remember it. */
export const lastVersion = (view: RepositoryView, role: RoleName): number =>
  view.snapshot.value.meta.get(metadataFileName(role))?.version ?? 0;

/** The next version of a role, unsigned: what it says now, or nothing yet. */
export async function nextDocument(
  { io }: Context,
  role: RoleName,
  version: number,
  current: Targets | undefined,
): Promise<SignedDocument<Targets>> {
  const signed = buildTargets({
    targets: new Map(),
    ...current,
    version,
    expires: expiryOfYear(io.clock.now()),
  });
  return parseDocument(await signDocument(signed, role, []), 'targets');
}

/** @throws WritError CLI_FILE, CLI_DELEGATION for files of different documents, those of parseDocument */
export async function readDelegate(paths: readonly string[], group: SignerGroup | undefined, role: RoleName) {
  const documents = await Promise.all(
    paths.map(async path => {
      const bytes = await readInputFile(path, DEFAULT_LIMITS.targets);
      return inFile(path, () => parseDocument(bytes, 'targets'));
    }),
  );
  const [first] = documents;
  if (first === undefined) return undefined;
  if (documents.some(({ payload }) => Buffer.compare(payload, first.payload) !== 0)) {
    throw new WritError('CLI_DELEGATION', `${paths.join(' and ')} are not the same document`);
  }
  const signatures = documents.flatMap(document => {
    if (group === undefined) return signaturesOf(document);
    const { counted } = countSignatures(document, role, group.keys, group.role);
    const good = new Set<string>(counted.map(({ keyId }) => keyId));
    return signaturesOf(document).filter(({ keyid }) => good.has(keyid));
  });
  return parseDocument(withSignatures(first.bytes, joinSignatures([], signatures)), 'targets');
}

export interface DelegatePlan {
  readonly role: RoleName;
  /** The keys that the delegation will give it. */
  readonly group: SignerGroup;
  /** That its document must have. */
  readonly version: number;
  readonly current: Targets | undefined;
  /** What its people signed already. */
  readonly files: readonly string[];
}

/**
 * The document with all the signatures that the delegation will ask for: of the files, and of the keys here.
 *
 * @throws WritError CLI_DELEGATION when it is another version, or signatures are missing
 */
export async function completeDelegate(context: Context, plan: DelegatePlan): Promise<Uint8Array> {
  const { role, group, version, current, files } = plan;
  const given = await readDelegate(files, group, role);
  const document = given ?? (await nextDocument(context, role, version, current));
  if (document.signed.version !== version) {
    throw new WritError(
      'CLI_DELEGATION',
      `the document of ${role} has version ${document.signed.version}, it must have ${version}`,
      { hint: `make it anew: writ delegation request ${role} --repository NAME -o FILE` },
    );
  }
  const visited: Visited<Targets> = { role, document, groups: [group] };
  if (isComplete(progressOf(visited))) return document.bytes;
  const held = await keysAtHand(context, visited).catch((error: unknown) => {
    if (isWritError(error, 'CLI_NO_KEY')) return [];
    throw error;
  });
  const { bytes } = held.length === 0 ? document : await signVisit(context, visited, held);
  const progress = progressOf({ ...visited, document: parseDocument(bytes, 'targets') });
  if (isComplete(progress)) return bytes;
  throw new WritError('CLI_DELEGATION', `version ${version} of ${role} is ${progressWords(progress)}`, {
    hint: `have its people sign it: writ delegation request ${role} -o FILE; then add --first FILE`,
  });
}

/** A group of keys that no delegation lists yet. */
export const groupNamed = (role: RoleName, keys: readonly PublicKey[], threshold: number): SignerGroup => ({
  name: `the keys of ${role}`,
  keys: new Map(keys.map(key => [key.id, key])),
  role: { keyIds: keys.map(({ id }) => id), threshold },
});
