/** The answers of `docker trust inspect`. docker/cli, cli/command/trust/inspect.go and inspect_pretty.go. */
import type { JsonObject } from '../../json/types.js';
import { customOf } from '../../notary/change-data.js';
import type { NotaryCollection } from '../../notary/collection.js';
import { isReleased, RELEASES, signerOfRole, signersOf } from '../../notary/released.js';
import { oneLine } from '../printable.js';

export interface TrustInfo {
  /** As written. */
  readonly name: string;
  readonly tags: readonly SignedTag[];
  readonly signers: readonly { readonly name: string; readonly keys: readonly string[] }[];
  readonly root: readonly string[];
  readonly repository: readonly string[];
  readonly json: JsonObject;
}

interface SignedTag {
  readonly tag: string;
  /** SHA-256 in hex. */
  readonly digest: string;
  readonly signers: readonly string[];
  readonly custom: JsonObject;
}

/** Who a release is said to be signed by that no signer signed. */
const ADMIN = 'Repo Admin';
const SHORT_ID = 12;
const GAP = 3;
const LEAST_WIDTH = 10;

/** @param tag - of all tags when undefined */
export function describeTrust(
  name: string,
  tag: string | undefined,
  collection: NotaryCollection,
): TrustInfo {
  const tags = signedTags(collection, tag);
  const signers = signersOf(collection)
    .filter(role => role.name !== RELEASES)
    .map(role => ({ name: signerOfRole(role.name), keys: role.keyIds }));
  const { roles } = collection.state.root.value;
  const [root, repository] = [roles.root.keyIds, roles.targets.keyIds];
  const keys = (ids: readonly string[]): JsonObject[] => ids.map(ID => ({ ID }));
  const json = {
    Name: name,
    SignedTags: tags.map(({ tag: SignedTag, digest: Digest, signers: Signers, custom }) => ({
      SignedTag,
      Digest,
      Signers,
      ...custom,
    })),
    Signers: signers.map(signer => ({ Name: signer.name, Keys: keys(signer.keys) })),
    AdministrativeKeys: [
      { Name: 'Root', Keys: keys(root) },
      { Name: 'Repository', Keys: keys(repository) },
    ],
  };
  return { name, tags, signers, root, repository, json };
}

/** What is released, each tag and digest once, by tag. */
function signedTags(collection: NotaryCollection, tag: string | undefined): SignedTag[] {
  const all = collection.allTargets(tag);
  const found = new Map<string, SignedTag>();
  for (const { name, role, file } of all) {
    const digest = file.hashes.get('sha256') ?? '';
    if (!isReleased(role) || found.has(`${name} ${digest}`)) continue;
    const signers = all
      .filter(
        other => other.name === name && !isReleased(other.role) && other.file.hashes.get('sha256') === digest,
      )
      .map(other => signerOfRole(other.role))
      .sort();
    const custom = customOf(file);
    found.set(`${name} ${digest}`, {
      tag: name,
      digest,
      signers: signers.length === 0 ? [ADMIN] : signers,
      custom: custom === undefined ? {} : { Custom: custom },
    });
  }
  return [...found.values()].sort((a, b) => a.tag.localeCompare(b.tag, 'en', { numeric: true }));
}

/** The words of `--pretty`, with their line feeds. */
export function prettyTrust({ name, tags, signers, root, repository }: TrustInfo): string {
  const signed = tags.map(({ tag, digest, signers: names }) => [tag, digest, names.join(', ')]);
  const people = signers.map(({ name: signer, keys }) => [
    signer,
    keys.map(id => id.slice(0, SHORT_ID)).join(', '),
  ]);
  return [
    '',
    ...(signed.length === 0
      ? [`No signatures for ${name}`, '', '']
      : [`Signatures for ${name}`, '', ...rows([['SIGNED TAG', 'DIGEST', 'SIGNERS'], ...signed]), '']),
    ...(people.length === 0
      ? []
      : [`List of signers and their keys for ${name}`, '', ...rows([['SIGNER', 'KEYS'], ...people]), '']),
    `Administrative keys for ${name}`,
    '',
    `  Repository Key:\t${repository.join(', ')}`,
    `  Root Key:\t${root.join(', ')}`,
    '',
  ].join('\n');
}

/** Columns as Go's tabwriter sets them for docker. */
function rows(cells: readonly (readonly string[])[]): string[] {
  const width = (column: number): number =>
    Math.max(LEAST_WIDTH, ...cells.map(row => (row[column]?.length ?? 0) + GAP));
  return cells.map(row =>
    row.map((cell, i) => (i === row.length - 1 ? oneLine(cell) : oneLine(cell).padEnd(width(i)))).join(''),
  );
}
