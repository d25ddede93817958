/** Which root an update starts from, and how it comes to a newer one. client/tufclient.go. */
import { WritError } from '../errors.js';
import { isExpired, refuseExpired } from '../tuf/expiry.js';
import type { NotaryFile } from '../tuf/format/notary1.js';
import type { Root } from '../tuf/model.js';
import { describeNotaryFile, sameHashes } from '../tuf/notary/describe.js';
import { ROOT } from '../tuf/role-name.js';
import type { Verified } from '../tuf/verified.js';
import { pinCheck, TRUST_ON_FIRST_USE, type PinCheck } from './pinning.js';
import { parseRoot, ROTATION_FAILED, trustFirstRoot, trustNextRoot, type RootTrust } from './root-trust.js';
import { MAX_DOCUMENT } from './trust-folder.js';
import { keep, type UpdateOptions } from './update-options.js';

/** Roots between what is trusted and what is current: more than a repository has in a century. */
const MAX_WALK = 1024;

/** The root that is kept, or else the first one that the server has. @throws WritError as `update` */
export async function rootToStartFrom(options: UpdateOptions, trust: RootTrust): Promise<Verified<Root>> {
  const kept = await options.folder.read(ROOT);
  // What is kept is what was pinned: pins of the configuration are for who has nothing yet.
  const trusted = kept && (await trustFirstRoot(kept, { ...trust, pinning: TRUST_ON_FIRST_USE }));
  if (trusted !== null && !isExpired(trusted.value, trust.now)) {
    if (options.forWriting) await serverRoot(options);
    return trusted;
  }
  const served = await serverRoot(options);
  if (trusted !== null) return follow(options, trust, trusted, served, await repin(trust));
  const first = await trustFirstRoot(served, trust);
  refuseExpired(first, trust.now);
  await keep(options, ROOT, served);
  return first;
}

const repin = ({ pinning, gun, now }: RootTrust): Promise<PinCheck> => pinCheck(pinning, gun, now, false);

/** @throws WritError NOTARY_NO_TRUST */
async function serverRoot({ server, gun }: UpdateOptions): Promise<Uint8Array> {
  const served = await server.get(ROOT, MAX_DOCUMENT);
  if (served !== null) return served;
  throw new WritError('NOTARY_NO_TRUST', `${server.host} does not have trust data for ${gun}`);
}

/**
 * The newest root: the one that the snapshot names, where that is known, or that of the server.
 *
 * @throws WritError NOTARY_ROOT, TUF_*, and as {@link serverRoot}
 */
export async function newestRoot(
  options: UpdateOptions,
  trust: RootTrust,
  current: Verified<Root>,
  named: NotaryFile | undefined,
): Promise<Verified<Root>> {
  if (named !== undefined && sameHashes(named, describeNotaryFile(current.bytes))) return current;
  const sha256 = named?.hashes.get('sha256');
  const served =
    (sha256 === undefined ? null : await options.server.get(`${ROOT}.${sha256}`, MAX_DOCUMENT)) ??
    (await serverRoot(options));
  return follow(options, trust, current, served, undefined);
}

/** From the root that is trusted to the one that was served, over those between where they are needed. */
async function follow(
  options: UpdateOptions,
  trust: RootTrust,
  current: Verified<Root>,
  served: Uint8Array,
  pinned: PinCheck | undefined,
): Promise<Verified<Root>> {
  const newest = parseRoot(served);
  const direct = trustNextRoot(current, newest, trust, pinned);
  const reached =
    direct ??
    trustNextRoot(await walk(options, trust, current, newest.signed.version), newest, trust, pinned);
  if (reached === undefined) throw new WritError('NOTARY_ROOT', ROTATION_FAILED);
  refuseExpired(reached, trust.now);
  await keep(options, ROOT, served);
  return reached;
}

/** The last root before version `to`; each must be signed by the one before it, and may have expired. */
async function walk(
  { server }: UpdateOptions,
  trust: RootTrust,
  from: Verified<Root>,
  to: number,
): Promise<Verified<Root>> {
  if (to - from.value.version > MAX_WALK) {
    throw new WritError(
      'TUF_LIMIT',
      `more than ${MAX_WALK} roots lie between the one that is trusted and the newest`,
    );
  }
  let current = from;
  for (let version = from.value.version + 1; version < to; version++) {
    const bytes = await server.get(`${version}.${ROOT}`, MAX_DOCUMENT);
    if (bytes === null)
      throw new WritError('TUF_MISSING', `the server does not have version ${version} of the root`);
    const document = parseRoot(bytes);
    if (document.signed.version !== version) {
      throw new WritError(
        'TUF_VERSION',
        `the server sent version ${document.signed.version} of the root for ${version}`,
      );
    }
    const next = trustNextRoot(current, document, trust);
    if (next === undefined) throw new WritError('NOTARY_ROOT', ROTATION_FAILED);
    current = next;
  }
  return current;
}
