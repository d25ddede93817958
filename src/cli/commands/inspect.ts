import { parseImageReference } from '../../image/reference.js';
import type { JsonObject } from '../../json/types.js';
import { chooseRepository } from '../choose-repository.js';
import { defineCommand } from '../command.js';
import { readCurrent } from '../current.js';
import type { Current, SignedImage, StatedTarget } from '../signed-image.js';
import { columns } from '../table.js';

export const command = defineCommand({
  usage: 'IMAGE[:TAG][@DIGEST] [--repository NAME]',
  description:
    'Shows everything that is signed about an image: the targets of its tag and digest as they stand in the metadata,\n' +
    'the roles and keys that signed them, and until when each document on the way is good. Verified as by `writ verify`.',
  arguments: [1, 1],
  options: {
    repository: {
      type: 'string',
      value: 'NAME',
      help: 'the trusted repository (default: that of the image, else the only one)',
    },
  },
  examples: ['writ inspect registry.example/team/app:1', 'writ inspect registry.example/team/app:1 --json'],
  run: async (context, values, [text = '']) => {
    const reference = parseImageReference(text);
    const current = await readCurrent(context, await chooseRepository(context, values.repository, reference));
    const { catalogue } = await context.catalogue();
    const image = await current.find(reference, catalogue);
    context.out.result(toJson(current, image), () => words(current, image));
    return 0;
  },
});

function toJson(current: Current, image: SignedImage): JsonObject {
  return {
    image: image.reference.toString(),
    digest: image.digest,
    repository: current.name,
    grants: image.grants?.toJson() ?? null,
    targets: image.targets.map(([path, { target, role, verified }]) => ({
      path,
      length: target.length,
      hashes: Object.fromEntries(target.hashes),
      custom: target.custom ?? null,
      role,
      version: verified.value.version,
      expires: verified.value.expires.toISOString(),
      signers: verified.signedBy.map(key => ({ id: key.id, scheme: key.scheme })),
    })),
    metadata: current.topLevel.map(({ role, value, signedBy }) => ({
      role,
      version: value.version,
      expires: value.expires.toISOString(),
      signers: signedBy.map(key => ({ id: key.id, scheme: key.scheme })),
    })),
  };
}

function words(current: Current, image: SignedImage): string {
  const { reference, digest, grants } = image;
  return [
    columns(
      [
        ['image', reference.toString()],
        ['digest', digest],
        ['repository', current.name],
        ['grants', grants === undefined ? 'none signed' : grants.toString()],
      ],
      '',
    ),
    ...image.targets.flatMap(found => ['', targetWords(found)]),
    '',
    columns([
      ['METADATA', 'VERSION', 'EXPIRES', 'SIGNED BY'],
      ...current.topLevel.map(({ role, value, signedBy }) => [
        role,
        String(value.version),
        value.expires.toISOString(),
        signedBy.map(({ id }) => id.slice(0, 12)).join(', '),
      ]),
    ]),
  ].join('\n');
}

function targetWords([path, { target, role, verified }]: readonly [string, StatedTarget]): string {
  return columns([
    ['target', path],
    ['length', `${target.length} bytes`],
    ...[...target.hashes].map(([algorithm, hex]) => [algorithm, hex]),
    ['custom', target.custom === undefined ? '-' : JSON.stringify(target.custom)],
    ['role', `${role} (version ${verified.value.version}, until ${verified.value.expires.toISOString()})`],
    ...verified.signedBy.map(key => ['signed by', `${key.id} (${key.scheme})`]),
  ]);
}
