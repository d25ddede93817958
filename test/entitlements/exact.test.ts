/** Details that no other test holds: order, bounds, and what refusals tell programs. */
import { describe, expect, it } from 'vitest';
import type { WritError } from '../../src/errors.js';
import { compile } from '../../src/entitlements/compile.js';
import { lowest } from '../../src/entitlements/grants.js';
import { parseBaselines } from '../../src/entitlements/parse-baselines.js';
import { parseCatalogue } from '../../src/entitlements/parse-catalogue.js';
import { partsOf as grantable } from '../../src/entitlements/parts.js';
import type { Profile, ProfileParts } from '../../src/entitlements/profile.js';
import type { JsonObject } from '../../src/json/types.js';
import { baselines, catalogue, grants, NODE, top } from './catalogue.js';
import { emptyCatalogue, level } from './small.js';

function errorOf(read: () => unknown): WritError {
  try {
    read();
  } catch (error) {
    return error as WritError;
  }
  throw new Error('it was accepted');
}

const NUMBERS = { read: 0, write: 1, open: 2, socket: 41, bind: 49 };
/** The profile of a catalogue of one level with these effects, on a libseccomp that knows numbers up to `highest`. */
function profileOf(effects: JsonObject, highest = 1000): Profile {
  const domains = [{ domain: 'x', summary: 's', levels: [level('low', effects)] }];
  const tables = ['amd64', 'arm64'].map(arch => ({ arch, origin: 'o', numbers: NUMBERS }));
  const small = parseCatalogue(emptyCatalogue({ domains, tables }));
  const node = parseBaselines({
    'oldest-kernel': '4.14',
    libseccomp: { '2.5.4': highest },
    runtimes: [{ runtime: 'runc-1.1', arches: ['amd64', 'arm64'], obtained: 'o', early: [], late: [] }],
  });
  return compile(lowest(small), { ...NODE, libseccomp: '2.5.4' }, node);
}
const partsOf = (effects: JsonObject, highest?: number): ProfileParts => profileOf(effects, highest).parts;
const named = ({ calls }: ProfileParts, name: string) => calls.find(call => call.name === name);

describe('a profile', () => {
  it('is in one order, whatever the order of the catalogue', () => {
    const names = ['write', 'socket', 'read', 'open', 'bind'];
    const capabilities = ['CAP_SYSLOG', 'CAP_CHOWN', 'CAP_KILL'];
    const parts = partsOf({ syscalls: [{ names }], capabilities }, 1);
    expect(parts.capabilities).toEqual(capabilities.toSorted());
    expect(parts.calls.map(({ name }) => name)).toEqual(['read', 'write']);
    expect(parts.lost).toEqual(['bind', 'open', 'socket']);
    expect(partsOf({ syscalls: [{ names }] }).calls.map(({ name }) => name)).toEqual(names.toSorted());
    const { parts: whole } = compile(top, NODE, baselines);
    expect(whole.capabilities).toEqual(whole.capabilities.toSorted());
    expect(whole.calls.map(({ name }) => name)).toEqual(whole.calls.map(({ name }) => name).toSorted());
  });

  it('names a call whose number is the last that libseccomp knows', () => {
    const effects = { syscalls: [{ names: ['socket'] }] };
    expect(partsOf(effects, 41)).toMatchObject({ calls: [{ name: 'socket' }], lost: [] });
    expect(partsOf(effects, 40)).toMatchObject({ calls: [], lost: ['socket'] });
  });

  it('says what it refuses of a call: all, a part, or nothing', () => {
    const { parts } = compile(grants('network=none'), NODE, baselines);
    expect(named(parts, 'mount')).toEqual({
      name: 'mount',
      permits: 'never',
      refuses: [[]],
      refusal: 'EPERM',
    });
    expect(named(partsOf({ syscalls: [{ names: ['read'] }] }), 'read')).toEqual({
      name: 'read',
      permits: 'always',
      refuses: [],
      refusal: 'EPERM',
    });
  });

  it('tells where a call comes from on its own architecture only', () => {
    const rule = (arch: string): JsonObject => ({ syscalls: [{ names: ['read'], arches: [arch] }] });
    expect(profileOf(rule('amd64')).origin('syscall', 'read')).toEqual(['x=low']);
    expect(profileOf(rule('arm64')).origin('syscall', 'read')).toEqual([]);
  });
});

describe('the fragment of config.json', () => {
  const fragment = (lifts: string[]): JsonObject =>
    profileOf({
      syscalls: [
        { names: ['read', 'write'] },
        { names: ['socket'], when: [{ domain: 1 }] },
        { names: ['open'], arches: ['arm64'] },
      ],
      capabilities: ['CAP_KILL'],
      devices: [{ type: 'c', access: 'rw' }],
      lifts,
    }).toOci();

  it('says all there is to say', () => {
    const { linux, process, root } = fragment([]) as Record<string, JsonObject>;
    const { syscalls, ...seccomp } = linux!['seccomp'] as { syscalls: JsonObject[] };
    expect({ ...linux, seccomp }).toEqual({
      maskedPaths: [],
      namespaces: [{ type: 'pid' }],
      readonlyPaths: [],
      resources: {
        devices: [
          { access: 'rwm', allow: false },
          { access: 'rw', allow: true, type: 'c' },
        ],
      },
      seccomp: { architectures: ['SCMP_ARCH_X86_64'], defaultAction: 'SCMP_ACT_ERRNO', defaultErrnoRet: 38 },
      sysctl: {},
    });
    const sets = ['ambient', 'bounding', 'effective', 'inheritable', 'permitted'];
    expect(process).toEqual({
      capabilities: Object.fromEntries(sets.map(set => [set, ['CAP_KILL']])),
      noNewPrivileges: true,
      user: { gid: 1, uid: 1 },
    });
    expect(root).toEqual({ readonly: true });
    expect([syscalls[0], syscalls[1], ...syscalls.slice(-1)]).toEqual([
      { action: 'SCMP_ACT_ALLOW', names: ['read', 'write'] },
      {
        action: 'SCMP_ACT_ALLOW',
        args: [{ index: 0, op: 'SCMP_CMP_MASKED_EQ', value: 0xffffffff, valueTwo: 1 }],
        names: ['socket'],
      },
      { action: 'SCMP_ACT_ERRNO', errnoRet: 38, names: ['clone3'] },
    ]);
    const tested = syscalls.slice(2, -1);
    expect(tested.length).toBeGreaterThan(0);
    for (const { action, errnoRet, names } of tested)
      expect([action, errnoRet, names]).toEqual(['SCMP_ACT_ERRNO', 1, ['socket']]);
  });

  it('leaves out what is lifted', () => {
    const { process, root } = fragment(['gain-privileges', 'run-as-root', 'write-root']) as Record<
      string,
      JsonObject
    >;
    expect([process!['noNewPrivileges'], process!['user'], root]).toEqual([
      false,
      undefined,
      { readonly: false },
    ]);
  });
});

describe('a refusal', () => {
  it('tells programs what there is', () => {
    const known = [...catalogue.domains.keys()];
    expect(errorOf(() => grants('nothing=x'))).toMatchObject({
      code: 'GRANT_DOMAIN',
      hint: `the domains are ${known.join(', ')}`,
      details: { domain: 'nothing', known },
    });
    const levels = grantable(catalogue.domains.get('network')!).map(({ name }) => name);
    expect(errorOf(() => grants('network=most'))).toMatchObject({
      code: 'GRANT_LEVEL',
      hint: `its levels are ${levels.join(' < ')}`,
      details: { domain: 'network', level: 'most', known: levels },
    });
  });
});
