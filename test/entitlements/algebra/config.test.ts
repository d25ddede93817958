/** Two config.json, part by part: what is more, what is less, and what has no order. */
import fc from '../../support/property.js';
import { describe, expect, it } from 'vitest';
import { compareConfigs, type PartComparison } from '../../../src/entitlements/algebra/config-compare.js';
import { deviceBeyond, deviceRulesOf } from '../../../src/entitlements/algebra/config-devices.js';
import { join } from '../../../src/entitlements/grants.js';
import type { JsonObject, JsonValue } from '../../../src/json/types.js';
import { compile } from '../../../src/entitlements/compile.js';
import { fullPoint, random } from '../../system/laws.js';
import { baselines, catalogue, NODE } from '../catalogue.js';

/** `path` of an otherwise empty config. */
function config(path: string, value: JsonValue): JsonObject {
  const [key = '', ...rest] = path.split('.');
  return { [key]: rest.length === 0 ? value : config(rest.join('.'), value) };
}
const different = (a: JsonObject, b: JsonObject): PartComparison[] =>
  compareConfigs(a, b).filter(({ relation }) => relation !== 'equal');

const net = (path?: string): JsonValue => [{ type: 'network', ...(path !== undefined && { path }) }];
const limit = (soft: number, hard: number): JsonValue => [{ type: 'RLIMIT_NOFILE', soft, hard }];
const bind = (...options: string[]): JsonValue => [
  { source: '/a', destination: '/b', type: 'bind', options },
];

/** The part, a value that permits less, one that permits more (undefined: nothing is said), what is shown of it. */
const LESS_AND_MORE: readonly (readonly [string, JsonValue | undefined, JsonValue | undefined, string])[] = [
  ...['bounding', 'effective', 'permitted', 'inheritable', 'ambient'].map(
    set => [`process.capabilities.${set}`, ['CAP_KILL'], ['CAP_CHOWN', 'CAP_KILL'], 'CAP_CHOWN'] as const,
  ),
  ['process.noNewPrivileges', true, false, 'false'],
  ['process.noNewPrivileges', true, undefined, 'false'],
  ['process.user', { uid: 5, gid: 5 }, { uid: 0, gid: 0 }, 'user 0'],
  ['process.user', { uid: 5, gid: 5 }, undefined, 'user 0'],
  ['process.user', { uid: 5, gid: 5 }, { uid: 5, gid: 5, additionalGids: [6] }, 'group 6'],
  ['process.rlimits', limit(5, 6), limit(5, 7), 'RLIMIT_NOFILE hard 7'],
  ['process.rlimits', limit(5, 6), undefined, 'RLIMIT_NOFILE soft unlimited'],
  ['process.apparmorProfile', 'docker-default', undefined, 'none'],
  ['process.selinuxLabel', 'a:b', '', 'none'],
  ['root.readonly', true, undefined, 'false'],
  ['mounts', [], bind(), '/a on /b'],
  ['mounts', bind('ro'), bind('rw'), '/a on /b'],
  ['linux.maskedPaths', ['/proc/acpi', '/proc/kcore'], ['/proc/kcore'], '/proc/acpi'],
  ['linux.maskedPaths', ['/proc'], ['/proc/kcore'], '/proc'],
  ['linux.readonlyPaths', ['/proc/sys'], [], '/proc/sys'],
  ['linux.namespaces', net(), undefined, "the node's"],
  ['linux.namespaces', net(), net('/run/netns/x'), '/run/netns/x'],
  ['linux.devices', [], [{ path: '/dev/kvm' }], '{"path":"/dev/kvm"}'],
  ['linux.resources.memory.limit', 5, 6, '6'],
  ['linux.resources.memory.limit', 5, -1, 'unlimited'],
  ['linux.resources.memory.swap', 5, undefined, 'unlimited'],
  ['linux.resources.pids.limit', 5, 0, 'unlimited'],
  ['linux.resources.cpu', { quota: 5, period: 10 }, { quota: 11, period: 20 }, '11 of 20'],
  ['linux.resources.cpu', { quota: 99_000 }, { quota: -1 }, 'unlimited'],
  [
    'linux.resources.devices',
    [{ allow: false, access: 'rwm' }],
    [
      { allow: false, access: 'rwm' },
      { allow: true, type: 'c', major: 1, minor: 3, access: 'r' },
    ],
    'c 1:3 r',
  ],
  [
    'linux.sysctl',
    { 'net.ipv4.ip_unprivileged_port_start': '1024' },
    { 'net.ipv4.ip_unprivileged_port_start': '0' },
    'net.ipv4.ip_unprivileged_port_start=0',
  ],
  ['linux.sysctl', undefined, { 'kernel.shmmax': '1' }, 'kernel.shmmax=1'],
];

