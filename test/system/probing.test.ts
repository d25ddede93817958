/**
 * What runs is what was compiled: every number, the 32-bit tables and arguments at the edges of their width, tried in real
 * containers without being made, and the filter that was loaded compared, for every call there is, with the model.
 */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bitsOf } from '../../src/entitlements/algebra/call.js';
import { compareFilters } from '../../src/entitlements/algebra/compare.js';
import { compile } from '../../src/entitlements/compile.js';
import { Diagrams } from '../../src/entitlements/algebra/diagram.js';
import type { Cube, TableName } from '../../src/entitlements/model.js';
import type { Profile } from '../../src/entitlements/profile.js';
import { partsOf } from '../../src/entitlements/parts.js';
import { baselines, catalogue, grants, seccompOf, top } from '../entitlements/catalogue.js';
import { describeWith } from '../support/system.js';
import { AUDIT_ARCH_X86_64 } from './bpf.js';
import { BEYOND, callsAtEdges, cameBack, NUMBERS, ONES } from './calls.js';
import { CONTAINERS, makeRoot, run } from './container.js';
import { loadedOf, modelOf } from './modelled.js';
import { MAGIC, tryMarked, type MarkedCall } from './marked.js';
import { FOR_LONG_TESTS, installed, RUNTIMES, type Runtime } from './runtimes.js';

const AUDIT_ARCH_I386 = 0x40000003;
const SIGILL = 4;
const ENXIO = 6;
/** Calls that newer kernels make whatever a filter says, for they come from code that the kernel wrote itself. */
const UNFILTERED = [335, 336];

/** Open sets and quantities open no call. */
const membersOf = (name: string): string[] => {
  const domain = catalogue.domains.get(name);
  return domain === undefined ? [] : partsOf(domain).map(member => member.name);
};

/** Grants, or `top` for everything. */
const SETS: Readonly<Record<string, readonly string[] | 'top'>> = {
  nothing: [],
  'a web service': ['network=user', 'programs=common'],
  'a proxy that drops to a user': ['network=proxy', 'identity=switch', 'programs=common'],
  'an administrator': ['security=admin', 'network=admin', 'identity=switch'],
  'a reader of logs': ['security=view', 'host.processes=view', 'host.devices=view'],
  'privileges by executing': ['privilege=escalate', 'identity=root'],
  'a builder in user namespaces': ['kernel.userns=allow', 'kernel.mount=allow'],
  'terminal injection and tracing': ['tty.inject=allow', 'debug=perf'],
  'programs of 32 bits': ['legacy32=allow', 'programs=common', 'network=user', 'kernel.userns=allow'],
  'every family of sockets': [`network.families=${membersOf('network.families').join()}`],
  everything: 'top',
};

/** What is enough of them where a runtime is one of many: conditions, capabilities, and the other tables. */
const SHORT: readonly string[] = ['a web service', 'an administrator', 'programs of 32 bits'];

const profileFor = (set: readonly string[] | 'top', { target }: Runtime): Profile => {
  const given = set === 'top' ? top : grants(...set);
  return compile(given, target, baselines);
};

