/** Changes of roots and targets, in words: everything that is signed, before it is signed. */
import type { Catalogue } from '../entitlements/model.js';
import { WritError } from '../errors.js';
import type { JsonObject } from '../json/types.js';
import { readSignedGrants } from '../policy/signed-grants.js';
import type { KeyChange, RoleKeysChange } from '../tuf/change/keys.js';
import { ROOT_ROLES, type Both, type RootChange } from '../tuf/change/root.js';
import { membersThatDiffer } from '../tuf/change/same.js';
import {
  scopeOf,
  targetsStay,
  type BinsChange,
  type DelegationChange,
  type TargetChange,
  type TargetsChange,
} from '../tuf/change/targets.js';
import type { TargetFile } from '../tuf/model.js';
import { oneLine } from './printable.js';

const MARKS = { kept: ' ', added: '+', removed: '-', exchanged: '!' } as const;

/**
 * A root, whole, with marks where it differs from the one before: `+` comes, `-` goes. Whoever hands over a false root
 * as the one before can move the marks, and hide nothing.
 */
export function rootWords({ version, expires, roles, unusedKeys, other }: RootChange): string {
  return [
    `root ${versionWords(version)}`,
    `  expires    ${bothWords(expires, date => date.toISOString())}`,
    ...ROOT_ROLES.flatMap(name => [
      `  ${name.padEnd(9)}  ${thresholdWords(roles[name])}`,
      ...keyLines(roles[name], '    '),
    ]),
    ...unusedKeys.map(id => `  ! lists the key ${oneLine(id)}, which no role uses`),
    ...other.map(name => `  ! ${oneLine(name)} differs`),
  ].join('\n');
}

/** What a targets document changes; what stays is not shown. */
export function targetsWords(role: string, change: TargetsChange, catalogue: Catalogue): string {
  const { version, expires, targets, delegations, bins, order, unusedKeys, other } = change;
  return [
    `${oneLine(role)} ${versionWords(version)}`,
    `  expires  ${bothWords(expires, date => date.toISOString())}`,
    ...targets.flatMap(one => targetLines(one, catalogue)),
    ...delegations.flatMap(delegationLines),
    ...(bins === undefined ? [] : binsLines(bins)),
    ...(order === undefined ? [] : [`  ! asked in the order ${order.after.map(oneLine).join(', ')}`]),
    ...unusedKeys.map(id => `  ! lists the key ${oneLine(id)}, which no role uses`),
    ...other.map(name => `  ! ${oneLine(name)} differs`),
    ...(targetsStay(change) ? ['  nothing else changes'] : []),
  ].join('\n');
}

const versionWords = ({ before, after }: Both<number>): string =>
  before === undefined ? `version ${after}, the first` : `version ${after}, after version ${before}`;

function bothWords<T>({ before, after }: Both<T>, write: (value: T) => string): string {
  const [old, next] = [before === undefined ? undefined : write(before), write(after)];
  return old === undefined || old === next ? next : `${next} (was ${old})`;
}

function thresholdWords({ threshold, keys }: RoleKeysChange): string {
  const { before, after } = threshold;
  const count = keys.filter(({ change }) => change !== 'removed').length;
  const words = `${after ?? 0} of ${count} key${count === 1 ? '' : 's'} must sign`;
  return before === undefined || after === undefined || before === after
    ? words
    : `${words} (${before} before)`;
}

function keyLines({ keys, other }: RoleKeysChange, indent: string): string[] {
  return [
    ...keys.map(one => `${indent}${MARKS[one.change]} ${oneLine(one.id)}  ${keyWords(one)}`),
    ...other.map(name => `${indent}! ${oneLine(name)} differs`),
  ];
}

function keyWords({ key, change }: KeyChange): string {
  const what =
    key === undefined
      ? 'no such key is listed'
      : 'scheme' in key
        ? key.scheme
        : `cannot count: ${key.reason}`;
  return oneLine(change === 'exchanged' ? `${what}, another key under the same id` : what);
}

