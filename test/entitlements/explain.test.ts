import { describe, expect, it } from 'vitest';
import { explain } from '../../src/entitlements/explain.js';
import { list } from '../../src/entitlements/list.js';
import { catalogue } from './catalogue.js';

describe('explain', () => {
  it('a call that one grant opens', () => {
    expect(explain(catalogue, 'perf_event_open')).toEqual({
      kind: 'syscall',
      name: 'perf_event_open',
      openedBy: [
        {
          grant: 'debug=perf',
          lowest: false,
          partly: false,
          arches: [],
          attackClasses: ['ptrace', 'perf'],
          voids: [],
          doesNotCover: [],
        },
      ],
      smallestChange: 'debug=perf',
      reservedFor: undefined,
      notes: [],
    });
  });

  it('a call that several grants open: the smallest change voids least, then opens least', () => {
    const { openedBy, smallestChange } = explain(catalogue, 'ptrace');
    expect(openedBy.map(({ grant }) => grant)).toEqual(['debug=ptrace', 'host.processes=admin']);
    expect(openedBy[1]!.voids).toEqual(['filesystem', 'host.devices', 'security']);
    expect(openedBy[1]!.attackClasses).toEqual(['command lines of the node', 'ptrace']);
    expect(smallestChange).toBe('debug=ptrace');
    expect(explain(catalogue, 'unshare').smallestChange).toBe('kernel.userns=allow');
  });

  it('a call that every container has needs no change', () => {
    expect(explain(catalogue, 'read')).toMatchObject({
      smallestChange: undefined,
      openedBy: [{ lowest: true, partly: false }],
    });
  });

  it('a call that is opened in part, and what opens more of it', () => {
    const { openedBy, smallestChange } = explain(catalogue, 'ioctl');
    expect(openedBy.map(({ grant, partly, lowest }) => [grant, partly, lowest])).toEqual([
      ['tty.inject=none', true, true],
      ['tty.inject=allow', false, false],
    ]);
    expect(smallestChange).toBe('tty.inject=allow');
  });

  it('a call that one architecture has at a lower level', () => {
    const { openedBy, smallestChange } = explain(catalogue, 'mkdirat');
    expect(openedBy.map(({ grant, arches }) => [grant, arches])).toEqual([
      ['programs=common', []],
      ['security=confined', ['arm64']],
    ]);
    expect(smallestChange).toBe('programs=common');
  });

  it('what no grant opens says so', () => {
    expect(explain(catalogue, 'clone3')).toMatchObject({
      openedBy: [],
      smallestChange: undefined,
      reservedFor: 'none',
    });
    expect(explain(catalogue, 'CAP_MKNOD')).toMatchObject({
      kind: 'capability',
      smallestChange: 'devices.mknod=allow',
      reservedFor: undefined,
    });
  });

  it('a member of a set comes alone', () => {
    const found = explain(catalogue, 'socket').openedBy.filter(({ grant }) => grant.endsWith('=vsock'));
    expect(found.map(({ lowest, partly, attackClasses }) => [lowest, partly, attackClasses])).toEqual([
      [false, true, ['AF_VSOCK, which no network namespace separates']],
    ]);
  });

  it('capabilities, however they are spelled', () => {
    for (const name of ['CAP_SYS_ADMIN', 'SYS_ADMIN', 'cap_sys_admin', 'sys_admin']) {
      expect(explain(catalogue, name)).toMatchObject({
        kind: 'capability',
        name: 'CAP_SYS_ADMIN',
        smallestChange: 'security=admin',
        openedBy: [
          {
            grant: 'security=admin',
            partly: false,
            voids: ['filesystem', 'host.devices', 'host.processes', 'kernel.mount', 'proc-mount'],
          },
        ],
      });
    }
    expect(explain(catalogue, 'SYSLOG')).toMatchObject({ kind: 'syscall', name: 'syslog' });
    expect(explain(catalogue, 'CAP_SYSLOG')).toMatchObject({
      kind: 'capability',
      smallestChange: 'security=view',
    });
  });

  it('says what a filter cannot see', () => {
    expect(explain(catalogue, 'clone3').notes).toEqual([
      'the kernel reads what matters from memory, which a filter cannot see: always ENOSYS, so that programs fall back to clone',
    ]);
    expect(explain(catalogue, 'uretprobe').notes[0]).toContain('do not run filters');
  });

  it('refuses names that nothing has', () => {
    for (const name of ['CAP_FLY', 'opne', '', '__proto__', 'CAP_CAP_KILL']) {
      expect(() => explain(catalogue, name)).toThrow(
        expect.objectContaining({
          code: 'PROFILE_NAME',
          message: `no system call or capability is called ${JSON.stringify(name)}`,
        }),
      );
    }
  });
});

describe('list', () => {
  it('gives every domain with its levels', () => {
    const all = list(catalogue);
    expect(all.map(({ domain }) => domain)).toEqual([...catalogue.domains.keys()]);
    expect(all.find(({ domain }) => domain === 'kernel.userns')!.parts.map(({ grant }) => grant)).toEqual([
      'kernel.userns=none',
      'kernel.userns=allow',
    ]);
    expect(all.find(({ domain }) => domain === 'host.devices')!.parts[2]).toEqual({
      grant: 'host.devices=admin',
      summary: 'read and write every device, and the ports of the machine',
      capabilities: ['CAP_SYS_RAWIO'],
      opens: ['disks of the node', 'memory and firmware of the node'],
      doesNotCover: [],
      voids: ['filesystem', 'host.processes', 'security'],
    });
  });
});
