/**
 * What a proposal says, found out here: its base is the document that this client verified from its own pinned root,
 * the difference is computed from the two documents, the signatures are counted. What the service says about it is only
 * compared: a service that says something else is caught.
 */
import { sha256Hex } from '../../crypto/digest.js';
import { isWritError, WritError } from '../../errors.js';
import type { ApiClient } from '../../transport/api-client.js';
import type { Proposal } from '../../transport/api-types.js';
import type { Pin } from '../../trust/pins.js';
import { changeOfRoot, type RootChange } from '../../tuf/change/root.js';
import { changeOfTargets, type TargetsChange } from '../../tuf/change/targets.js';
import type { RepositoryView } from '../../tuf/client/view.js';
import { parseDocument, type SignedDocument } from '../../tuf/document.js';
import type { Root, Targets } from '../../tuf/model.js';
import { parseRoleName, ROOT, type RoleName } from '../../tuf/role-name.js';
import type { Verified } from '../../tuf/verified.js';
import { currentRole } from '../role-signers.js';
import { rootGroups } from '../root/draft.js';
import { refuseUnfit, refuseUnfitDelegations } from '../root/fitness.js';
import type { Visited } from '../visit.js';

/** What goes live together with a proposal, and is signed by others. */
export interface Companion {
  readonly role: RoleName;
  readonly change: TargetsChange;
}

export interface Examined {
  readonly role: RoleName;
  readonly visited: Visited<Root | Targets>;
  readonly change: RootChange | TargetsChange;
  readonly companions: readonly Companion[];
  /** SHA-256 of what a signature is over. */
  readonly payload: string;
  readonly expires: string;
}

/**
 * Fetches the open proposal of a role and examines it against verified metadata.
 *
 * @throws WritError CLI_PROPOSAL when it is not what the service says, or not the next version; TUF_* and CLI_ROOT for
 *   one that must not be signed; REPOSITORY_PROPOSAL_UNKNOWN; as currentRole
 */
export async function examine(
  service: ApiClient,
  pin: Pin,
  view: RepositoryView,
  role: RoleName,
): Promise<Examined> {
  const answer = await service.proposal(pin.name, role);
  const bytes = Buffer.from(answer.document, 'base64');
  const others = Object.entries(answer.documents).map(
    ([name, text]) => [parseRoleName(name), Buffer.from(text, 'base64')] as const,
  );
  const found = role === ROOT ? rootOf(view, bytes) : await targetsOf(view, role, bytes);
  const { document } = found.visited;
  checkClaims(role, answer.proposal, document, found.base);
  return {
    role,
    visited: found.visited,
    change: found.change,
    companions: await Promise.all(others.map(([name, other]) => companionOf(view, name, other))),
    payload: sha256Hex(document.payload),
    expires: answer.proposal.expires,
  };
}

interface Found {
  readonly base: Verified<Root> | Verified<Targets>;
  readonly visited: Visited<Root | Targets>;
  readonly change: RootChange | TargetsChange;
}

function rootOf(view: RepositoryView, bytes: Uint8Array): Found {
  const document = parseDocument(bytes, 'root');
  const base = view.root;
  refuseUnfit(document.signed, base.value, view.now);
  return {
    base,
    visited: { role: ROOT, document, groups: rootGroups(document.signed, base.value) },
    change: changeOfRoot(base.value, document.signed),
  };
}

async function targetsOf(view: RepositoryView, role: RoleName, bytes: Uint8Array): Promise<Found> {
  const document = parseDocument(bytes, 'targets');
  const { document: base, keys } = await currentRole(view, role);
  const change = changeOfTargets(base.value, document.signed);
  refuseUnfitDelegations(role, document.signed);
  return { base, visited: { role, document, groups: [keys] }, change };
}

/** The service says these things beside the document; only what the document and the base themselves say is believed. */
function checkClaims(
  role: RoleName,
  claimed: Proposal,
  { signed, payload }: SignedDocument<Root | Targets>,
  base: Verified<Root> | Verified<Targets>,
): void {
  const { version } = base.value;
  if (signed.version !== version + 1) {
    throw new WritError(
      'CLI_PROPOSAL',
      `the proposal is version ${signed.version} of ${role}, and version ${version} is current`,
    );
  }
  const claims: [string, unknown, unknown][] = [
    ['the role', claimed.role, role],
    ['the version', claimed.version, signed.version],
    ['the payload', claimed.payload, sha256Hex(payload)],
    ['the version of its base', claimed.base.version, version],
    ['the SHA-256 of its base', claimed.base.sha256, sha256Hex(base.bytes)],
  ];
  const lie = claims.find(([, said, is]) => said !== is);
  if (lie === undefined) return;
  const [what, said, is] = lie;
  throw new WritError(
    'CLI_PROPOSAL',
    `the service says that ${what} of the proposal is ${String(said)}, and it is ${String(is)}`,
  );
}

async function companionOf(view: RepositoryView, role: RoleName, bytes: Uint8Array): Promise<Companion> {
  const document = parseDocument(bytes, 'targets');
  const before = await currentRole(view, role).catch((error: unknown) => {
    if (isWritError(error, 'TUF_NOT_DELEGATED')) return undefined; // its first version
    throw error;
  });
  return { role, change: changeOfTargets(before?.document.value, document.signed) };
}
