import { Ajv } from 'ajv';
import { readdirSync, readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import { parseBaselines, parsePresets } from '../../src/entitlements/parse-baselines.js';
import { parseCatalogue } from '../../src/entitlements/parse-catalogue.js';
import { partsOf } from '../../src/entitlements/parts.js';
import type { JsonObject } from '../../src/json/types.js';
import { baselines, catalogue } from './catalogue.js';
import { emptyCatalogue, level, withLevel } from './small.js';

const policies = new URL('../../policies/', import.meta.url);
const read = (path: string): string => readFileSync(new URL(path, policies), 'utf8');

const CAPABILITIES =
  'AUDIT_CONTROL AUDIT_READ AUDIT_WRITE BLOCK_SUSPEND BPF CHECKPOINT_RESTORE CHOWN DAC_OVERRIDE DAC_READ_SEARCH ' +
  'FOWNER FSETID IPC_LOCK IPC_OWNER KILL LEASE LINUX_IMMUTABLE MAC_ADMIN MAC_OVERRIDE MKNOD NET_ADMIN ' +
  'NET_BIND_SERVICE NET_BROADCAST NET_RAW PERFMON SETFCAP SETGID SETPCAP SETUID SYSLOG SYS_ADMIN SYS_BOOT SYS_CHROOT ' +
  'SYS_MODULE SYS_NICE SYS_PACCT SYS_PTRACE SYS_RAWIO SYS_RESOURCE SYS_TIME SYS_TTY_CONFIG WAKE_ALARM';

/** Every grant and reservation that mentions each name. */
function homes(
  pick: (item: { capabilities: readonly string[]; calls: readonly string[] }) => readonly string[],
) {
  const found = new Map<string, string[]>();
  const note = (name: string, home: string): void => {
    found.set(name, [...new Set([...(found.get(name) ?? []), home])]);
  };
  for (const { domain, capabilities, syscalls } of catalogue.reserved)
    for (const name of pick({ capabilities, calls: syscalls })) note(name, domain);
  for (const domain of catalogue.domains.values())
    for (const { name, effects } of partsOf(domain)) {
      const calls = effects.syscalls.flatMap(rule => rule.names);
      for (const item of pick({ capabilities: effects.capabilities, calls }))
        note(item, `${domain.name}=${name}`);
    }
  return found;
}

describe('nothing is homeless', () => {
  it('each of the 41 capabilities has a home, and one, but for what reaches the processes of the node', () => {
    const found = homes(({ capabilities }) => capabilities);
    expect([...found.keys()].sort()).toEqual(CAPABILITIES.split(' ').map(name => `CAP_${name}`));
    expect([...found].filter(([, all]) => all.length > 1)).toEqual([
      ['CAP_SYS_PTRACE', ['debug=ptrace', 'host.processes=admin']],
      ['CAP_KILL', ['host.processes=admin', 'identity=switch']],
    ]);
  });

  it('every call of the tables has a home, and the catalogue names no other', () => {
    const known = new Set([...catalogue.tables.values()].flatMap(({ numbers }) => [...numbers.keys()]));
    expect(new Set(homes(({ calls }) => calls).keys())).toEqual(known);
    const baseline = [...baselines.runtimes.values()].flatMap(({ early, late }) => [...early, ...late]);
    expect(baseline.filter(name => !known.has(name))).toEqual([]);
  });

  it('calls with two homes are those that a higher level opens wider, or that only arm64 needs lower', () => {
    const found = [...homes(({ calls }) => calls)].filter(([, all]) => all.length > 1).map(([name]) => name);
    const wider = ['clone', 'ioctl', 'personality', 'setns', 'setsockopt', 'socket', 'syslog', 'unshare'];
    const traced = ['pidfd_getfd', 'process_vm_readv', 'process_vm_writev', 'ptrace'];
    const arm64 = [
      'dup3',
      'faccessat',
      'fchmod',
      'fchmodat',
      'fchown',
      'fchownat',
      'mkdirat',
      'ppoll',
      'readlinkat',
      'renameat',
      'unlinkat',
    ];
    expect(found.sort()).toEqual([...wider, ...traced, ...arm64].sort());
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

  it('the ten domains and the calls that have none are there, lowest level first', () => {
    expect(
      [...catalogue.domains.values()].flatMap(domain =>
        domain.kind === 'ladder'
          ? `${domain.name}: ${domain.levels.map(({ name }) => name).join(' < ')}`
          : [],
      ),
    ).toEqual([
      'debug: none < ptrace < perf',
      'filesystem: read-only < writable',
      'host.devices: none < view < admin',
      'host.processes: none < view < admin',
      'identity: nonroot < root < switch',
      'kernel.userns: none < allow',
      'network: none < user < serve < proxy < admin',
      'privilege: sealed < escalate',
      'programs: minimal < common',
      'security: confined < view < admin',
      'tty.inject: none < allow',
    ]);
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
      emptyCatalogue({ tables: [{ arch: 's390x', origin: 'o', numbers: {} }] }),
      'tables[0].arch must be one of amd64, arm64',
    );
    refuses(
      withLevel({ capabilities: ['CAP_KILL', 1] }),
      'x.levels[0].capabilities[1] must be a string',
      'JSON_TYPE',
    );
  });

  it('refuses numbers that no call has, once they are asked for', () => {
    for (const read of [-1, 65536, '0', null]) {
      const { tables } = parseCatalogue(
        emptyCatalogue({ tables: [{ arch: 'amd64', origin: 'o', numbers: { read } }] }),
      );
      expect(() => tables.get('amd64')?.numbers).toThrow(
        'tables[0].numbers must be an integer from 0 to 65535',
      );
    }
    const numbers = { read: 0, last: 65535 };
    const { tables } = parseCatalogue(emptyCatalogue({ tables: [{ arch: 'amd64', origin: 'o', numbers }] }));
    expect(tables.get('amd64')?.numbers).toEqual(new Map(Object.entries(numbers)));
  });

  it('refuses conditions that no filter could hold', () => {
    refuses(when({ fd: 1 }, 'read'), 'x.levels[0].syscalls[0].when cannot test the arguments of read');
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
      'x.levels[0].syscalls[0].arches must be one of amd64, arm64',
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
      [{ arches: ['mips'] }, 'runtimes[0].arches must be one of amd64, arm64'],
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
