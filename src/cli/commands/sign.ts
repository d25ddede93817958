import type { LoadedCatalogue } from '../../config/catalogue.js';
import type { Grants } from '../../entitlements/grants.js';
import { WritError } from '../../errors.js';
import { parseImageReference, type ImageReference } from '../../image/reference.js';
import { replaceSignedGrants } from '../../policy/signed-grants.js';
import { buildTargets } from '../../tuf/build/signed-part.js';
import { describeTarget } from '../../tuf/build/describe.js';
import type { TargetFile } from '../../tuf/model.js';
import { parseRoleName, TARGETS, type RoleName } from '../../tuf/role-name.js';
import type { Pin } from '../../trust/pins.js';
import { chooseRepository } from '../choose-repository.js';
import { defineCommand, type Context } from '../command.js';
import { signIntoBins } from '../bins/change.js';
import { binsOfRole, withEntries, type Entries, type NewEntries } from '../bins/documents.js';
import { GRANT_OPTIONS, grantsCarried, grantsGiven, wordsOfGrants } from '../grants.js';
import { expiryOfYear } from '../lifetime.js';
import { manifestFromFiles, manifestFromRegistry, type ManifestSet } from '../manifests.js';
import { signPinned } from '../notary-format/sign.js';
import { outcomeJson, outcomeRows, tellNext } from '../proposals/outcome.js';
import { publishNext, type Published } from '../publish.js';
import { currentRole } from '../role-signers.js';
import { openService, SERVER_OPTION } from '../service.js';
import { digestPath, tagPath } from '../signed-image.js';
import { columns } from '../table.js';
import { refreshPin } from '../trusted.js';

export const command = defineCommand({
  usage: 'IMAGE[:TAG][@DIGEST] [--grant DOMAIN=LEVEL …] [--repository NAME] [--role ROLE]',
  description:
    'Signs what an image is and what it may do, and publishes it. The tag is resolved once, at the registry or from\n' +
    '--manifest. Two targets are signed: the tag, which moves with it, and the digest, which stays and carries the\n' +
    'grants, so that one digest has one set of grants whatever tags name it. Signing a digest again replaces its\n' +
    'grants, and warns. Without --grant and --preset no grants are signed, which policies deny by default.\n' +
    'Where the role needs more signatures than the keys here can give, it becomes a proposal that others sign with\n' +
    '`writ approve`, and is published with the last of them.\n' +
    'In a Notary repository the tag alone is signed, grants included, in every role that a key here may sign for, as\n' +
    '`docker trust` does; other tags of the digest get the same grants, and those whose grants that changed are named. A\n' +
    'repository is one of Notary where `writ init` or `writ trust add` made it one.',
  arguments: [1, 1],
  options: {
    ...GRANT_OPTIONS,
    repository: {
      type: 'string',
      value: 'NAME',
      help: 'the repository to sign in (default: that of the image, else the only trusted one)',
    },
    role: { type: 'string', value: 'ROLE', help: 'the role to sign as (default: targets)' },
    key: {
      type: 'string',
      multiple: true,
      value: 'KEY',
      help: 'sign with this key only: an id, or a PKCS #11 URI (default: all that may)',
    },
    manifest: {
      type: 'string',
      multiple: true,
      value: 'FILE',
      help: 'the manifest or index, without a registry; then the manifests that it lists',
    },
    'plain-http': { type: 'boolean', help: 'reach the registry by http' },
    ...SERVER_OPTION,
  },
  examples: [
    'writ sign registry.example/team/app:1 --grant network=user --grant security=confined',
    'writ sign registry.example/team/app:1 --preset web-service --manifest manifest.json',
    "writ sign registry.example/team/app:1 --key 'pkcs11:token=alice;object=targets'",
  ],
  run: async (context, values, [text = '']) => {
    const reference = parseImageReference(text);
    const chosen = await chooseRepository(context, values.repository, reference);
    const loaded = await context.catalogue();
    const grants = grantsAsked(loaded, values);
    const resolve = (): Promise<ManifestSet> =>
      values.manifest.length > 0
        ? manifestFromFiles(context, reference, values.manifest)
        : manifestFromRegistry(context, reference, values['plain-http']);
    if (chosen.format === 'notary') {
      if (values.key.length > 0) throw keyNotChosen();
      const manifests = await resolve();
      await signPinned(context, chosen.pinned, { reference, manifests, grants, role: values.role });
      return 0;
    }
    const role = values.role === undefined ? TARGETS : parseRoleName(values.role);
    const asked = { reference, manifests: await resolve(), grants, role, only: values.key };
    await signTargets(context, chosen.pin, loaded, asked);
    return 0;
  },
});

