import { loadCatalogue } from '../../config/catalogue.js';
import { describeAction } from '../../entitlements/algebra/actions.js';
import {
  answerDifferences,
  compareFilters,
  together,
  type Comparison,
  type Difference,
  type Relation,
} from '../../entitlements/algebra/compare.js';
import { compareConfigs, type PartComparison } from '../../entitlements/algebra/config-compare.js';
import { Diagrams } from '../../entitlements/algebra/diagram.js';
import type { Doubt } from '../../entitlements/algebra/doubts.js';
import { FACTS } from '../../entitlements/architectures.js';
import type { Catalogue, SyscallTable } from '../../entitlements/model.js';
import type { ResolvedTarget } from '../../entitlements/target.js';
import type { JsonObject } from '../../json/types.js';
import { defineCommand } from '../command.js';
import { readFilterFile, type Filter, type FilterFile } from '../filter-file.js';
import {
  doubtfulCalls,
  filterNode,
  LOADER_OPTIONS,
  loaderOf,
  targetsGiven,
  warnOfDoubts,
} from '../filters.js';
import { columns } from '../table.js';

export const command = defineCommand({
  usage: 'A B [--runtime NAME] [--arch ARCH]',
  description:
    'Compares two seccomp filters, exactly: over every architecture, every call number and all six arguments. A and B are\n' +
    'seccomp objects, files config.json, or raw classic BPF in base64; - is standard input. Of two config.json all parts that\n' +
    'give or take rights are compared: capabilities, namespaces, paths, mounts, devices, limits, sysctls, the user.\n' +
    'What an object means depends on the runtime that loads it: without --runtime the answer holds for all that are\n' +
    'supported. Exit 0 iff A permits nothing that B does not; else a call or a part is shown in which it does.\n' +
    'It warns of rules of which libseccomp 2.5 is known to load something else than they say.',
  arguments: [2, 2],
  options: LOADER_OPTIONS,
  examples: [
    'writ profile compare mine.json theirs.json',
    'writ profile compare config.json filter.b64 --runtime runc-1.1',
  ],
  run: async (context, values, [first = '', second = '']) => {
    const a = await readFilterFile(context, first);
    const b = await readFilterFile(context, second);
    const { catalogue, baselines } = await loadCatalogue();
    const targets = targetsGiven(baselines, values);
    const results = targets.map(target => ({ target, ...compareFor(catalogue, target, a.filter, b.filter) }));
    const parts = partsOf(a, b);
    const seccomp = together(results.map(({ comparison }) => comparison.relation));
    const relation = together([seccomp, ...parts.map(part => part.relation)]);
    const counterexample = pick(results.map(({ comparison }) => comparison));
    const differ = results.flatMap(({ differ: some }) => some);
    const loaders = targets.map(target => loaderOf(catalogue, target));
    const doubts = { a: doubtfulCalls(a.filter, loaders), b: doubtfulCalls(b.filter, loaders) };
    warnOfDoubts(context, first, doubts.a);
    warnOfDoubts(context, second, doubts.b);
    const json = {
      relation,
      counterexample: counterexample === undefined ? null : shown(catalogue, counterexample),
      answersDiffer: differ.map(one => shown(catalogue, one)).filter(unique()),
      runtimes: Object.fromEntries(
        results.map(({ target, comparison }) => [target.baseline.id, comparison.relation]),
      ),
      doubts: { a: doubts.a.map(doubtJson), b: doubts.b.map(doubtJson) },
      ...(parts.length > 0 && { parts: { 'linux.seccomp': { relation: seccomp }, ...partsJson(parts) } }),
    };
    context.out.result(json, () => words(relation, { ...json, seccomp }, parts));
    return relation === 'equal' || relation === 'subset' ? 0 : 1;
  },
});

/** None unless both are configurations: a filter says nothing of the rest. */
const partsOf = (a: FilterFile, b: FilterFile): PartComparison[] =>
  a.config === undefined || b.config === undefined ? [] : compareConfigs(a.config, b.config);

const doubtJson = ({ architecture, syscall }: Doubt): JsonObject => ({ architecture, syscall });

const partsJson = (parts: readonly PartComparison[]): JsonObject =>
  Object.fromEntries(
    parts.map(({ part, relation, looser, stricter }) => [
      part,
      {
        relation,
        ...(looser !== undefined && { a: looser }),
        ...(stricter !== undefined && { b: stricter }),
      },
    ]),
  );

function compareFor(
  catalogue: Catalogue,
  target: ResolvedTarget,
  a: Filter,
  b: Filter,
): { comparison: Comparison; differ: Difference[] } {
  const diagrams = new Diagrams();
  const loader = loaderOf(catalogue, target);
  const [x, y] = [filterNode(diagrams, a, loader), filterNode(diagrams, b, loader)];
  const numbers = new Map<number, readonly number[]>();
  for (const { arch: name, numbers: more } of catalogue.tables.values()) {
    const { audit } = FACTS[name];
    numbers.set(audit, [...(numbers.get(audit) ?? []), ...more.values()]);
  }
  return { comparison: compareFilters(diagrams, x, y), differ: answerDifferences(diagrams, x, y, numbers) };
}

/** What A permits and B does not comes first: it decides. */
const pick = (comparisons: readonly Comparison[]): Difference | undefined =>
  comparisons.find(({ looser }) => looser !== undefined)?.looser ??
  comparisons.find(({ stricter }) => stricter !== undefined)?.stricter;

function shown({ tables }: Catalogue, { call, a, b }: Difference): JsonObject {
  const candidates = [...tables.values()].filter(({ arch }) => FACTS[arch].audit === call.arch);
  const nameIn = (table: SyscallTable): string | undefined =>
    [...table.numbers].find(([, number]) => number === call.number)?.[0];
  const table = candidates.find(one => nameIn(one) !== undefined) ?? candidates[0];
  const name = table && nameIn(table);
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
  equal: 'equal: A and B permit the same',
  subset: 'subset: B permits all that A does, and more',
  superset: 'superset: A permits all that B does, and more',
  incomparable: 'incomparable: each permits what the other does not',
};

function words(
  relation: keyof typeof SENTENCES,
  {
    seccomp,
    counterexample,
    answersDiffer,
  }: { seccomp: Relation; counterexample: JsonObject | null; answersDiffer: readonly JsonObject[] },
  parts: readonly PartComparison[],
): string {
  const row = (one: JsonObject): string[] => [
    `${String(one['arch'])} ${String(one['syscall'])}(${(one['args'] as readonly string[]).join(', ')})`,
    `A: ${String(one['a'])}`,
    `B: ${String(one['b'])}`,
  ];
  const other = parts.filter(part => part.relation !== 'equal');
  return [
    SENTENCES[relation],
    ...(other.length === 0
      ? []
      : ['in these parts:', columns([['linux.seccomp', seccomp], ...other.map(partRow)])]),
    ...(counterexample === null ? [] : ['for example:', columns([row(counterexample)])]),
    ...(answersDiffer.length === 0
      ? []
      : ['permitted alike, and answered differently:', columns(answersDiffer.map(row))]),
  ].join('\n');
}

const partRow = ({ part, relation, looser, stricter }: PartComparison): string[] => [
  part,
  relation,
  ...(looser === undefined ? [] : [`A: ${looser}`]),
  ...(stricter === undefined ? [] : [`B: ${stricter}`]),
];