const of = (path: string, value: JsonValue | undefined): JsonObject =>
  value === undefined ? {} : config(path, value);

/** What more grants may take away again. */
const UNORDERED: ReadonlySet<string> = new Set([
  // Who may be root has its capabilities without these.
  'process.capabilities.inheritable',
  'process.capabilities.ambient',
]);

describe('two configurations', () => {
  it.each(LESS_AND_MORE)('%s: less and more', (path, less, more, shown) => {
    const [a, b] = [of(path, less), of(path, more)];
    expect(different(b, a)).toMatchObject([{ relation: 'superset', looser: shown, stricter: undefined }]);
    expect(different(a, b)).toMatchObject([{ relation: 'subset', looser: undefined, stricter: shown }]);
    expect(different(a, a)).toEqual([]);
  });

  it.each<[string, JsonValue, JsonValue]>([
    ['process.user', { uid: 5, gid: 5 }, { uid: 6, gid: 5 }],
    ['process.user', { uid: 5, gid: 5 }, { uid: 5, gid: 6 }],
    ['process.apparmorProfile', 'a', 'b'],
    ['linux.namespaces', net('/a'), net('/b')],
    ['linux.sysctl', { 'kernel.shmmax': '1' }, { 'kernel.shmmax': '2' }],
    [
      'linux.sysctl',
      { 'net.ipv4.ip_unprivileged_port_start': '1024 80' },
      { 'net.ipv4.ip_unprivileged_port_start': '1024' },
    ],
    ['linux.uidMappings', [{ containerID: 0, hostID: 1, size: 1 }], []],
    ['hooks', { prestart: [{ path: '/a' }] }, {}],
    ['mounts', bind('ro', 'rbind'), bind('nosuid', 'bind')],
    ['linux.resources.devices', [{ allow: false, type: 'c' }], [{ allow: false, type: 'b' }]],
  ])('%s: neither', (path, a, b) => {
    expect(different(config(path, a), config(path, b))).toMatchObject([{ relation: 'incomparable' }]);
  });

  it('show in a recursive bind what is below it, and in another only what is at its root', () => {
    const mount = (where: string, ...options: string[]): JsonObject =>
      config('mounts', [{ source: `/a${where}`, destination: `/b${where}`, type: 'bind', options }]);
    const looser = (a: JsonObject, b: JsonObject): unknown => different(a, b)[0]?.looser;
    expect(looser(mount('/c', 'rbind', 'ro'), mount('', 'rbind', 'ro'))).toBeUndefined();
    expect(looser(mount('/c', 'rbind'), mount('', 'rbind', 'ro'))).toBe('/a/c on /b/c');
    expect(looser(mount('/c', 'rbind', 'nosuid'), mount('', 'rbind', 'ro'))).toBe('/a/c on /b/c nosuid');
    expect(looser(mount('', 'rbind'), mount('/c', 'rbind'))).toBe('/a on /b');
    expect(looser(mount('c', 'rbind'), mount('', 'rbind'))).toBe('/ac on /bc');
    expect(looser(mount('/c', 'bind'), mount('', 'bind'))).toBe('/a/c on /b/c');
  });

  it('have what is hidden among what cannot be written', () => {
    const hidden = config('linux.maskedPaths', ['/proc/sys']);
    const readonly = config('linux.readonlyPaths', ['/proc/sys/kernel']);
    expect(different(hidden, readonly).map(({ part, relation }) => [part, relation])).toEqual([
      ['linux.maskedPaths', 'subset'],
    ]);
    expect(different(config('linux.maskedPaths', ['/proc/sy']), readonly)).toHaveLength(2);
  });

  it('are ordered as their grants are', () => {
    const next = random(1);
    for (let i = 0; i < 100; i++) {
      const [g, h] = [fullPoint(catalogue, next), fullPoint(catalogue, next)];
      const [a, b] = [g, join(g, h)].map(grants => compile(grants, NODE, baselines).toOci());
      const ordered = compareConfigs(a!, b!).filter(({ part }) => !UNORDERED.has(part));
      expect(ordered.filter(({ looser }) => looser !== undefined)).toEqual([]);
    }
  });
});

