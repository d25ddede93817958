/** `writ trust add --format notary`: what a Notary repository is trusted by on this machine. */
import { sha256Hex } from '../../crypto/digest.js';
import { WritError } from '../../errors.js';
import { isPrefix, pinnedRoot, type NotaryPin, type NotaryTrust } from '../../notary/pins.js';
import { TRUST_ON_FIRST_USE } from '../../notary/pinning.js';
import { trustFirstRoot } from '../../notary/root-trust.js';
import type { NotaryServer } from '../../notary/server.js';
import type { Gun } from '../../tuf/notary/names.js';
import { ROOT } from '../../tuf/role-name.js';
import type { Context } from '../command.js';
import { inFile, readInputFile } from '../files.js';
import { connectTo, openNotaryPins, parseImageRepository } from './open.js';

/** One of the first five is given. */
export interface NotaryTrustWish extends Pick<NotaryPin, 'server' | 'serverCa' | 'keys'> {
  readonly root: string | undefined;
  readonly sha256: string | undefined;
  readonly rootKeys: readonly string[];
  /** File of authorities. */
  readonly ca: string | undefined;
  readonly firstUse: boolean;
}

const MAX_PEM = 1024 * 1024;
const KEY_ID = /^[0-9a-f]{64}$/;

/**
 * Pins a Notary repository, or with `/*` at the end of its name all that begin so.
 *
 * @throws WritError USAGE; TRUST_PINNED; TUF_HASH for another root than the one that is named; NOTARY_NO_TRUST, NOTARY_ROOT
 */
export async function addNotary(context: Context, name: string, wish: NotaryTrustWish): Promise<void> {
  const isMany = isPrefix({ name });
  const gun = parseImageRepository(isMany ? name.slice(0, -2) : name);
  const { server, serverCa, keys } = wish;
  const trust = await trustOf(context, { gun, isMany }, wish);
  const pin: NotaryPin = { name, server, serverCa, keys, trust };
  await (await openNotaryPins(context)).add(pin);
  tell(context, pin);
}

interface Named {
  readonly gun: Gun;
  readonly isMany: boolean;
}

async function trustOf(
  context: Context,
  { gun, isMany }: Named,
  wish: NotaryTrustWish,
): Promise<NotaryTrust> {
  const { root, sha256, rootKeys, ca, firstUse, server, serverCa } = wish;
  const ways = [root !== undefined, sha256 !== undefined, rootKeys.length > 0, ca !== undefined, firstUse];
  if (ways.filter(Boolean).length !== 1) throw oneWay();
  if (rootKeys.length > 0) return { kind: 'keys', ids: rootKeys.map(checkedKey) };
  if (ca !== undefined) return { kind: 'authority', pem: await readInputFile(ca, MAX_PEM) };
  if (isMany) throw new WritError('USAGE', 'many repositories are trusted by --ca or --root-key');
  if (root !== undefined) {
    const bytes = await readInputFile(root, MAX_ROOT);
    return inFile(root, () => rootTrust(context, gun, bytes));
  }
  const at = await connectTo(context, { gun, server, serverCa }, 'pull');
  if (sha256 !== undefined) return rootTrust(context, gun, await rootByHash(at, gun, checkedHash(sha256)));
  const bytes = await at.get(ROOT, MAX_ROOT);
  if (bytes === null) throw noTrust(at, gun);
  context.out.warn(
    `${gun} is trusted because ${at.host} says so: compare its root, ${sha256Hex(bytes)}, with its owner`,
  );
  return rootTrust(context, gun, bytes);
}

/** Roots of people are small; what is pinned is read with every command. */
const MAX_ROOT = 1024 * 1024;

/** The root must be one for this repository, and signed by its own keys. @throws WritError NOTARY_ROOT, TUF_* */
async function rootTrust(context: Context, gun: Gun, root: Uint8Array): Promise<NotaryTrust> {
  await trustFirstRoot(root, { gun, pinning: TRUST_ON_FIRST_USE, now: context.io.clock.now() });
  return { kind: 'root', root };
}

/** @throws WritError TUF_HASH, NOTARY_NO_TRUST */
async function rootByHash(server: NotaryServer, gun: Gun, sha256: string): Promise<Uint8Array> {
  const bytes =
    (await server.get(`${ROOT}.${sha256}`, MAX_ROOT)) ?? (await server.get(`1.${ROOT}`, MAX_ROOT));
  if (bytes === null) throw noTrust(server, gun);
  const actual = sha256Hex(bytes);
  if (actual === sha256) return bytes;
  throw new WritError(
    'TUF_HASH',
    `the root is served with the SHA-256 ${actual}, not the trusted ${sha256}`,
    {
      hint: 'do not trust it: ask the owner for the hash again, and the operator for the reason',
    },
  );
}

const noTrust = ({ host }: NotaryServer, gun: Gun): WritError =>
  new WritError('NOTARY_NO_TRUST', `${host} does not have trust data for ${gun}`);

const oneWay = (): WritError =>
  new WritError(
    'USAGE',
    'give one of --root FILE, --sha256 HEX, --root-key ID, --ca FILE and --trust-on-first-use',
    { hint: 'get the root, its hash or its key from somebody you trust' },
  );

function checkedKey(id: string): string {
  if (KEY_ID.test(id)) return id;
  throw new WritError('USAGE', '--root-key must be 64 lower-case hex digits, as `writ inspect` shows them');
}

function checkedHash(text: string): string {
  if (KEY_ID.test(text)) return text;
  throw new WritError('USAGE', '--sha256 must be 64 lower-case hex digits');
}

function tell({ out }: Context, pin: NotaryPin): void {
  const { name, server } = pin;
  const root = pinnedRoot(pin);
  const json = { name, url: server, sha256: root?.sha256 ?? null, version: root?.version ?? null };
  out.result({ ...json, format: 'notary', pin: pin.trust.kind }, () =>
    root === undefined
      ? `trusting ${name} at ${server} by ${pin.trust.kind === 'keys' ? 'its root keys' : 'an authority'}`
      : `trusting ${name} at ${server} from root version ${root.version}\nsha256 ${root.sha256}`,
  );
}
