/** Compiled profiles under real runtimes: what was granted works, what was not gets the errno that was written. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Profile } from '../../src/entitlements/profile.js';
import { baselines, profileOf, top } from '../entitlements/catalogue.js';
import { compile } from '../../src/entitlements/compile.js';
import { describeWith } from '../support/system.js';
import { outcomes, parseProgram, verdict, type Instruction } from './bpf.js';
import { CONTAINERS, filterOf, makeRoot, run, whileRunning, type Outcome } from './container.js';
import { RUNTIMES } from './runtimes.js';

const EPERM = 1;
const ENOTTY = 25;
const HIGH = 2 ** 32;
const NOBODY = 65534;

describeWith(CONTAINERS, 'profiles that runtimes enforce', () => {
  let root: string;
  beforeAll(() => {
    root = makeRoot();
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  describe.each(RUNTIMES)('under $version', runtime => {
    const granted = (...entries: string[]): Profile => profileOf(entries, runtime.target);
    const start = (profile: Profile, args: readonly string[], uid = NOBODY): Outcome =>
      run({ root, runtime, profile, uid, args });
    const probe = (profile: Profile, ...words: (number | string)[]): string =>
      start(profile, ['probe', ...words.map(String)]).stdout.trim();
    const loaded = (profile: Profile): Instruction[] =>
      whileRunning({ root, runtime, profile, uid: NOBODY, args: ['sleep', '600'] }, pid =>
        parseProgram(filterOf(root, pid)),
      );

    describe.each([NOBODY, 0])('as user %i, granted nothing', uid => {
      it.each(['alive-static', 'alive-glibc', 'alive-musl'])('%s runs', program => {
        expect(start(granted(), [program], uid)).toMatchObject({ status: 0, stdout: 'alive\n', stderr: '' });
      });

      it('busybox runs', () => {
        expect(start(granted(), ['sh', '-c', 'echo $(id -u) | cat'], uid)).toMatchObject({
          status: 0,
          stdout: `${uid}\n`,
          stderr: '',
        });
      });

      it('a user namespace is refused, and made with kernel.userns=allow', () => {
        const refused = start(granted(), ['unshare', '-U', 'true'], uid);
        expect(refused.status).toBe(1);
        expect(refused.stderr).toContain('Operation not permitted');
        expect(start(granted('kernel.userns=allow'), ['unshare', '-U', 'true'], uid)).toMatchObject({
          status: 0,
          stderr: '',
        });
      });

      it('has no capability, no new privileges and a filter', () => {
        const { stdout } = start(
          granted(),
          ['grep', '-E', '^(Cap|NoNewPrivs|Seccomp:)', '/proc/self/status'],
          uid,
        );
        const none = ['CapInh', 'CapPrm', 'CapEff', 'CapBnd', 'CapAmb'].map(
          set => `${set}:\t${'0'.repeat(16)}`,
        );
        expect(stdout.trim().split('\n')).toEqual([...none, 'NoNewPrivs:\t1', 'Seccomp:\t2']);
      });
    });

    it('attack: TIOCSTI and TIOCLINUX are refused, also above 32 bits, until tty.inject=allow', () => {
      const ioctl = 16;
      for (const request of [0x5412, 0x541c, 0x5412 + HIGH, 0x541c + 7 * HIGH]) {
        expect(probe(granted(), ioctl, 0, request, 0)).toBe(String(EPERM));
        expect(probe(granted('tty.inject=allow'), ioctl, 0, request, 0)).not.toBe(String(EPERM));
      }
      expect(probe(granted(), ioctl, 0, 0x5401, 0)).toBe(String(ENOTTY)); // TCGETS reaches the kernel
    });

    it('sockets of AF_INET need network=user, raw ones network=proxy', () => {
      const socket = 41;
      expect(probe(granted(), socket, 2, 1, 0)).toBe(String(EPERM));
      expect(probe(granted(), socket, 2 + HIGH, 1, 0)).toBe(String(EPERM));
      expect(probe(granted(), socket, 1, 1, 0)).toBe('ok');
      expect(probe(granted('network=user'), socket, 2, 1, 0)).toBe('ok');
      expect(probe(granted('network=user'), socket, 10, 2, 17)).toBe('ok');
      expect(probe(granted('network=user'), socket, 2, 3, 1)).toBe(String(EPERM));
      expect(probe(granted('network=user'), socket, 38, 5, 0)).toBe(String(EPERM));
    });

    it('a clone that makes a user namespace is refused however it is asked for', () => {
      const [clone, clone3] = [56, 435];
      expect(probe(granted(), clone, 0x10000011, 0, 0, 0, 0)).toBe(String(EPERM));
      expect(probe(granted(), clone3, 0, 0)).toBe('38');
    });

    it('the root file system is written to only with filesystem=writable', () => {
      const write = ['sh', '-c', 'echo x > /tmp/x'];
      expect(start(granted('identity=root'), write, 0).stderr).toContain('Read-only file system');
      expect(start(granted('identity=root', 'filesystem=writable'), write, 0)).toMatchObject({
        status: 0,
        stderr: '',
      });
    });

    it('capabilities are the granted ones: of any user where none may be 0, else of user 0 alone', () => {
      const sets = (entries: string[], uid: number): string => {
        const { stdout } = start(granted(...entries), ['grep', '^Cap', '/proc/self/status'], uid);
        return stdout.replaceAll(/Cap(\w+):\t0*(\w+)\n/g, '$1 $2 ').trim();
      };
      const any = ['network=serve'];
      expect(sets(any, 1000)).toBe('Inh 400 Prm 400 Eff 400 Bnd 400 Amb 400');
      const root = ['network=serve', 'identity=root'];
      expect(sets(root, 0)).toBe('Inh 0 Prm 400 Eff 400 Bnd 400 Amb 0');
      expect(sets(root, 1000)).toBe('Inh 0 Prm 0 Eff 0 Bnd 400 Amb 0');
    });

    it('a port below 1024 needs network=serve, for user 1000 too', () => {
      const answer = (...entries: string[]): string =>
        start(granted(...entries), ['attack', 'low-port'], 1000).stdout.split(' ')[1] ?? '';
      expect(answer('network=user')).toBe('13');
      expect(answer('network=serve')).toBe('ok');
    });

    it.each([
      ['with no_new_privs off', ['privilege=escalate']],
      ['for a web service', ['network=user', 'programs=common']],
    ])('starts %s', (_, entries) => {
      expect(start(granted(...entries), ['alive-static'])).toMatchObject({
        status: 0,
        stdout: 'alive\n',
        stderr: '',
      });
    });

    it('starts with everything granted', () => {
      const profile = compile(top, runtime.target, baselines);
      expect(start(profile, ['alive-glibc'], 0)).toMatchObject({ status: 0, stdout: 'alive\n', stderr: '' });
    });

    it('the filter that is loaded for a container granted nothing permits at most 120 calls', () => {
      const program = loaded(granted());
      const permitted = Array.from({ length: 1024 }, (_, number) => number).filter(number =>
        [...outcomes(program, number)].some(action => verdict(action) === 'allow'),
      );
      expect(permitted.length).toBeGreaterThan(100);
      expect(permitted.length).toBeLessThanOrEqual(120);
    });
  });
});
