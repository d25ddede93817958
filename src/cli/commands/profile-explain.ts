import { explain, type Explanation, type OpenedBy } from '../../entitlements/explain.js';
import { NOWHERE } from '../../entitlements/homes.js';
import type { Change } from '../../entitlements/smallest-change.js';
import { resolveTarget } from '../../entitlements/target.js';
import type { JsonObject } from '../../json/types.js';
import { defineCommand } from '../command.js';
import { GRANT_OPTIONS, grantsGiven } from '../grants.js';
import { columns } from '../table.js';

/** Conditions that are shown; --json has all. */
const MAX_CONDITIONS = 6;

export const command = defineCommand({
  usage: 'CALL|CAPABILITY [--grant DOMAIN=VALUE …] [--preset NAME] [--arch ARCH] [--runtime NAME]',
  description:
    'Says whether given grants permit a system call or a capability, which grants open it, the smallest change that\n' +
    'would, the classes of attack that come with it, which runtimes need it themselves, and what of it no filter can\n' +
    'see. A CALL is a name, or a name with arguments: numbers, names of values, _ for any.\n' +
    'The smallest change makes the fewest domains meaningless, then opens the fewest classes of attack, then changes\n' +
    'the fewest domains by the fewest steps.',
  arguments: [1, 1],
  options: {
    ...GRANT_OPTIONS,
    arch: { type: 'string', value: 'ARCH', help: 'only this architecture (default: all)' },
    runtime: { type: 'string', value: 'NAME', help: 'what this runtime calls itself counts as permitted' },
  },
  examples: [
    'writ profile explain unshare',
    'writ profile explain CAP_NET_ADMIN --preset web-service',
    "writ profile explain 'socket(AF_INET, SOCK_RAW)' --grant network=user",
    "writ profile explain 'ioctl(fd, TIOCSTI)' --json",
  ],
  run: async ({ out, catalogue: load }, values, [question = '']) => {
    const loaded = await load();
    const { catalogue, baselines } = loaded;
    const { arch, runtime } = values;
    const node = resolveTarget(baselines, { arch: arch ?? 'amd64', runtime: runtime ?? 'runc-1.1' });
    const found = explain(catalogue, baselines, question, {
      grants: grantsGiven(loaded, values),
      ...(arch !== undefined && { arch: node.arch }),
      ...(runtime !== undefined && { runtime: node.baseline.id }),
    });
    out.result(toJson(found), () => words(found));
    return 0;
  },
});

const EXTENTS = { all: 'permitted', some: 'permitted for some arguments', none: 'refused' };

function words(found: Explanation): string {
  const { kind, question, permitted, refusal, openedBy, reservedFor, notes } = found;
  const extents = [...new Set(permitted.values())];
  const verdicts = extents.map(extent => {
    const on = extents.length === 1 ? [] : [...permitted].filter(([, one]) => one === extent);
    const where = on.length === 0 ? '' : ` on ${on.map(([arch]) => arch).join(', ')}`;
    const answer = extent === 'none' && refusal !== undefined ? ` (${refusal})` : '';
    return [kind === 'syscall' ? 'the call is' : 'the capability is', `${EXTENTS[extent]}${answer}${where}`];
  });
  const facts = [
    ...verdicts,
    ...(openedBy.length === 0 ? [['opened by', 'no grant']] : openedBy.flatMap(opening)),
    ...runtimes(found),
    ...changes(found),
    ...reservation(reservedFor),
    ...notes.map(note => ['note', note]),
  ];
  return [`${question} (${kind === 'syscall' ? 'system call' : 'capability'})`, columns(facts)].join('\n');
}

function reservation(domain: string | undefined): string[][] {
  if (domain === undefined) return [];
  if (domain === NOWHERE) return [['reserved for', 'nobody: no program needs it']];
  return [['reserved for', `the domain ${domain}, which is not built yet`]];
}

function opening(opened: OpenedBy): string[][] {
  const { grant, lowest, granted, opens, when, arches, ...more } = opened;
  const hidden = when.length - MAX_CONDITIONS;
  const remarks = [
    ...(lowest ? ['every container has it'] : granted ? ['granted'] : []),
    ...(opens === 'some' ? ['some arguments only'] : []),
    ...when.slice(0, MAX_CONDITIONS).map(condition => `with ${condition}`),
    ...(hidden > 0 ? [`and ${hidden} more`] : []),
    ...(arches.length > 0 ? [`on ${arches.join(', ')}`] : []),
    ...labelled('opens to attack', more.attackClasses),
    ...labelled('makes meaningless', more.voids),
    ...labelled('does not cover', more.doesNotCover),
  ];
  return [['opened by', grant], ...remarks.map(remark => ['', `  ${remark}`])];
}

const labelled = (label: string, items: readonly string[]): string[] =>
  items.length === 0 ? [] : [`${label}: ${items.join(', ')}`];

function runtimes({ runtimes: found }: Explanation): string[][] {
  const of = (when: string): string =>
    found
      .filter(one => one.when === when)
      .map(({ runtime }) => runtime)
      .join(', ');
  const [late, early] = [of('late'), of('early')];
  return [
    ...(late === '' ? [] : [['needed by', `${late}: permitted in every container`]]),
    ...(early === '' ? [] : [['needed by', `${early}: permitted in containers that may gain privileges`]]),
  ];
}

function changes({ change, partly }: Explanation): string[][] {
  if (change === undefined || partly === undefined) return changed('least change', change ?? partly);
  return [...changed('least change', partly, 'some arguments'), ...changed('for all of it', change)];
}

function changed(label: string, change: Change | undefined, what?: string): string[][] {
  if (change === undefined) return [];
  const flags = change.grants.map(grant => `--grant ${grant}`).join(' ');
  const remarks = [
    ...labelled('opens to attack', change.attackClasses),
    ...labelled('makes meaningless', change.voids),
  ];
  const first = what === undefined ? flags : `${flags} (${what})`;
  return [[label, first], ...remarks.map(remark => ['', `  ${remark}`])];
}

const toJson = (found: Explanation): JsonObject => ({
  kind: found.kind,
  name: found.name,
  question: found.question,
  permitted: Object.fromEntries(found.permitted),
  refusal: found.refusal ?? null,
  openedBy: found.openedBy.map(opened => ({ ...opened })),
  runtimes: found.runtimes.map(one => ({ ...one })),
  smallestChange: (found.partly ?? found.change)?.grants.join(' ') ?? null,
  change: changeJson(found.change),
  partly: changeJson(found.partly),
  reservedFor: found.reservedFor ?? null,
  notes: found.notes,
});

const changeJson = (change: Change | undefined): JsonObject | null =>
  change === undefined
    ? null
    : {
        grants: change.grants,
        result: change.result.toJson(),
        attackClasses: change.attackClasses,
        voids: change.voids,
      };
