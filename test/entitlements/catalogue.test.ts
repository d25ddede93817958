import { Ajv } from 'ajv';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseBaselines, parsePresets } from '../../src/entitlements/parse-baselines.js';
import { list } from '../../src/entitlements/list.js';
import { homeOf, homesOf, NOWHERE } from '../../src/entitlements/homes.js';
import { parseCatalogue } from '../../src/entitlements/parse-catalogue.js';
import { partsOf } from '../../src/entitlements/parts.js';
import type { JsonObject } from '../../src/json/types.js';
import { catalogue, profileOf } from './catalogue.js';
import { emptyCatalogue, level, withLevel } from './small.js';

const policies = new URL('../../policies/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, policies), 'utf8');

const CAPABILITIES =
  'AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH ' +
  'FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN ' +
  'NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT ' +
  'SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM';

const homes = homesOf(catalogue);
const calls = new Set([...catalogue.tables.values()].flatMap(({ numbers }) => [...numbers.keys()]));

describe('nothing is homeless', () => {
  it('each of the 41 capabilities has one home', () => {
    const found = [...homes.keys()].filter(name => name.startsWith('CAP_'));
    expect(found.sort()).toEqual(CAPABILITIES.split(' ').map(name => `CAP_${name}`));
    expect(found.filter(name => homes.get(name)?.length !== 1)).toEqual([]);
    expect(found.filter(name => homes.get(name)?.[0]?.domain === NOWHERE)).toEqual([]);
  });

  it('each call of every table has one home, and the catalogue names no other', () => {
    expect([...calls].filter(name => homes.get(name)?.length !== 1)).toEqual([]);
    expect([...homes.keys()].filter(name => !name.startsWith('CAP_') && !calls.has(name))).toEqual([]);
  });

  it('a second home is found, and so is none', () => {
    const two = parseCatalogue(
      emptyCatalogue({
        domains: [
          {
            domain: 'a',
            summary: 's',
            levels: [level('low'), level('high', { syscalls: [{ names: ['read'] }] })],
          },
          { domain: 'b', summary: 's', levels: [level('low', { syscalls: [{ names: ['read'] }] })] },
          {
            domain: 'c',
            summary: 's',
            levels: [level('low', { syscalls: [{ names: ['socket', 'read'] }], also: ['socket', 'read'] })],
          },
        ],
      }),
    );
    expect(homesOf(two).get('read')).toEqual([
      { domain: 'a', part: 'high' },
      { domain: 'b', part: 'low' },
    ]);
    expect(homesOf(two).get('socket')).toEqual([]);
  });

  it('homes are those that the specification names', () => {
    const expected = {
      CAP_KILL: 'identity=switch',
      CAP_SYS_PTRACE: 'debug=ptrace',
      CAP_SYS_RAWIO: 'host.devices=admin',
      clone: 'security=confined',
      setns: 'security=admin',
      unshare: 'security=admin',
      socket: 'network=none',
      ioctl: 'tty.inject=none',
      mount: 'kernel.mount=allow',
      dup3: 'programs=common',
      clone3: 'none',
      uretprobe: 'none',
      open_by_handle_at: 'security=admin',
    };
    const found = Object.keys(expected).map(name => {
      const { domain, part } = homeOf(catalogue, name)!;
      return [name, part === undefined ? domain : `${domain}=${part}`];
    });
    expect(Object.fromEntries(found)).toEqual(expected);
    expect(homeOf(catalogue, 'no_such_call')).toBeUndefined();
  });

  it('only calls that nobody needs are granted by nothing', () => {
    expect(catalogue.reserved.map(({ domain, capabilities }) => [domain, capabilities])).toEqual([
      [NOWHERE, []],
    ]);
  });
});

describe('the committed files', () => {
  const ajv = new Ajv({ allErrors: true, strict: false });
  it.each([
    ['entitlements', 'entitlement'],
    ['presets', 'preset'],
    ['runtimes', 'runtime'],
  ])('%s fit their schema, and are called as they are named', (folder, schema) => {
    const validate = ajv.compile(JSON.parse(read(`schemas/${schema}.schema.json`)) as object);
    const files = readdirSync(new URL(folder, policies));
    expect(files.length).toBeGreaterThan(1);
    for (const file of files) {
      const data = parse(read(`${folder}/${file}`)) as Record<string, unknown>;
      validate(data);
      expect([file, validate.errors]).toEqual([file, null]);
      expect(`${String(data['domain'] ?? data['preset'] ?? data['runtime'])}.yaml`).toBe(file);
    }
  });

  it('the schema refuses what the reader refuses', () => {
    const validate = ajv.getSchema('https://writ.dev/schemas/entitlement.schema.json')!;
    const domain = (effects: JsonObject): JsonObject => ({
      domain: 'x',
      summary: 's',
      levels: [level('low', effects)],
    });
    expect(validate(domain({ capabilities: ['CAP_KILL'] }))).toBe(true);
    for (const effects of [
      { capability: [] },
      { syscalls: [{ names: ['socket', 'socketpair'], when: [{ domain: 1 }] }] },
      { syscalls: [{ names: ['socket'], when: [] }] },
      { syscalls: [{ names: ['socket'], when: [{ domain: -1 }] }] },
      { devices: [{ type: 'a', access: 'r' }] },
      { devices: [{ type: 'c', access: '' }] },
      { devices: [{ type: 'c', access: 'wr' }] },
      { lifts: ['everything'] },
    ] as JsonObject[]) {
      expect(validate(domain(effects))).toBe(false);
      const refused = expect.objectContaining({
        code: expect.stringMatching(/^(CATALOGUE_FORMAT|JSON_TYPE)$/) as string,
      });
      expect(() => parseCatalogue(withLevel(effects))).toThrow(refused);
    }
  });

  it('all domains of the specification are there, and the calls that have none', () => {
    expect(list(catalogue).map(({ domain, takes }) => `${domain}: ${takes}`)).toEqual([
      'api.access: a list (api)',
      'audit.write: none < allow',
      'debug: none < ptrace < perf',
      'devices: a list (device)',
      'devices.mknod: none < allow',
      'filesystem: read-only < writable',
      'filesystem.chroot: none < allow',
      'host.devices: none < view < admin',
      'host.ipc: private < host',
      'host.paths: a list (path)',
      'host.ports: a list (port)',
      'host.processes: none < view < admin',
      'host.users: private < host',
      'host.uts: private < host',
      'identity: nonroot < root < switch',
      'identity.setcap: none < allow',
      'kernel.bpf: none < allow',
      'kernel.checkpoint: none < allow',
      'kernel.io-uring: none < allow',
      'kernel.keyring: none < allow',
      'kernel.modules: none < allow',
      'kernel.mount: none < allow',
      'kernel.reboot: none < allow',
      'kernel.time: none < allow',
      'kernel.userns: none < allow',
      'legacy32: none < allow',
      'memory-lock: none < allow',
      'network: none < user < serve < proxy < admin',
      'network.families: some of 23 names',
      'network.host: private < host',
      'privilege: sealed < escalate',
      'proc-mount: default < unmasked',
      'programs: minimal < common',
      'resources.cpu: an amount (cpus)',
      'resources.memory: an amount (bytes)',
      'resources.open-files: an amount (count)',
      'resources.pids: an amount (count)',
      'resources.raise: none < allow',
      'scheduling: none < nice < realtime',
      'security: confined < view < admin',
      'service-account-token: none < allow',
      'sysctls: a list (sysctl)',
      'tty.inject: none < allow',
    ]);
  });

  it('what people read is there for every level, member, set and quantity', () => {
    for (const { parts } of list(catalogue)) {
      for (const { grant, summary } of parts) expect([grant, summary.length > 10]).toEqual([grant, true]);
    }
  });

  it('proc-mount=unmasked leaves nothing hidden or read-only', () => {
    const { maskedPaths, readonlyPaths } = profileOf(['proc-mount=unmasked']).parts;
    expect([maskedPaths, readonlyPaths]).toEqual([[], []]);
  });

  it('security.insecure of BuildKit is every capability and every call that any grant opens', () => {
    const insecure = profileOf(['security.insecure']).parts;
    expect(insecure.capabilities).toHaveLength(41);
    const never = insecure.calls.filter(({ permits }) => permits === 'never').map(({ name }) => name);
    expect(never.filter(name => homeOf(catalogue, name)?.domain !== NOWHERE)).toEqual([]);
    expect(insecure.namespaces).toEqual(catalogue.foundation.namespaces);
  });
});

describe('parseCatalogue', () => {
  const refuses = (data: JsonObject, message: string, code = 'CATALOGUE_FORMAT'): void => {
    expect(() => parseCatalogue(data)).toThrow(expect.objectContaining({ code, message }));
  };
  const x = (more: JsonObject): JsonObject => ({
    domain: 'x',
    summary: 's',
    levels: [level('low')],
    ...more,
  });
  const when = (test: JsonObject, name = 'socket'): JsonObject =>
    withLevel({ syscalls: [{ names: [name], when: [test] }] });
  const at = 'x.levels[0].syscalls[0].when[0]';

  it('takes a small catalogue', () => {
    expect([...parseCatalogue(emptyCatalogue()).domains.keys()]).toEqual(['x']);
  });

  it('refuses what is misspelt, twice, or empty, and names the place', () => {
    refuses(withLevel({ capability: [] }), 'x.levels[0].capability is not a member that the format knows');
    refuses(emptyCatalogue({ domains: [x({ level: 1 })] }), 'x.level is not a member that the format knows');
    refuses(emptyCatalogue({ domains: [x({}), x({})] }), 'domains has one name twice');
    refuses(emptyCatalogue({ domains: [x({ levels: [] })] }), 'x.levels must have a level');
    refuses(
      emptyCatalogue({ domains: [x({ levels: [level('a'), level('a')] })] }),
      'x.levels has one name twice',
    );
    refuses(emptyCatalogue({ domains: [x({ domain: 'X' })] }), 'domains[0].domain must be lower-case words');
    refuses(withLevel({ voids: ['y'] }), 'x voids y, which is not a domain');
    refuses(
      emptyCatalogue({ aliases: { old: { x: 'high' } } }),
      'aliases.old is wrong: the domain x has no level "high"',
    );
    refuses(emptyCatalogue({ aliases: { old: { y: 'low' } } }), 'aliases.old names y, which is no domain');
    refuses(
      emptyCatalogue({ reserved: [{ domain: 'y', summary: 's', refusal: 'EIO' }] }),
      'reserved[0].refusal must be one of EPERM, ENOSYS',
    );
    refuses(
      emptyCatalogue({ reserved: [{ domain: 'y', summary: 's', sysc: [] }] }),
      'reserved[0].sysc is not a member that the format knows',
    );
    refuses(
      emptyCatalogue({ tables: [{ arch: 'mips', origin: 'o', numbers: {} }] }),
      'tables[0].arch must be one of amd64, arm, arm64, i386, ppc64le, riscv64, s390x, x32',
    );
    refuses(
      withLevel({ capabilities: ['CAP_KILL', 1] }),
      'x.levels[0].capabilities[1] must be a string',
      'JSON_TYPE',
    );
  });

  it('refuses conditions that come to more than a filter has room for', () => {
    const many = Array.from({ length: 1000 }, (_, i) => i);
    const tests = (when: JsonObject) => withLevel({ syscalls: [{ names: ['socket'], when: [when] }] });
    refuses(
      tests({ domain: many, type: many, protocol: many }),
      'x.levels[0].syscalls[0].when[0] must not have more than 4096 alternatives',
    );
    const masks = Array.from({ length: 10 }, (_, i) => ({
      mask: (7 << (3 * i)) >>> 0,
      is: (7 << (3 * i)) >>> 0,
    }));
    refuses(
      tests({ domain: { not: masks } }),
      'conditions on one call come to too many pieces',
      'PROFILE_TOO_LARGE',
    );
  });

  it('refuses numbers that no call has, once they are asked for', () => {
    for (const read of [-1, 2 ** 20, '0', null]) {
      const { tables } = parseCatalogue(
        emptyCatalogue({ tables: [{ arch: 'amd64', origin: 'o', numbers: { read } }] }),
      );
      expect(() => tables.get('amd64')?.numbers).toThrow(
        'tables[0].numbers must be an integer from 0 to 1048575',
      );
    }
    const numbers = { read: 0, last: 2 ** 20 - 1 };
    const { tables } = parseCatalogue(emptyCatalogue({ tables: [{ arch: 'amd64', origin: 'o', numbers }] }));
    expect(tables.get('amd64')?.numbers).toEqual(new Map(Object.entries(numbers)));
  });

  it('refuses conditions that no filter could hold', () => {
    refuses(when({ addr: 1 }, 'brk'), 'x.levels[0].syscalls[0].when cannot test the arguments of brk');
    refuses(when({ fd: 1 }), `${at}.fd is not an argument that can be tested`);
    refuses(
      when({ domain: { mask: 1, is: 2 } }),
      `${at}.domain has bits in \`is\` that \`mask\` does not look at`,
    );
    refuses(when({ domain: 2 ** 32 }), `${at}.domain must be an integer from 0 to 4294967295`, 'JSON_TYPE');
    refuses(
      when({ domain: { mask: 0, is: 0 } }),
      `${at}.domain.mask must be an integer from 1 to 4294967295`,
      'JSON_TYPE',
    );
    refuses(when({ domain: { nor: 1 } }), `${at}.domain.nor is not a member that the format knows`);
    refuses(when({ domain: { not: 1, is: 1 } }), `${at}.domain.is is not a member that the format knows`);
    refuses(
      withLevel({ syscalls: [{ names: ['socket'], when: [] }] }),
      'x.levels[0].syscalls[0].when must have an alternative',
    );
    refuses(
      withLevel({ syscalls: [{ names: ['socket', 'read'], when: [{ domain: 1 }] }] }),
      'x.levels[0].syscalls[0].when cannot test the arguments of socket, read',
    );
    refuses(
      withLevel({ syscalls: [{ names: ['read'], arches: ['mips'] }] }),
      'x.levels[0].syscalls[0].arches must be one of amd64, arm, arm64, i386, ppc64le, riscv64, s390x',
    );
    refuses(
      withLevel({ syscalls: [{ names: ['read'], refusal: 'EIO' }] }),
      'x.levels[0].syscalls[0].refusal must be one of EPERM, ENOSYS',
    );
  });

  it('reads values, lists, masks and exceptions as cubes', () => {
    const cubes = (test: JsonObject): unknown =>
      partsOf(parseCatalogue(when(test)).domains.get('x')!)[0]!.effects.syscalls[0]!.when;
    const word = 0xffffffff;
    expect(cubes({ protocol: 6, domain: [1, { mask: 4, is: 4 }] })).toEqual([
      [
        { index: 0, mask: word, value: 1 },
        { index: 2, mask: word, value: 6 },
      ],
      [
        { index: 0, mask: 4, value: 4 },
        { index: 2, mask: word, value: 6 },
      ],
    ]);
    expect(cubes({ domain: { not: { mask: 3, is: 1 } } })).toEqual([
      [{ index: 0, mask: 2, value: 2 }],
      [{ index: 0, mask: 3, value: 0 }],
    ]);
  });
});

describe('parseBaselines and parsePresets', () => {
  const runtime = { runtime: 'runc-1.1', arches: ['amd64'], obtained: 'o', early: [], late: [] };
  const data = (more: JsonObject): JsonObject => ({
    'oldest-kernel': '4.14',
    libseccomp: {},
    runtimes: [{ ...runtime, ...more }],
  });

  it('refuse what they do not know, and name the place', () => {
    expect(parseBaselines(data({})).runtimes.get('runc-1.1')?.late).toEqual([]);
    for (const [more, message] of [
      [{ runtime: 'runc' }, 'runtimes[0].runtime must be like runc-1.1'],
      [{ runtime: 'runc-1.1.5' }, 'runtimes[0].runtime must be like runc-1.1'],
      [
        { arches: ['mips'] },
        'runtimes[0].arches must be one of amd64, arm, arm64, i386, ppc64le, riscv64, s390x',
      ],
      [{ latest: [] }, 'runtimes[0].latest is not a member that the format knows'],
    ] as [JsonObject, string][]) {
      expect(() => parseBaselines(data(more))).toThrow(
        expect.objectContaining({ code: 'CATALOGUE_FORMAT', message }),
      );
    }
    expect(() =>
      parsePresets(catalogue, [{ preset: 'p', summary: 's', grants: { network: 'all' } }]),
    ).toThrow(expect.objectContaining({ code: 'GRANT_LEVEL' }));
    expect(() => parsePresets(catalogue, [{ preset: 'p', summary: 's', grant: {}, grants: {} }])).toThrow(
      'presets[0].grant is not a member that the format knows',
    );
  });
});
