/** What became of a new version: published, or waiting for signatures. */
import type { JsonObject } from '../../json/types.js';
import type { Proposal } from '../../transport/api-types.js';
import type { Context } from '../command.js';
import type { Published } from '../publish.js';

/** The members that every command adds to its result. */
export function outcomeJson({ role, version, signers, proposal }: Published): JsonObject {
  return {
    role,
    version,
    published: proposal === null,
    signers,
    proposal: proposal && proposalJson(proposal),
  };
}

export const proposalJson = (proposal: Proposal): JsonObject => ({
  role: proposal.role,
  version: proposal.version,
  payload: proposal.payload,
  created: proposal.created,
  expires: proposal.expires,
  signatures: proposal.signatures,
  needed: proposal.needed,
  ...(proposal.own && { own: { signatures: proposal.own.signatures, needed: proposal.own.needed } }),
});

/** `1 of 2`, for a root `1 of 2, own 1 of 3`. */
export function countWords({ signatures, needed, own }: Proposal): string {
  const count = `${signatures.length} of ${needed}`;
  return own === undefined ? count : `${count}, own ${own.signatures.length} of ${own.needed}`;
}

/** Rows for the words of a result. */
export function outcomeRows({ role, version, signers, proposal }: Published): string[][] {
  return [
    ['role', `${role} (version ${version})`],
    ...signers.map((id, i) => [i === 0 ? 'key' : '', id]),
    ...(proposal === null
      ? []
      : [
          ['proposal', proposal.payload],
          ['signatures', countWords(proposal)],
          ['open until', proposal.expires],
        ]),
  ];
}

/** Says on stderr what has to happen now. */
export function tellNext({ out }: Context, repository: string, { proposal }: Published): void {
  if (proposal === null) return;
  out.note(
    `not published yet: others look at it and sign with: writ approve ${proposal.role} --repository ${repository}`,
  );
}
