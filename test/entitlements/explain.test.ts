import { describe, expect, it } from 'vitest';
import { explain, type ExplainOptions } from '../../src/entitlements/explain.js';
import { parseQuestion, questionWords } from '../../src/entitlements/question.js';
import { baselines, catalogue, grants } from './catalogue.js';

const ask = (text: string, options?: ExplainOptions) => explain(catalogue, baselines, text, options);
const least = (text: string, options?: ExplainOptions) => {
  const { change, partly } = ask(text, options);
  return [change?.grants.join(' '), partly?.grants.join(' ')];
};

describe('explain', () => {
  it('a call that one grant opens', () => {
    expect(ask('perf_event_open')).toMatchObject({
      kind: 'syscall',
      name: 'perf_event_open',
      question: 'perf_event_open',
      refusal: 'EPERM',
      openedBy: [{ grant: 'debug=perf', lowest: false, granted: false, opens: 'all', when: [], arches: [] }],
      change: {
        grants: ['debug=perf'],
        attackClasses: ['ptrace', 'perf', 'samples of every process of the node'],
        voids: [],
      },
      partly: undefined,
      reservedFor: undefined,
    });
  });

  it('a call that several grants open: the smallest change voids least, then opens least', () => {
    const { openedBy } = ask('ptrace');
    expect(openedBy.map(({ grant }) => grant)).toEqual(['debug=ptrace', 'host.processes=admin']);
    expect(openedBy[1]?.voids.length).toBeGreaterThan(1);
    expect(least('ptrace')).toEqual(['debug=ptrace', undefined]);
  });

  it('a call that every container has needs no change', () => {
    const found = ask('read');
    expect(found).toMatchObject({ change: undefined, partly: undefined });
    expect(found.openedBy[0]).toMatchObject({ lowest: true, granted: true, opens: 'all' });
    expect(new Set(found.permitted.values())).toEqual(new Set(['all']));
  });

  it('a call that is opened in part: what opens some of it, and what all of it', () => {
    expect(ask('ioctl').permitted.get('amd64')).toBe('some');
    expect(least('ioctl')).toEqual(['tty.inject=allow', undefined]);
    expect(ask('unshare').permitted.get('amd64')).toBe('none');
    expect(least('unshare')).toEqual(['kernel.userns=allow', undefined]);
    expect(least('setsockopt')).toEqual(['network=admin', undefined]);
  });

  it('a call with arguments', () => {
    expect(least('socket(AF_INET, SOCK_STREAM, 0)')).toEqual(['network=user', undefined]);
    expect(least('socket(AF_INET, SOCK_RAW)')).toEqual(['network=proxy', undefined]);
    expect(least('socket(AF_UNIX)')).toEqual([undefined, undefined]);
    expect(least('ioctl(fd, TIOCSTI)')).toEqual(['tty.inject=allow', undefined]);
    expect(least('ioctl(fd, TCGETS)')).toEqual([undefined, undefined]);
    expect(least('unshare(CLONE_NEWUSER|CLONE_NEWNET)')).toEqual(['kernel.userns=allow', undefined]);
    expect(least('socket(type=SOCK_RAW, domain=AF_INET6)')).toEqual(['network=proxy', undefined]);
    // some protocols are for network=user
    expect(least('socket(AF_INET, SOCK_DGRAM)')[1]).toBe('network=user');
  });

  it('from given grants: only what is missing, and what was granted stays', () => {
    const given = grants('network=serve', 'debug=ptrace');
    const { change, permitted } = ask('socket(AF_PACKET, SOCK_RAW)', { grants: given });
    expect(permitted.get('amd64')).toBe('none');
    expect(change?.grants).toEqual(['network=proxy']);
    expect(change?.result.toString()).toBe('debug=ptrace network=proxy');
    expect(change?.attackClasses).toEqual(['raw and packet sockets']);
    expect(ask('ptrace', { grants: given })).toMatchObject({ change: undefined });
  });

  it('of one architecture and of all', () => {
    expect([...ask('arch_prctl').permitted.keys()]).not.toContain('arm64');
    expect([...ask('read', { arch: 'arm64' }).permitted.keys()]).toEqual(['arm64']);
    const { permitted } = ask('mkdirat');
    expect([permitted.get('amd64'), permitted.get('arm64'), permitted.get('riscv64')]).toEqual([
      'none',
      'all',
      'all',
    ]);
    expect(permitted.size).toBe(7);
    expect(least('mkdirat')).toEqual(['programs=common', undefined]);
    expect(least('mkdirat', { arch: 'arm64' })).toEqual([undefined, undefined]);
  });

  it('runtimes that need the call, and what that permits', () => {
    const early = [...baselines.runtimes.values()].flatMap(({ id, early: names, late }) =>
      names.filter(name => !late.includes(name)).map(name => [id, name] as const),
    );
    const [runtime = '', name = ''] = early.find(([, one]) => least(one)[0] === 'identity=switch') ?? [];
    expect(ask(name).runtimes).toContainEqual({ runtime, when: 'early' });
    // with the runtime, giving up no_new_privs opens it too; it is said, and costs more or less than the other way
    const found = ask(name, { runtime });
    expect(found.openedBy.map(({ grant }) => grant)).toContain('privilege=escalate');
    const late = baselines.runtimes.get('runc-1.1')?.late.find(one => one === 'futex') ?? 'futex';
    expect(ask(late).runtimes).toContainEqual({ runtime: 'runc-1.1', when: 'late' });
  });

  it('what nobody needs, and no grant opens', () => {
    expect(ask('clone3')).toMatchObject({
      openedBy: [],
      change: undefined,
      partly: undefined,
      reservedFor: 'none',
      refusal: 'ENOSYS',
    });
  });

  it('a member of a set comes alone', () => {
    const found = ask('socket(AF_VSOCK)').openedBy;
    expect(found.map(({ grant, lowest, opens }) => [grant, lowest, opens])).toEqual([
      ['network.families=vsock', false, 'all'],
    ]);
    expect(least('socket(AF_VSOCK)')).toEqual(['network.families=vsock', undefined]);
  });

  it('capabilities, however they are spelled', () => {
    for (const name of ['CAP_SYS_ADMIN', 'SYS_ADMIN', 'cap_sys_admin', 'sys_admin']) {
      expect(ask(name)).toMatchObject({ kind: 'capability', name: 'CAP_SYS_ADMIN', refusal: undefined });
      expect(least(name)).toEqual(['security=admin', undefined]);
      expect(ask(name).change?.voids).toContain('filesystem');
    }
    expect(ask('SYSLOG')).toMatchObject({ kind: 'syscall', name: 'syslog' });
    expect(ask('CAP_SYSLOG')).toMatchObject({ kind: 'capability' });
    expect(least('CAP_SYSLOG')).toEqual(['security=view', undefined]);
  });

  it('says what a filter cannot see', () => {
    expect(ask('clone3').notes[0]).toContain('always ENOSYS');
    expect(ask('uretprobe').notes[0]).toMatch(/335.*no profile refuses it/);
    expect(ask('read(0, buffer, 17)').notes.at(-1)).toMatch(/^no rule tests/);
    expect(ask('socket(AF_INET)').notes).toEqual([]);
    const rings = grants('kernel.io-uring=allow');
    expect(ask('socket(AF_INET)', { grants: rings }).notes).toEqual([expect.stringContaining('io_uring')]);
    expect(ask('ptrace', { grants: rings }).notes).toEqual([]);
  });
});

