/** Roots as files: documents with the signatures that there are, from visit to visit. */
import { existsSync } from 'node:fs';
import { sha256Hex } from '../../crypto/digest.js';
import { WritError } from '../../errors.js';
import type { JsonObject } from '../../json/types.js';
import { withSignatures } from '../../tuf/build/sign.js';
import { changeOfRoot, type RootChange } from '../../tuf/change/root.js';
import { parseDocument, type SignedDocument } from '../../tuf/document.js';
import { DEFAULT_LIMITS } from '../../tuf/limits.js';
import type { Root } from '../../tuf/model.js';
import { ROOT } from '../../tuf/role-name.js';
import { countSignatures, trustRoot, type Verified } from '../../tuf/verified.js';
import { changeJson } from '../change-json.js';
import { rootWords } from '../change-words.js';
import type { Context } from '../command.js';
import { inFile, readInputFile } from '../files.js';
import { openMetadata, openPins, refreshPin } from '../trusted.js';
import {
  isComplete,
  joinSignatures,
  progressOf,
  progressWords,
  signaturesOf,
  type GroupProgress,
  type SignerGroup,
  type Visited,
} from '../visit.js';

/** A root that may lack signatures. @throws WritError CLI_FILE, those of parseDocument */
export async function readDraft(path: string): Promise<SignedDocument<Root>> {
  const bytes = await readInputFile(path, DEFAULT_LIMITS.root);
  return inFile(path, () => parseDocument(bytes, 'root'));
}

/**
 * One root from several files of it, with the good signatures of all.
 *
 * @throws WritError CLI_ROOT when they are not files of one root; as readDraft
 */
export async function readDrafts(
  paths: readonly string[],
  previous: Verified<Root> | undefined,
): Promise<SignedDocument<Root>> {
  const drafts = await Promise.all(paths.map(readDraft));
  const [first] = drafts;
  if (first === undefined) throw new WritError('USAGE', 'no file with a root is named');
  const other = drafts.findIndex(({ payload }) => Buffer.compare(payload, first.payload) !== 0);
  if (other !== -1) {
    throw new WritError('CLI_ROOT', `${String(paths[0])} and ${String(paths[other])} are not the same root`);
  }
  const good = drafts.flatMap(draft => goodSignatures(draft, previous));
  return parseDocument(withSignatures(first.bytes, joinSignatures([], good)), 'root');
}

function goodSignatures(draft: SignedDocument<Root>, previous: Verified<Root> | undefined) {
  const counted = new Set<string>(
    rootGroups(draft.signed, previous?.value).flatMap(group =>
      countSignatures(draft, ROOT, group.keys, group.role).counted.map(({ keyId }) => keyId),
    ),
  );
  return signaturesOf(draft).filter(({ keyid }) => counted.has(keyid));
}

/** A finished root, from a file. @throws WritError TUF_THRESHOLD, CLI_FILE, those of parseDocument */
export async function readFinished(path: string): Promise<Verified<Root>> {
  const draft = await readDraft(path);
  return inFile(path, () => trustRoot(draft));
}

/**
 * The root that a new one is judged by: of a file, or the one that the client trusts now, with or without a network.
 * Where both are named they must be the same.
 *
 * @returns undefined when neither is named
 * @throws WritError CLI_ROOT when they differ; TRUST_UNKNOWN; as readFinished
 */
export async function previousRoot(
  context: Context,
  { file, repository }: { readonly file: string | undefined; readonly repository: string | undefined },
): Promise<Verified<Root> | undefined> {
  const trusted = repository === undefined ? undefined : await trustedRoot(context, repository);
  const given = file === undefined ? undefined : await readFinished(file);
  if (trusted === undefined || given === undefined) return given ?? trusted;
  if (Buffer.compare(trusted.payload, given.payload) === 0) return trusted;
  throw new WritError(
    'CLI_ROOT',
    `${String(file)} is not the root version ${trusted.value.version} of ${String(repository)} that is trusted here`,
    { hint: 'find out where the file comes from before you sign anything that was made from it' },
  );
}

/** The newest root that can be had: without a network, or when the service has nothing good, the one seen last. */
async function trustedRoot(context: Context, name: string): Promise<Verified<Root>> {
  const pin = await (await openPins(context)).load(name);
  try {
    return (await refreshPin(context, pin)).root;
  } catch (error) {
    if (!(error instanceof WritError)) throw error;
    const bytes = await (await openMetadata(pin)).load(ROOT);
    if (bytes === null) throw error;
    const root = trustRoot(parseDocument(bytes, 'root'));
    context.out.note(
      `taking root version ${root.value.version} of ${name}, verified before: ${error.message}`,
    );
    return root;
  }
}

/** Who must sign a root: a threshold of the keys before it, and of its own. TUF specification §5.3.4. */
export function rootGroups(next: Root, previous: Root | undefined): SignerGroup[] {
  return [
    ...(previous === undefined
      ? []
      : [
          {
            name: `the root keys of version ${previous.version}`,
            keys: previous.keys,
            role: previous.roles.root,
          },
        ]),
    { name: `the root keys of version ${next.version}`, keys: next.keys, role: next.roles.root },
  ];
}

export const visitedRoot = (document: SignedDocument<Root>, previous: Root | undefined): Visited<Root> => ({
  role: ROOT,
  document,
  groups: rootGroups(document.signed, previous),
});

export interface RootReport {
  readonly change: RootChange;
  readonly progress: readonly GroupProgress[];
  readonly json: JsonObject;
  /** The root, marked; who has signed. */
  readonly words: string;
}

/** What there is to say about a root. Without the one before, whether its keys suffice is not known. */
export function reportOf(document: SignedDocument<Root>, previous: Verified<Root> | undefined): RootReport {
  const change = changeOfRoot(previous?.value, document.signed);
  const progress = progressOf(visitedRoot(document, previous?.value));
  const known = previous !== undefined || document.signed.version === 1;
  const payload = sha256Hex(document.payload);
  const before = previous && sha256Hex(previous.bytes);
  return {
    change,
    progress,
    json: {
      version: document.signed.version,
      payload,
      previous: before ?? null,
      complete: known ? isComplete(progress) : null,
      signatures: progress.map(({ name, signed, needed }) => ({ of: name, signed, needed })),
      change: changeJson(change),
    },
    words: [
      rootWords(change),
      ...(before === undefined ? [] : [`  made from  a root with sha256 ${before}`]),
      `  payload    ${payload}`,
      progressWords(progress),
      ...(known ? [] : ['name the root before it with --previous: its keys must sign too']),
    ].join('\n'),
  };
}

/** A new file must not replace one that has collected signatures. @throws WritError CLI_FILE */
export function refuseExisting(path: string): void {
  if (!existsSync(path)) return;
  throw new WritError('CLI_FILE', `${path} exists already`, {
    hint: 'name another file with -o: signatures that it holds would be lost',
  });
}