describe('rules of the device cgroup', () => {
  const number = fc.option(fc.constantFrom(-1, 0, 1, 2), { nil: undefined });
  const rule = fc
    .record({
      allow: fc.boolean(),
      type: fc.option(fc.constantFrom('a', 'b', 'c'), { nil: undefined }),
      major: number,
      minor: number,
      access: fc.option(fc.constantFrom('r', 'w', 'm', 'rw', 'rwm'), { nil: undefined }),
    })
    .map(
      all => Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined)) as JsonObject,
    );
  const rules = fc.array(rule, { maxLength: 5 });

  function allows(
    list: readonly JsonObject[],
    type: string,
    major: number,
    minor: number,
    access: string,
    isWhole: boolean,
  ): boolean {
    let allowed = true;
    for (const one of list) {
      const isAll = one['type'] === undefined || one['type'] === 'a';
      const fits = (value: JsonValue | undefined, wanted: number): boolean =>
        value === undefined || value === -1 || value === wanted;
      if (!isAll && one['type'] !== type) continue;
      const numbers: readonly [JsonValue | undefined, number][] = [
        [one['major'], major],
        [one['minor'], minor],
      ];
      if (!numbers.every(([value, wanted]) => isAll || fits(value, wanted))) continue;
      const named = isAll && isWhole ? 'rwm' : String(one['access'] ?? 'rwm');
      if (named.includes(access)) allowed = one['allow'] === true;
    }
    return allowed;
  }

  it('for all devices are for all access, as runc and cgroup v1 have it, and for what is written, as crun has it', () => {
    const rulesFor = (...list: JsonObject[]): ReturnType<typeof deviceRulesOf> =>
      deviceRulesOf(config('linux.resources.devices', list));
    const nothing = { allow: false, access: 'rwm' };
    const readAll = { allow: true, type: 'a', access: 'r' };
    const [all, read] = [rulesFor(nothing, readAll), ['b', 'c'].map(type => ({ ...readAll, type }))];
    expect(deviceBeyond(all, rulesFor(nothing, ...read))).toBe('c 0:0 w');
    expect(deviceBeyond(rulesFor(nothing, { ...readAll, access: 'rwm' }), all)).toBe('c 0:0 w');
    expect(deviceBeyond(all, all)).toBeUndefined();
  });

  it('are compared as each device says, tried one by one', () => {
    fc.assert(
      fc.property(rules, rules, (a, b) => {
        const tried = ['b', 'c'].flatMap(type =>
          [0, 1, 2, 3].flatMap(major =>
            [0, 1, 2, 3].flatMap(minor =>
              ['r', 'w', 'm'].map(access =>
                [true, false].some(
                  isWhole =>
                    allows(a, type, major, minor, access, isWhole) &&
                    !allows(b, type, major, minor, access, isWhole),
                ),
              ),
            ),
          ),
        );
        const [x, y] = [a, b].map(list => deviceRulesOf(config('linux.resources.devices', list)));
        expect(deviceBeyond(x!, y!) !== undefined).toBe(tried.includes(true));
      }),
      { numRuns: 2000 },
    );
  });
});