describe('a question', () => {
  const read = (text: string) => questionWords(parseQuestion(catalogue, text));

  it('is read as manuals and traces write it', () => {
    expect(read(' Socket( PF_INET , SOCK_RAW|SOCK_CLOEXEC,_)')).toBe('socket(2, 0x80003)');
    expect(read('ioctl(3, 0x5412, &c)')).toBe('ioctl(3, 0x5412)');
    expect(read('personality(-1)')).toBe('personality(0xffffffff)');
    expect(read('mount("/dev/sda", "/", ...)')).toBe('mount');
    expect(read('setsockopt(optname=64, level=SOL_IP)')).toBe('setsockopt(_, 0, 0x40)');
  });

  it.each(['CAP_FLY', 'opne', '', '__proto__', 'CAP_CAP_KILL', 'CAP_KILL(1)', 'read)'])(
    'of no name that there is is refused: %j',
    text => {
      expect(() => ask(text)).toThrow(
        expect.objectContaining({
          code: 'PROFILE_NAME',
          message: `no system call or capability is called ${JSON.stringify(text)}`,
        }),
      );
    },
  );

  it('of a name that is nearly right says which was meant', () => {
    expect(() => ask('sokcet')).toThrow(expect.objectContaining({ hint: 'did you mean socket?' }));
    expect(() => ask('CAP_SYS_ADMN')).toThrow(
      expect.objectContaining({ hint: 'did you mean CAP_SYS_ADMIN?' }),
    );
  });

  it.each([
    'socket(AF_INETT)',
    'socket(0x100000000)',
    'socket(AF_INET, domain=1)',
    'socket(colour=1)',
    'read(1,2,3,4,5,6,7)',
    'socket(-2147483649)',
  ])('with an argument that is none is refused: %s', text => {
    expect(() => ask(text)).toThrow(expect.objectContaining({ code: 'PROFILE_ARGUMENT' }));
  });
});
