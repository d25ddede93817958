import { loadCatalogue } from '../../config/catalogue.js';
import { parseImageReference } from '../../image/reference.js';
import type { JsonObject } from '../../json/types.js';
import type { Pin } from '../../trust/pins.js';
import type { FoundTarget } from '../../tuf/client/find-target.js';
import type { RepositoryView } from '../../tuf/client/view.js';
import { defineCommand } from '../command.js';
import { digestPath, findSignedImage, type SignedImage } from '../signed-image.js';
import { columns } from '../table.js';
import { choosePin, refreshPin } from '../trusted.js';

export const command = defineCommand({
  usage: 'IMAGE[:TAG][@DIGEST] [--repository NAME]',
  description:
    'Shows everything that is signed about an image: the targets of its tag and digest as they stand in the metadata,\n' +
    'the roles and keys that signed them, and until when each document on the way is good. Verified as by `writ verify`.',
  arguments: [1, 1],
  options: {
    repository: { type: 'string', value: 'NAME', help: 'the trusted repository (default: the only one)' },
  },
  examples: ['writ inspect registry.example/team/app:1', 'writ inspect registry.example/team/app:1 --json'],
  run: async (context, values, [text = '']) => {
    const reference = parseImageReference(text);
    const pin = await choosePin(context, values.repository);
    const view = await refreshPin(context, pin);
    const { catalogue } = await loadCatalogue();
    const image = await findSignedImage(view, reference, catalogue);
    context.out.result(toJson(pin, view, image), () => words(pin, view, image));
    return 0;
  },
});

/** The targets, the tag first. */
const targetsOf = ({
  reference,
  digest,
  tagged,
  pinned,
}: SignedImage): (readonly [string, FoundTarget])[] => [
  ...(tagged === undefined ? [] : [[reference.toString(), tagged] as const]),
  [digestPath(reference, digest), pinned],
];

function toJson(pin: Pin, view: RepositoryView, image: SignedImage): JsonObject {
  return {
    image: image.reference.toString(),
    digest: image.digest,
    repository: pin.name,
    grants: image.grants?.toJson() ?? null,
    targets: targetsOf(image).map(([path, { target, role, verified }]) => ({
      path,
      length: target.length,
      hashes: Object.fromEntries(target.hashes),
      custom: target.custom ?? null,
      role,
      version: verified.value.version,
      expires: verified.value.expires.toISOString(),
      signers: verified.signedBy.map(key => ({ id: key.id, scheme: key.scheme })),
    })),
    metadata: topLevel(view).map(({ role, value, signedBy }) => ({
      role,
      version: value.version,
      expires: value.expires.toISOString(),
      signers: signedBy.map(key => ({ id: key.id, scheme: key.scheme })),
    })),
  };
}

const topLevel = ({ root, timestamp, snapshot, targets }: RepositoryView) => [
  root,
  timestamp,
  snapshot,
  targets,
];

function words(pin: Pin, view: RepositoryView, image: SignedImage): string {
  const { reference, digest, grants } = image;
  return [
    columns(
      [
        ['image', reference.toString()],
        ['digest', digest],
        ['repository', pin.name],
        ['grants', grants === undefined ? 'none signed' : grants.toString()],
      ],
      '',
    ),
    ...targetsOf(image).flatMap(found => ['', targetWords(found)]),
    '',
    columns([
      ['METADATA', 'VERSION', 'EXPIRES', 'SIGNED BY'],
      ...topLevel(view).map(({ role, value, signedBy }) => [
        role,
        String(value.version),
        value.expires.toISOString(),
        signedBy.map(({ id }) => id.slice(0, 12)).join(', '),
      ]),
    ]),
  ].join('\n');
}

function targetWords([path, { target, role, verified }]: readonly [string, FoundTarget]): string {
  return columns([
    ['target', path],
    ['length', `${target.length} bytes`],
    ...[...target.hashes].map(([algorithm, hex]) => [algorithm, hex]),
    ['custom', target.custom === undefined ? '-' : JSON.stringify(target.custom)],
    ['role', `${role} (version ${verified.value.version}, until ${verified.value.expires.toISOString()})`],
    ...verified.signedBy.map(key => ['signed by', `${key.id} (${key.scheme})`]),
  ]);
}
