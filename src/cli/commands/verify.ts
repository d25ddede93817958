import { WritError } from '../../errors.js';
import { parseImageReference } from '../../image/reference.js';
import type { JsonObject } from '../../json/types.js';
import { chooseRepository } from '../choose-repository.js';
import { defineCommand } from '../command.js';
import { readCurrent } from '../current.js';
import type { SignedImage } from '../signed-image.js';
import { columns } from '../table.js';

export const command = defineCommand({
  usage: 'IMAGE[:TAG][@DIGEST] [--repository NAME] [--role ROLE]',
  description:
    'Fetches what is current of a trusted repository, verifies it from the pinned root, and says what is signed about\n' +
    'the image: its digest, by whom, with which grants, until when. Exit 1 when it is not signed, or when what the\n' +
    'server says cannot be trusted. Nothing is trusted on first use: see `writ trust add`. An image whose own name is\n' +
    'that of a pinned Notary repository is looked for there: what `targets/releases` or `targets` says counts.',
  arguments: [1, 1],
  options: {
    repository: {
      type: 'string',
      value: 'NAME',
      help: 'the trusted repository (default: that of the image, else the only one)',
    },
    role: { type: 'string', value: 'ROLE', help: 'only what this role signs counts' },
  },
  examples: [
    'writ verify registry.example/team/app:1',
    'writ verify registry.example/team/app:1 --json | jq -r .digest',
  ],
  run: async (context, values, [text = '']) => {
    const reference = parseImageReference(text);
    const chosen = await chooseRepository(context, values.repository, reference);
    const [current, { catalogue }] = await Promise.all([readCurrent(context, chosen), context.catalogue()]);
    const image = await current.find(reference, catalogue, values.role);
    refuseOtherRole(image, values.role);
    context.out.result(toJson(current.name, image), () => words(current.name, image));
    return 0;
  },
});

function refuseOtherRole({ tagged, pinned, reference }: SignedImage, role: string | undefined): void {
  const other = [tagged, pinned].find(
    found => found !== undefined && role !== undefined && found.role !== role,
  );
  if (other === undefined) return;
  throw new WritError(
    'CLI_NOT_SIGNED',
    `${reference.toString()} is signed by ${other.role}, not by ${String(role)}`,
  );
}

function toJson(repository: string, { reference, digest, pinned, tagged, grants }: SignedImage): JsonObject {
  const { value, signedBy } = pinned.verified;
  return {
    image: reference.toString(),
    pinned: reference.withDigest(digest).toString(),
    digest,
    repository,
    role: pinned.role,
    version: value.version,
    tagRole: tagged?.role ?? null,
    signers: signedBy.map(({ id }) => id),
    grants: grants?.toJson() ?? null,
    expires: value.expires.toISOString(),
  };
}

function words(repository: string, { reference, digest, pinned, tagged, grants }: SignedImage): string {
  const { value, signedBy } = pinned.verified;
  const by = tagged === undefined || tagged.role === pinned.role ? '' : `, the tag by ${tagged.role}`;
  return columns(
    [
      ['verified', reference.toString()],
      ['digest', digest],
      ['repository', repository],
      ['role', `${pinned.role} (version ${value.version})${by}`],
      ...signedBy.map(({ id, scheme }, i) => [i === 0 ? 'signed by' : '', `${id} (${scheme})`]),
      ['grants', grants === undefined ? 'none signed: policies deny it by default' : grants.toString()],
      ['expires', value.expires.toISOString()],
    ],
    '',
  );
}
