/**
 * The targets that must go live with a root: the first ones of a repository, or, where a new root gives the role other
 * keys, the current ones signed by those. A file collects their signatures where one visit has too few keys.
 */
import { existsSync } from 'node:fs';
import { WritError } from '../../errors.js';
import { buildTargets } from '../../tuf/build/signed-part.js';
import type { RepositoryName } from '../../image/repository-name.js';
import { signDocument } from '../../tuf/build/sign.js';
import { changeOfTargets } from '../../tuf/change/targets.js';
import { parseDocument, type SignedDocument } from '../../tuf/document.js';
import { DEFAULT_LIMITS } from '../../tuf/limits.js';
import type { Root, Targets } from '../../tuf/model.js';
import { TARGETS } from '../../tuf/role-name.js';
import { countSignatures, type Verified } from '../../tuf/verified.js';
import { targetsWords } from '../change-words.js';
import type { Context } from '../command.js';
import { confirm } from '../confirm.js';
import { inFile, readInputFile, writeOutputFile } from '../files.js';
import { expiryOfYear } from '../lifetime.js';
import { isComplete, keysAtHand, progressOf, progressWords, signVisit, type Visited } from '../visit.js';

/** True iff the current targets have enough signatures of the keys that a new root gives them. */
export function targetsStayUnder(root: Root, targets: Verified<Targets>): boolean {
  const document = parseDocument(targets.bytes, 'targets');
  const { counted } = countSignatures(document, TARGETS, root.keys, root.roles.targets);
  return counted.length >= root.roles.targets.threshold;
}

export interface TargetsVisit {
  readonly root: Root;
  /** Undefined for a repository that is being made. */
  readonly current: Verified<Targets> | undefined;
  readonly repository: RepositoryName;
  /** Where the document is kept between visits; undefined: a file of this folder that names its version. */
  readonly file: string | undefined;
  readonly yes: boolean;
}

/**
 * The targets with all signatures, or, when some are missing, the file that holds those that there are.
 *
 * @throws WritError TUF_VERSION for a file that was made from other targets than the current; as keysAtHand, confirm
 */
export async function collectTargets(
  context: Context,
  { root, current, repository, yes, ...given }: TargetsVisit,
): Promise<Uint8Array | string> {
  const version = (current?.value.version ?? 0) + 1;
  const file = given.file ?? `${repository}.${version}.targets.json`;
  const document = existsSync(file) ? await readTargets(file) : await nextTargets(context, current);
  if (document.signed.version !== version) {
    throw new WritError(
      'TUF_VERSION',
      `${file} is version ${document.signed.version}, it must be ${version}`,
      {
        hint: 'remove the file: the targets are made anew from the current ones',
      },
    );
  }
  const visited = visitOf(root, document);
  if (isComplete(progressOf(visited))) return document.bytes;
  const held = await keysAtHand(context, visited);
  const change = changeOfTargets(current?.value, document.signed);
  await confirm(context, {
    shown: targetsWords(TARGETS, change, (await context.catalogue()).catalogue),
    question: `Sign these targets with ${held.map(({ info }) => info.publicKey.id.slice(0, 12)).join(', ')}?`,
    yes,
  });
  const { bytes } = await signVisit(context, visited, held);
  const progress = progressOf(visitOf(root, parseDocument(bytes, 'targets')));
  if (isComplete(progress)) return bytes;
  await writeOutputFile(file, bytes);
  context.out.note(`${progressWords(progress)}; ${file} is to be signed by others`);
  return file;
}

const visitOf = (root: Root, document: SignedDocument<Targets>): Visited<Targets> => ({
  role: TARGETS,
  document,
  groups: [
    {
      name: `the targets keys of root version ${root.version}`,
      keys: root.keys,
      role: root.roles.targets,
    },
  ],
});

async function readTargets(file: string): Promise<SignedDocument<Targets>> {
  const bytes = await readInputFile(file, DEFAULT_LIMITS.targets);
  return inFile(file, () => parseDocument(bytes, 'targets'));
}

async function nextTargets(
  { io }: Context,
  current: Verified<Targets> | undefined,
): Promise<SignedDocument<Targets>> {
  const signed = buildTargets({
    targets: new Map(),
    ...current?.value,
    version: (current?.value.version ?? 0) + 1,
    expires: expiryOfYear(io.clock.now()),
  });
  return parseDocument(await signDocument(signed, TARGETS, []), 'targets');
}
