import { loadCatalogue } from '../../config/catalogue.js';
import { describeAction } from '../../entitlements/algebra/actions.js';
import { programDiagram } from '../../entitlements/algebra/bpf.js';
import {
  answerDifferences,
  compareFilters,
  together,
  type Comparison,
  type Difference,
} from '../../entitlements/algebra/compare.js';
import { Diagrams, type Node } from '../../entitlements/algebra/diagram.js';
import { AUDIT_ARCH, makeLoader } from '../../entitlements/algebra/loaders.js';
import { objectDiagram, type Loader } from '../../entitlements/algebra/oci.js';
import type { Catalogue } from '../../entitlements/model.js';
import { resolveTarget, type ResolvedTarget } from '../../entitlements/target.js';
import type { JsonObject } from '../../json/types.js';
import { defineCommand } from '../command.js';
import { readFilterFile, type FilterFile } from '../filter-file.js';
import { describeMachine } from '../machine.js';
import { columns } from '../table.js';

export const command = defineCommand({
  usage: 'A B [--runtime NAME] [--arch ARCH]',
  description:
    'Compares two seccomp filters, exactly: over every architecture, every call number and all six arguments. A and B are\n' +
    'seccomp objects, files config.json, or raw classic BPF in base64; - is standard input. What an object means depends on\n' +
    'the runtime that loads it: without --runtime the answer holds for all that are supported.\n' +
    'Exit 0 iff A permits nothing that B does not; else a call is shown that it does.',
  arguments: [2, 2],
  options: {
    runtime: { type: 'string', value: 'NAME', help: 'who loads them: runc-1.1, crun-1.8, … (default: all)' },
    arch: { type: 'string', value: 'ARCH', help: 'the machine: amd64, arm64 (default: this one)' },
    libseccomp: {
      type: 'string',
      value: 'VERSION',
      help: "the machine's libseccomp (default: one that knows all calls)",
    },
  },
  examples: [
    'writ profile compare mine.json theirs.json',
    'writ profile compare config.json filter.b64 --runtime runc-1.1',
  ],
  run: async (context, values, [first = '', second = '']) => {
    const a = await readFilterFile(context, first);
    const b = await readFilterFile(context, second);
    const { catalogue, baselines } = await loadCatalogue();
    const names = values.runtime === undefined ? [...baselines.runtimes.keys()] : [values.runtime];
    const arch = values.arch ?? describeMachine().arch;
    const { libseccomp } = values;
    const targets = names.map(runtime =>
      resolveTarget(baselines, { runtime, arch, ...(libseccomp !== undefined && { libseccomp }) }),
    );
    const results = targets.map(target => ({ target, ...compareFor(catalogue, target, a, b) }));
    const relation = together(results.map(({ comparison }) => comparison.relation));
    const counterexample = pick(results.map(({ comparison }) => comparison));
    const differ = results.flatMap(({ differ: some }) => some);
    const json = {
      relation,
      counterexample: counterexample === undefined ? null : shown(catalogue, counterexample),
      answersDiffer: differ.map(one => shown(catalogue, one)).filter(unique()),
      runtimes: Object.fromEntries(
        results.map(({ target, comparison }) => [target.baseline.id, comparison.relation]),
      ),
    };
    context.out.result(json, () => words(relation, json));
    return relation === 'equal' || relation === 'subset' ? 0 : 1;
  },
});

function compareFor(
  catalogue: Catalogue,
  { arch, baseline, highest }: ResolvedTarget,
  a: FilterFile,
  b: FilterFile,
): { comparison: Comparison; differ: Difference[] } {
  const diagrams = new Diagrams();
  const runtime = baseline.id.startsWith('crun') ? 'crun' : 'runc';
  const loader = makeLoader(catalogue, { runtime, arch, highest });
  const [x, y] = [nodeOf(diagrams, a, loader), nodeOf(diagrams, b, loader)];
  const numbers = new Map(
    [...catalogue.tables.values()].map(table => [AUDIT_ARCH[table.arch], table.numbers.values()] as const),
  );
  return { comparison: compareFilters(diagrams, x, y), differ: answerDifferences(diagrams, x, y, numbers) };
}

const nodeOf = (diagrams: Diagrams, file: FilterFile, loader: Loader): Node =>
  file.kind === 'program'
    ? programDiagram(diagrams, file.program)
    : objectDiagram(diagrams, file.object, loader);

/** What A permits and B does not comes first: it decides. */
const pick = (comparisons: readonly Comparison[]): Difference | undefined =>
  comparisons.find(({ looser }) => looser !== undefined)?.looser ??
  comparisons.find(({ stricter }) => stricter !== undefined)?.stricter;

function shown({ tables }: Catalogue, { call, a, b }: Difference): JsonObject {
  const table = [...tables.values()].find(({ arch }) => AUDIT_ARCH[arch] === call.arch);
  const name = [...(table?.numbers ?? [])].find(([, number]) => number === call.number)?.[0];
  return {
    arch: table?.arch ?? `0x${call.arch.toString(16)}`,
    syscall: name ?? String(call.number),
    args: call.args.map(arg => `0x${arg.toString(16)}`),
    a: describeAction(a),
    b: describeAction(b),
  };
}

function unique(): (value: JsonObject) => boolean {
  const seen = new Set<string>();
  return value => {
    const text = JSON.stringify(value);
    return seen.size < seen.add(text).size;
  };
}

const SENTENCES = {
  equal: 'equal: A and B permit the same calls',
  subset: 'subset: B permits all that A does, and more',
  superset: 'superset: A permits all that B does, and more',
  incomparable: 'incomparable: each permits calls that the other does not',
};

function words(
  relation: keyof typeof SENTENCES,
  {
    counterexample,
    answersDiffer,
  }: { counterexample: JsonObject | null; answersDiffer: readonly JsonObject[] },
): string {
  const row = (one: JsonObject): string[] => [
    `${String(one['arch'])} ${String(one['syscall'])}(${(one['args'] as readonly string[]).join(', ')})`,
    `A: ${String(one['a'])}`,
    `B: ${String(one['b'])}`,
  ];
  return [
    SENTENCES[relation],
    ...(counterexample === null ? [] : ['for example:', columns([row(counterexample)])]),
    ...(answersDiffer.length === 0
      ? []
      : ['permitted alike, and answered differently:', columns(answersDiffer.map(row))]),
  ].join('\n');
}