const keyNotChosen = (): WritError =>
  new WritError('USAGE', 'in a Notary repository every key of the trust folder signs that may', {
    hint: 'without --key; --role ROLE signs in one role alone',
  });

interface ImageSigning {
  readonly reference: ImageReference;
  readonly manifests: ManifestSet;
  /** Undefined for no signed grants. */
  readonly grants: Grants | undefined;
  readonly role: RoleName;
  /** Names of the keys to sign with; none: all that may. */
  readonly only: readonly string[];
}

async function signTargets(
  context: Context,
  pin: Pin,
  { catalogue }: LoadedCatalogue,
  { reference, manifests, grants, role, only }: ImageSigning,
): Promise<void> {
  const entries = entriesFor(reference, manifests);
  const pinned = digestPath(reference, manifests.digest);
  let before: TargetFile | undefined;
  const merge: NewEntries['merge'] = (path, entry, listed) => {
    if (path !== pinned) return entry;
    before = listed;
    return { ...entry, custom: replaceSignedGrants(listed?.custom, grants) };
  };
  const published = await publishEntries(context, pin, { role, entries, merge, manifests, only });
  const signed = {
    image: reference.toString(),
    pinned: reference.withDigest(manifests.digest).toString(),
    digest: manifests.digest,
    targets: [...entries.keys()],
    repository: pin.name,
    ...outcomeJson(published),
    grants: grants?.toJson() ?? null,
  };
  context.out.result(signed, () => words(signed, published, grants));
  const replaced = before && grantsCarried(before, catalogue);
  if (replaced !== undefined && replaced !== wordsOfGrants(grants)) {
    context.out.warn(
      `${pinned} was signed with the grants ${replaced}: they are replaced for all of its tags`,
    );
  }
  tellNext(context, pin.name, published);
}

interface Entry extends NewEntries {
  readonly role: RoleName;
  readonly manifests: ManifestSet;
  /** Names of the keys to sign with; none: all that may. */
  readonly only: readonly string[];
}

async function publishEntries(
  context: Context,
  pin: Pin,
  { role, entries, merge, manifests, only }: Entry,
): Promise<Published> {
  const service = await openService(context);
  const blobs = [manifests.bytes, ...manifests.children];
  const bins = await binsOfRole(await refreshPin(context, pin), pin, role);
  if (bins !== undefined)
    return signIntoBins(context, { pin, service, role, only }, bins, { entries, merge, blobs });
  return publishNext(context, pin, service, async view => {
    const { document, keys } = await currentRole(view, role);
    const { value } = document;
    const signed = buildTargets({
      ...value,
      version: value.version + 1,
      expires: expiryOfYear(context.io.clock.now()),
      targets: withEntries(value.targets, { entries, merge }),
    });
    return { role, base: value.version, signed, groups: [keys], only, blobs };
  });
}

/** Undefined when no grants are asked for: unsigned grants, which are not the lowest. */
function grantsAsked(
  loaded: LoadedCatalogue,
  values: { readonly grant: readonly string[]; readonly preset: string | undefined },
): Grants | undefined {
  return values.grant.length === 0 && values.preset === undefined ? undefined : grantsGiven(loaded, values);
}

function entriesFor(reference: ImageReference, { bytes, digest }: ManifestSet): Entries {
  const tag = reference.writtenTag ?? reference.tag;
  return new Map([
    ...(tag === undefined ? [] : [[tagPath(reference, tag), describeTarget(bytes)] as const]),
    [digestPath(reference, digest), describeTarget(bytes)],
  ]);
}

interface Signed {
  readonly targets: readonly string[];
  readonly digest: string;
  readonly repository: string;
}

function words(signed: Signed, published: Published, grants: Grants | undefined): string {
  return columns(
    [
      ...signed.targets.map((path, i) => [i === 0 ? 'signed' : '', path]),
      ['digest', signed.digest],
      ['repository', signed.repository],
      ...outcomeRows(published),
      ['grants', grants === undefined ? 'none: policies deny it by default, see --grant' : grants.toString()],
    ],
    '',
  );
}
