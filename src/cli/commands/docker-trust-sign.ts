import { spawn } from 'node:child_process';
import { isWritError, reasonOf, WritError } from '../../errors.js';
import type { JsonObject } from '../../json/types.js';
import type { NotaryCollection } from '../../notary/collection.js';
import { writeSignedGrants } from '../../policy/signed-grants.js';
import { isJsonObject } from '../../json/types.js';
import type { TargetFile } from '../../tuf/model.js';
import { defineCommand, type Context } from '../command.js';
import { GRANT_OPTIONS, grantsGiven, type GivenGrants } from '../grants.js';
import { manifestFromFiles, manifestFromRegistry, type ManifestSet } from '../manifests.js';
import { makeRepositoryWithSigner } from '../docker-trust/initialize.js';
import {
  isReleased,
  readIfThere,
  releasedTarget,
  signableRoles,
  signerOfRole,
} from '../../notary/released.js';
import { checkSigner } from '../docker-trust/signer-name.js';
import { isInsecure, openTrust, parseNamed, type Named } from '../docker-trust/session.js';
import { dockerCredentials } from '../../registry/credentials.js';

export const command = defineCommand({
  usage: 'IMAGE:TAG [--local] [--grant DOMAIN=LEVEL …]',
  description:
    'Signs a tag with every key of the trust folder that may. A tag that is signed already is signed for the same digest;\n' +
    'else, and with --local, what the registry has under the tag now is signed: an image, or an index of several\n' +
    'platforms. An image that is only in the local Docker engine is pushed first; --local always pushes it. The first\n' +
    'signature makes the repository: its root and repository keys, and a signer named like the user of the registry.\n' +
    'Grants that were signed stay with the digest that they were signed for.',
  arguments: [1, 1],
  options: {
    local: { type: 'boolean', help: 'push the image of the local Docker engine, and sign that' },
    ...GRANT_OPTIONS,
    manifest: { type: 'string', value: 'FILE', help: 'the manifest or index; the registry is not asked' },
    'plain-http': { type: 'boolean', help: 'reach the registry without TLS, as those of this machine are' },
  },
  examples: [
    'writ docker-trust sign registry.example/acme/app:1.0',
    'writ docker-trust sign registry.example/acme/app:1.0 --grant network=serve',
  ],
  run: async (context, values, [text = '']) => {
    const named = parseNamed(text);
    const { tag } = named;
    if (tag === undefined) throw new WritError('USAGE', `no tag specified for ${text}`);
    const custom = await customOf(context, values);
    const repository = await openTrust(context, named, 'push,pull');
    await repository.changes.remove();
    const collection = (await readIfThere(repository)) ?? (await firstTime());
    const file = await fileToSign(context, { ...named, tag }, collection, { ...values, custom });
    const roles = await signableRoles(repository, collection, tag);
    for (const line of existing(collection, tag, file)) context.out.note(line);
    await repository.addTarget(tag, file, roles);
    await repository.publish();
    const digest = `sha256:${file.hashes.get('sha256') ?? ''}`;
    context.out.result(
      { image: named.reference.repository, tag, digest, signers: roles.map(signerOfRole) },
      () => `Successfully signed ${named.reference.repository}:${tag}`,
    );
    return 0;

    async function firstTime(): Promise<NotaryCollection> {
      await manifestOf(context, named, values); // an image that is not there must not make a repository
      const user = (await dockerCredentials(context.io.env)(named.reference.domain))?.username;
      const signer = checkSigner(user ?? context.io.env['USER'] ?? '');
      await makeRepositoryWithSigner(repository, signer);
      context.out.note(`Created signer: ${signer}`);
      context.out.note(`Finished initializing signed repository for ${text}`);
      return repository.read();
    }
  },
});

interface Wishes {
  readonly local: boolean;
  readonly manifest: string | undefined;
  readonly 'plain-http': boolean;
  readonly custom?: JsonObject | undefined;
}

async function customOf(context: Context, given: GivenGrants): Promise<JsonObject | undefined> {
  if (given.grant.length === 0 && given.preset === undefined) return undefined;
  return writeSignedGrants(grantsGiven(await context.catalogue(), given));
}

/** What the tag is to mean: what it means already, or what the registry has. Grants stay with their digest. */
async function fileToSign(
  context: Context,
  named: Named & { readonly tag: string },
  collection: NotaryCollection,
  wishes: Wishes,
): Promise<TargetFile> {
  const released = releasedTarget(collection, named.tag)?.file;
  const { custom } = wishes;
  if (released !== undefined && !wishes.local && wishes.manifest === undefined)
    return custom === undefined ? released : { ...released, custom };
  const { bytes, digest } = await manifestOf(context, named, wishes);
  const hashes = new Map([['sha256', digest.slice('sha256:'.length)]] as const);
  const same = released?.hashes.get('sha256') === hashes.get('sha256') ? released?.custom : undefined;
  const carried = custom ?? (isJsonObject(same) ? same : undefined);
  return { length: bytes.length, hashes, ...(carried !== undefined && { custom: carried }) };
}

async function manifestOf(
  context: Context,
  { reference, text }: Named,
  wishes: Wishes,
): Promise<ManifestSet> {
  if (wishes.manifest !== undefined) return manifestFromFiles(context, reference, [wishes.manifest]);
  if (wishes.local) await dockerPush(context, text);
  const ask = (): Promise<ManifestSet> =>
    manifestFromRegistry(context, reference, wishes['plain-http'] || isInsecure(reference));
  try {
    return await ask();
  } catch (error) {
    // As docker: an image that is only here is pushed.
    if (wishes.local || !isWritError(error, 'REGISTRY_NOT_FOUND')) throw error;
    await dockerPush(context, text).catch((cause: unknown) => {
      context.out.detail(() => reasonOf(cause));
      throw error;
    });
    return ask();
  }
}

/** Content trust of its own would sign before us. */
async function dockerPush({ io, out }: Context, image: string): Promise<void> {
  out.note(`Pushing ${image}...`);
  const env = { ...io.env, DOCKER_CONTENT_TRUST: '0' };
  const child = spawn('docker', ['push', '--quiet', image], { env, stdio: ['ignore', 'ignore', 'inherit'] });
  const status = await new Promise<number | null>((resolve, reject) => {
    child.once('close', resolve);
    child.once('error', cause => {
      reject(new WritError('CLI_FILE', `docker cannot be run: ${reasonOf(cause)}`, { cause }));
    });
  });
  if (status !== 0) throw new WritError('CLI_FILE', `docker could not push ${image}`);
}

/** As docker says who signed before. */
function existing(collection: NotaryCollection, tag: string, file: TargetFile): string[] {
  const sha256 = file.hashes.get('sha256');
  const signers = collection
    .allTargets(tag)
    .filter(target => !isReleased(target.role) && target.file.hashes.get('sha256') === sha256)
    .map(({ role }) => signerOfRole(role));
  if (signers.length === 0) return [];
  return [`Existing signatures for tag ${tag} digest ${sha256 ?? ''} from:`, signers.sort().join(', ')];
}
