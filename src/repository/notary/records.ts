/** How a Notary repository lies in the index: which documents are current, and where each version is. */
import { asArray, asInteger, asObject, integerAt, objectAt, stringAt } from '../../json/read.js';
import { member, type JsonObject, type JsonValue } from '../../json/types.js';
import { parseRoleName, type RoleName } from '../../tuf/role-name.js';
import { readFileRecord, writeFileRecord, type FileRecord } from '../file-record.js';
import { parseGun, type Gun } from '../../tuf/notary/names.js';
import type { NotaryState } from './state.js';

export interface CurrentFile extends FileRecord {
  readonly version: number;
  readonly expires: Date;
}

export interface Head {
  readonly gun: Gun;
  readonly roles: ReadonlyMap<RoleName, CurrentFile>;
}

export const writeHead = (gun: Gun, documents: NotaryState['documents']): JsonObject =>
  writeHeadOf({
    gun,
    roles: new Map(
      Array.from(documents, ([role, { version, expires, file, at, part }]) => [
        role,
        { version, expires, sha256: file.hashes.get('sha256') ?? '', at, part },
      ]),
    ),
  });

export const writeHeadOf = ({ gun, roles }: Head): JsonObject => ({
  gun,
  roles: Object.fromEntries(
    Array.from(roles, ([role, { version, expires, ...record }]) => [
      role,
      { version, expires: expires.toISOString(), ...writeFileRecord(record) },
    ]),
  ),
});

/** Values of the index never change: each is read once. */
const heads = new WeakMap<object, Head>();

/** @throws WritError JSON_TYPE, NOTARY_GUN, TUF_ROLE_NAME */
export function readHead(value: JsonValue): Head {
  const json = asObject(value, 'head');
  const known = heads.get(json);
  if (known !== undefined) return known;
  const head = parseHead(json);
  heads.set(json, head);
  return head;
}

function parseHead(json: JsonObject): Head {
  const roles = objectAt(json, 'roles', 'head');
  return {
    gun: parseGun(stringAt(json, 'gun', 'head')),
    roles: new Map(
      Object.entries(roles).map(([role, value]) => {
        const file = asObject(value, role);
        const version = integerAt(file, 'version', role, 1);
        const expires = new Date(stringAt(file, 'expires', role));
        return [parseRoleName(role), { ...readFileRecord(file), version, expires }];
      }),
    ),
  };
}

/** The generations of keys that a root may name for an online role: the newest first, at most so many. */
const MAX_GENERATIONS = 64;

export interface Generations {
  readonly snapshot: readonly number[];
  readonly timestamp: readonly number[];
}

/** @param first - the only one of a repository for which no key was ever made anew */
export function readGenerations(value: JsonValue | undefined, first: number): Generations {
  const json = value === undefined ? {} : asObject(value, 'generations');
  const of = (role: string): readonly number[] => {
    const list = member(json, role);
    return list === undefined ? [first] : asArray(list, role).map(item => asInteger(item, role, 1));
  };
  return { snapshot: of('snapshot'), timestamp: of('timestamp') };
}

/** `generations` with a new one. Of those that no root names, the oldest is forgotten. */
export const withGeneration = (generations: readonly number[], next: number, active: number): number[] => {
  const kept = generations.slice(0, MAX_GENERATIONS - 1);
  return [next, ...kept, ...(kept.includes(active) || !generations.includes(active) ? [] : [active])];
};
