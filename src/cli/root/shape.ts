/** A root as the flags describe it: whose keys, how many of them, until when. */
import { parsePublicKey, type PublicKey } from '../../crypto/public-key.js';
import type { KeyId } from '../../crypto/key-id.js';
import { WritError } from '../../errors.js';
import { asObject, objectAt } from '../../json/read.js';
import { parseStrict } from '../../json/strict.js';
import { ROOT_ROLES } from '../../tuf/change/root.js';
import { buildRoot } from '../../tuf/build/signed-part.js';
import { signDocument } from '../../tuf/build/sign.js';
import type { Root } from '../../tuf/model.js';
import { ROOT, type RoleType } from '../../tuf/role-name.js';
import type { Context, OptionSpecs } from '../command.js';
import { parseDuration } from '../duration.js';
import { inFile, readInputFile } from '../files.js';
import { keyNamed } from '../key-argument.js';

export const SHAPE_OPTIONS = {
  threshold: {
    type: 'string',
    multiple: true,
    value: 'ROLE=N',
    help: 'how many keys of a role must sign (default: as before, 1 at first)',
  },
  online: {
    type: 'string',
    value: 'FILE',
    help: 'the keys of the service for snapshot and timestamp, from `writ root online`',
  },
  lifetime: { type: 'string', value: 'TIME', help: 'until it expires: 90d, 365d (default: 365d)' },
} as const satisfies OptionSpecs;

/** What an edit does to a root, still as it was written. */
export interface ShapeFlags {
  /** `ROLE=KEY`. */
  readonly add: readonly string[];
  /** `ROLE=KEY`, by the ids that the root lists. */
  readonly remove: readonly string[];
  readonly threshold: readonly string[];
  readonly online: string | undefined;
  readonly lifetime: string | undefined;
}

type Roles = Record<RoleType, { keyIds: KeyId[]; threshold: number; unrecognized?: Root['unrecognized'] }>;

/** A root under change. */
interface Draft {
  readonly keys: Map<KeyId, PublicKey | NonNullable<ReturnType<Root['keys']['get']>>>;
  readonly roles: Roles;
}

/**
 * The next root, unsigned: `previous` with what the flags change, or the first.
 *
 * @throws WritError USAGE for flags that make no sense; as keyNamed, readInputFile
 */
export async function shapeRoot(
  context: Context,
  previous: Root | undefined,
  flags: ShapeFlags,
): Promise<Uint8Array> {
  const draft = draftOf(previous);
  for (const text of flags.remove) removeKey(draft, ...assignment(text, '--remove'));
  if (flags.online !== undefined) await useOnline(draft, flags.online);
  for (const text of flags.add) {
    const [role, name] = assignment(text, '--key');
    addKey(draft, role, await keyNamed(context, name));
  }
  for (const text of flags.threshold) {
    const [role, count] = assignment(text, '--threshold');
    draft.roles[role].threshold = thresholdOf(count);
  }
  const seconds = parseDuration(flags.lifetime ?? '365d', '--lifetime');
  const signed = buildRoot({
    ...previous,
    version: (previous?.version ?? 0) + 1,
    expires: new Date((Math.floor(context.io.clock.now().getTime() / 1000) + seconds) * 1000),
    consistentSnapshot: true,
    keys: usedKeys(draft),
    roles: draft.roles,
  });
  return signDocument(signed, ROOT, []);
}

function draftOf(previous: Root | undefined): Draft {
  const role = (name: RoleType): Roles[RoleType] => {
    const before = previous?.roles[name];
    return before === undefined ? { keyIds: [], threshold: 1 } : { ...before, keyIds: [...before.keyIds] };
  };
  return {
    keys: new Map(previous?.keys),
    roles: {
      root: role('root'),
      targets: role('targets'),
      snapshot: role('snapshot'),
      timestamp: role('timestamp'),
    },
  };
}

/** `root=alice.pem`. */
function assignment(text: string, option: string): [RoleType, string] {
  const [, name = '', value = ''] = /^([^=]*)=(.+)$/s.exec(text) ?? [];
  const role = ROOT_ROLES.find(known => known === name);
  if (role !== undefined) return [role, value];
  throw new WritError('USAGE', `${option} ${JSON.stringify(text)} names no role of the root`, {
    hint: `write ROLE=…, ROLE being one of ${ROOT_ROLES.join(', ')}`,
  });
}

function thresholdOf(text: string): number {
  if (/^[1-9]\d{0,2}$/.test(text)) return Number(text);
  throw new WritError('USAGE', `a threshold must be a number from 1 to 999, not ${JSON.stringify(text)}`);
}

/** A key that the root lists already, under whatever id, is listed once. */
function addKey({ keys, roles }: Draft, role: RoleType, key: PublicKey): void {
  const id = [...keys].find(([, known]) => known.material === key.material)?.[0] ?? key.id;
  if (roles[role].keyIds.includes(id)) {
    throw new WritError('USAGE', `${id} is a key of the role ${role} already`);
  }
  if (!keys.has(id)) keys.set(id, key);
  roles[role].keyIds.push(id);
}

function removeKey({ roles }: Draft, role: RoleType, text: string): void {
  const { keyIds } = roles[role];
  const found = keyIds.filter(id => id === text || (text.length >= 7 && id.startsWith(text)));
  const [only] = found;
  if (only === undefined || found.length > 1) {
    throw new WritError('USAGE', `--remove ${role}=${text} names ${found.length} keys of the role`, {
      hint: `its keys are ${keyIds.join(', ')}`,
    });
  }
  keyIds.splice(keyIds.indexOf(only), 1);
}

/** The service has one key for each of its roles: those before go. */
async function useOnline(draft: Draft, file: string): Promise<void> {
  const bytes = await readInputFile(file, 64 * 1024);
  await inFile(file, () => {
    const answer = asObject(parseStrict(bytes), 'file');
    for (const role of ['snapshot', 'timestamp'] as const) {
      draft.roles[role].keyIds.splice(0);
      addKey(draft, role, parsePublicKey(objectAt(answer, role, 'file'), `file.${role}`));
    }
  });
}

/** What no role uses any more is not listed. */
const usedKeys = ({ keys, roles }: Draft): Root['keys'] => {
  const used = new Set(ROOT_ROLES.flatMap(name => roles[name].keyIds));
  return new Map([...keys].filter(([id]) => used.has(id)));
};