function targetLines({ path, before, after }: TargetChange, catalogue: Catalogue): string[] {
  const mark = before === undefined ? '+' : after === undefined ? '-' : '~';
  return [
    `  ${mark} ${oneLine(path)}`,
    ...facets(path, before, after, catalogue).map(line => `      ${oneLine(line)}`),
  ];
}

/** Digest, grants and length by their names, then whatever else of the entry differs. */
function facets(
  path: string,
  before: TargetFile | undefined,
  after: TargetFile | undefined,
  catalogue: Catalogue,
): string[] {
  const say = (name: string, write: (file: TargetFile) => string | undefined, always = false): string[] => {
    const [old, next] = [before && write(before), after && write(after)];
    if (old === next) return always ? [`${name.padEnd(7)} ${next ?? ''}`] : [];
    return [`${name.padEnd(7)} ${[old, next].filter(one => one !== undefined).join(' → ')}`];
  };
  return [
    ...say('sha256', ({ hashes }) => hashes.get('sha256') ?? 'none'),
    // Grants ride with the digest; a tag has none of its own.
    ...say(
      'grants',
      ({ custom }) => (isTag(path, custom) ? undefined : grantsWords(custom, catalogue)),
      path.includes('@'),
    ),
    ...say('length', ({ length }) => String(length)),
    ...members(hashesOf(before), hashesOf(after), 'sha256'),
    ...members(before?.custom, after?.custom, GRANTS),
    ...members(before?.unrecognized, after?.unrecognized),
  ];
}

const GRANTS = 'writ';
const isTag = (path: string, custom: JsonObject | undefined): boolean =>
  !path.includes('@') && custom?.[GRANTS] === undefined;
const hashesOf = (file: TargetFile | undefined): JsonObject => Object.fromEntries(file?.hashes ?? []);

/** What else is signed about a target, and differs. */
function members(before: JsonObject | undefined, after: JsonObject | undefined, known?: string): string[] {
  return membersThatDiffer(before, after)
    .filter(name => name !== known)
    .map(name => `${name} ${after?.[name] === undefined ? 'is gone' : `is ${JSON.stringify(after[name])}`}`);
}

/** The grants of a target as its policy would read them; what cannot be read, as it is written. */
export function grantsWords(custom: JsonObject | undefined, catalogue: Catalogue): string {
  try {
    return readSignedGrants(catalogue, custom)?.toString() ?? 'none';
  } catch (error) {
    if (!(error instanceof WritError)) throw error;
    return `unreadable: ${JSON.stringify(custom?.[GRANTS])}`;
  }
}

function delegationLines({ name, before, after, keys }: DelegationChange): string[] {
  if (after === undefined) return [`  - role ${oneLine(name)}: no longer speaks for anything`];
  const [old, next] = [before && scopeOf(before), scopeOf(after)];
  const kind = after.scope.kind === 'paths' ? 'path' : 'hash prefix';
  const ends = after.terminating ? 'terminating' : 'not terminating: roles after it are asked too';
  const was = before !== undefined && before.terminating !== after.terminating ? ', was not so before' : '';
  return [
    `  ${before === undefined ? '+' : '~'} role ${oneLine(name)}: ${thresholdWords(keys)}; ${ends}${was}`,
    ...next.map(one => `      ${old?.includes(one) === true ? ' ' : '+'} ${kind} ${oneLine(one)}`),
    ...(old ?? []).filter(one => !next.includes(one)).map(one => `      - ${kind} ${oneLine(one)}`),
    ...keyLines(keys, '      '),
  ];
}

function binsLines({ before, after, keys }: BinsChange): string[] {
  const words = (bins: BinsChange['after']): string =>
    bins === undefined ? 'none' : `${2 ** bins.bitLength} hash bins ${oneLine(bins.namePrefix)}-…`;
  return [`  ~ ${words(before)} → ${words(after)}; ${thresholdWords(keys)}`, ...keyLines(keys, '      ')];
}