describeWith(CONTAINERS, 'what runs is what was compiled', () => {
  let root: string;
  beforeAll(() => {
    root = makeRoot();
  });
  afterAll(() => {
    rmSync(root, { recursive: true, force: true });
  });

  it('every condition of the catalogue is tried as a condition, and not only where a whole call is open', () => {
    const tried = Object.values(SETS).flatMap(set =>
      profileFor(set, installed('runc')).parts.calls.flatMap(({ name, permits }) =>
        typeof permits === 'string' ? [] : permits.map(cube => keyOf(name, cube)),
      ),
    );
    const rules = [...catalogue.domains.values()].flatMap(domain =>
      partsOf(domain).flatMap(({ effects }) => effects.syscalls),
    );
    const asked = rules.flatMap(({ names, when }) =>
      names.flatMap(name => (when ?? []).map(cube => keyOf(name, cube))),
    );
    expect(asked.length).toBeGreaterThan(20);
    expect(asked.filter(key => !tried.includes(key))).toEqual([]);
  });

  describe.each(RUNTIMES)('under $version', runtime => {
    it.each(UNFILTERED)('%i is refused, or made by a kernel that does not ask filters for it', number => {
      const profile = profileFor([], runtime);
      const args = ['sh', '-c', `probe ${number} || echo "ended $?"`];
      const { stdout } = run({ root, runtime, profile, uid: 1000, args });
      // uretprobe ends who does not come from the kernel's own code, uprobe finds no place to go back to
      expect(['38', `${ENXIO}`, `ended ${128 + SIGILL}`]).toContain(stdout.trim());
    });

    const isShort = !FOR_LONG_TESTS.includes(runtime);
    const sets = Object.entries(SETS).filter(([name]) => !isShort || SHORT.includes(name));
    describe.each(sets)('%s', (_, set) => {
      const profile = profileFor(set, runtime);

      it.each(isShort ? [1000] : [0, 1000])(
        'user %i: answers and filter are those of the model',
        async uid => {
          const calls = callsFor(profile);
          const { answers, filter } = await tryMarked({ root, runtime, profile, uid }, calls);
          const diagrams = new Diagrams();
          const model = modelOf(diagrams, seccompOf(profile), runtime);
          const wrong = calls
            .map((call, i) => ({ call, answered: answers[i], modelled: expected(diagrams, model, call) }))
            .filter(({ answered, modelled }) => answered !== modelled);
          expect(wrong.slice(0, 5)).toEqual([]);
          expect(compareFilters(diagrams, model, loadedOf(diagrams, filter))).toEqual({
            relation: 'equal',
            looser: undefined,
            stricter: undefined,
            answersDiffer: undefined,
          });
        },
      );
    });
  });
});

/** What the model says comes back of a marked call. */
function expected(diagrams: Diagrams, model: number, { gate, number, args }: MarkedCall): number {
  const five = Array.from({ length: 5 }, (_, i) => args[i] ?? 0n);
  const isNarrow = gate === 'int 0x80';
  const word = diagrams.evaluate(
    model,
    bitsOf({
      arch: isNarrow ? AUDIT_ARCH_I386 : AUDIT_ARCH_X86_64,
      number,
      args: [...five.map(arg => (isNarrow ? arg & 0xffffffffn : arg)), MAGIC[gate]],
    }),
  );
  return cameBack(word);
}

const X32 = 0x40000000;

/** The tables of calls that a program of 64 bits can call by. */
const TABLES: readonly (readonly [TableName, MarkedCall['gate']])[] = [
  ['amd64', 'syscall'],
  ['x32', 'syscall'],
  ['i386', 'int 0x80'],
];

function callsFor(profile: Profile): MarkedCall[] {
  const numbers = [...NUMBERS.filter(number => !UNFILTERED.includes(number)), ...BEYOND];
  // Where the other tables are no part of the filter each call ends its child, which takes time: their numbers are enough.
  const tables = profile.parts.freedoms.has('legacy-tables') ? TABLES : TABLES.slice(0, 1);
  const marked = (number: number, args: readonly bigint[] = []): MarkedCall => ({
    gate: 'syscall',
    number,
    args,
  });
  return [
    ...numbers.map(number => marked(number)),
    ...numbers.map(number => marked(number, [ONES, ONES, ONES, ONES, ONES])),
    ...NUMBERS.map(number => marked(X32 + number)),
    ...[...NUMBERS, ...BEYOND].map(number => ({ gate: 'int 0x80' as const, number, args: [] })),
    ...tables.flatMap(([table, gate]) => atEdges(profile, table, gate)),
  ];
}

/** Calls at the edges of conditions, on a table that there is. */
const atEdges = (profile: Profile, table: TableName, gate: MarkedCall['gate']): MarkedCall[] =>
  callsAtEdges(profile, catalogue.tables.get(table)?.numbers ?? new Map()).map(call => ({
    gate,
    ...call,
  }));

const keyOf = (name: string, cube: Cube): string => JSON.stringify([name, cube]);
