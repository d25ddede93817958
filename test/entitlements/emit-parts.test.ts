/** Every part of a profile is either said by a format or named as unexpressed: no format passes over one in silence. */
import { describe, expect, it } from 'vitest';
import type { EmittedPart } from '../../src/entitlements/emit/emission.js';
import { FORMATS, formatOf } from '../../src/entitlements/emit/index.js';
import type { UNEXPRESSED } from '../../src/entitlements/emit/unexpressed.js';
import { UNEXPRESSED_NAMES } from '../../src/entitlements/emit/unexpressed.js';
import type { Profile, ProfileParts } from '../../src/entitlements/profile.js';
import { profileOf } from './catalogue.js';
import { profileWith } from './emit-profiles.js';

type Change = (parts: ProfileParts) => Partial<ProfileParts>;

/** For each part, changes of it alone. A part that is added needs a line here, and an answer of every format. */
const CHANGES: Readonly<Record<EmittedPart, readonly Change[]>> = {
  calls: [
    ({ calls }) => ({
      calls: calls.map(call =>
        call.name === 'getpid' ? { ...call, permits: 'never', refusal: 'EPERM' } : call,
      ),
    }),
    ({ calls }) => ({
      calls: calls.map(call =>
        call.name === 'getpid'
          ? { ...call, permits: [[{ index: 0, mask: 1, value: 1 }]], refusal: 'EPERM' }
          : call,
      ),
    }),
  ],
  capabilities: [() => ({ capabilities: ['CAP_CHOWN'] })],
  namespaces: ['pid', 'network', 'ipc', 'uts', 'cgroup'].map(type => ({ namespaces }) => ({
    namespaces: namespaces.filter(name => name !== type),
  })),
  maskedPaths: [
    ({ maskedPaths }) => ({ maskedPaths: maskedPaths.slice(1) }),
    () => ({ maskedPaths: [], readonlyPaths: [] }),
  ],
  readonlyPaths: [({ readonlyPaths }) => ({ readonlyPaths: readonlyPaths.slice(1) })],
  devices: [() => ({ devices: [{ type: 'c', access: 'r' }] })],
  freedoms: (['gain-privileges', 'run-as-root', 'write-root'] as const).map(freedom => () => ({
    freedoms: new Set([freedom]),
  })),
  foundation: [
    ({ foundation }) => ({ foundation: { ...foundation, sysctl: new Map([['net.ipv4.ip_forward', '1']]) } }),
    ({ foundation }) => ({ foundation: { ...foundation, nonroot: { uid: 7, gid: 7 } } }),
  ],
  items: (
    [
      ['path', '/srv/data:ro'],
      ['path', '/:rw'],
      ['port', '8080/tcp'],
      ['port', '*'],
      ['device', '*'],
      ['sysctl', 'net.core.somaxconn=4096'],
      ['sysctl', '*'],
      ['api', 'engine:read'],
      ['device', '/dev/fuse:rw'],
      ['device', 'acme.example/gpu=0'],
    ] as const
  ).map(([of, text]) => () => ({ items: new Map([[of, [text]]]) })),
  limits: (['memory', 'cpu', 'pids', 'open-files'] as const).map(of => () => ({
    limits: new Map([[of, 4_194_304]]),
  })),
};

/** Under which names a format may say that it passes over a part. */
const NAMES: Readonly<Record<EmittedPart, readonly (keyof typeof UNEXPRESSED)[]>> = {
  calls: ['seccomp', 'seccomp.arguments', 'seccomp.errno'],
  capabilities: ['ambient-capabilities'],
  namespaces: ['namespaces', 'network.namespace'],
  maskedPaths: ['masked-paths'],
  readonlyPaths: ['readonly-paths'],
  devices: ['devices'],
  freedoms: ['no-new-privileges', 'read-only-root', 'user'],
  foundation: ['sysctls', 'user'],
  items: ['host-paths', 'host-ports', 'sysctls', 'api-access', 'device-files'],
  limits: ['limits'],
};

/** These say where a profile came from. */
const ORIGIN = ['grants', 'target', 'tables', 'contributions', 'lost'];

const base = profileOf();

const FILE = new Map([['calls', `${base.intent}.json`]]);
/** What answers for a part without saying what is in it: the file that the intent names, or a refusal to start. */
const STANDS_IN: ReadonlyMap<string, ReadonlyMap<string, string>> = new Map([
  ['compose', FILE],
  ['kubernetes', new Map([...FILE, ['foundation', '"runAsNonRoot":true']])],
  ['podman', FILE],
  ['quadlet', FILE],
]);
const parts = Object.keys(CHANGES) as EmittedPart[];
const changed = (change: Partial<ProfileParts>): Profile => profileWith(base, change);

it('knows all parts of a profile', () => {
  expect([...parts, ...ORIGIN].sort()).toEqual(Object.keys(base.parts).sort());
});

describe.each(FORMATS)('%s', name => {
  const { emitter, scope } = formatOf(name);
  const said = emitter(base);

  it.each(scope === 'filter' ? (['calls'] as const) : parts)('answers for %s', part => {
    const known = STANDS_IN.get(name)?.get(part);
    for (const change of CHANGES[part]) {
      const { output, unexpressed } = emitter(changed(change(base.parts)));
      const text = JSON.stringify(output);
      const differs = text !== JSON.stringify(said.output);
      const passesOver = JSON.stringify(unexpressed) !== JSON.stringify(said.unexpressed);
      const always = unexpressed.some(each => NAMES[part].includes(each.name));
      expect([differs, passesOver, always, known !== undefined && text.includes(known)]).toContain(true);
    }
  });

  it('gives reasons, and each name once', () => {
    for (const change of parts.flatMap(part => CHANGES[part])) {
      const { unexpressed } = emitter(changed(change(base.parts)));
      const names = unexpressed.map(each => each.name);
      expect(new Set(names).size).toBe(names.length);
      for (const { reason } of unexpressed) expect(reason.length).toBeGreaterThan(20);
    }
  });
});

it('every name is given by some format', () => {
  const profiles = [base, ...parts.flatMap(part => CHANGES[part]).map(change => changed(change(base.parts)))];
  const given = FORMATS.flatMap(name =>
    profiles.flatMap(profile => formatOf(name).emitter(profile).unexpressed),
  );
  expect([...new Set(given.map(({ name }) => name))].sort()).toEqual([...UNEXPRESSED_NAMES].sort());
});
