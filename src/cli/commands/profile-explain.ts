import { loadCatalogue } from '../../config/catalogue.js';
import { explain, type Explanation, type Opening } from '../../entitlements/explain.js';
import type { JsonObject } from '../../json/types.js';
import { defineCommand } from '../command.js';
import { columns } from '../table.js';

export const command = defineCommand({
  usage: 'SYSCALL|CAPABILITY',
  description:
    'Says which grants open a system call or a capability, the least change that would, the classes of attack that\n' +
    'come with it, and what of it no filter can see.',
  arguments: [1, 1],
  options: {},
  examples: ['writ profile explain unshare', 'writ profile explain CAP_NET_ADMIN'],
  run: async ({ out }, _values, [name = '']) => {
    const { catalogue } = await loadCatalogue();
    const found = explain(catalogue, name);
    out.result(toJson(found), () => words(found));
    return 0;
  },
});

function words(found: Explanation): string {
  const { kind, name, openedBy, smallestChange, reservedFor, notes } = found;
  const facts = [
    ...(openedBy.length === 0 ? [['opened by', 'no grant']] : openedBy.flatMap(opening)),
    ...(smallestChange === undefined ? [] : [['least change', `--grant ${smallestChange}`]]),
    ...(reservedFor === undefined
      ? []
      : [['reserved for', `the domain ${reservedFor}, which is not built yet`]]),
    ...notes.map(note => ['note', note]),
  ];
  return [`${name} (${kind === 'syscall' ? 'system call' : 'capability'})`, columns(facts)].join('\n');
}

function opening({ grant, lowest, partly, arches, ...more }: Opening): string[][] {
  const remarks = [
    ...(lowest ? ['every container has it'] : []),
    ...(partly ? ['some arguments only'] : []),
    ...(arches.length > 0 ? [`on ${arches.join(', ')}`] : []),
    ...labelled('opens to attack', more.attackClasses),
    ...labelled('makes meaningless', more.voids),
    ...labelled('does not cover', more.doesNotCover),
  ];
  return [['opened by', grant], ...remarks.map(remark => ['', `  ${remark}`])];
}

const labelled = (label: string, items: readonly string[]): string[] =>
  items.length === 0 ? [] : [`${label}: ${items.join(', ')}`];

const toJson = (found: Explanation): JsonObject => ({
  kind: found.kind,
  name: found.name,
  openedBy: found.openedBy.map(opened => ({ ...opened })),
  smallestChange: found.smallestChange ?? null,
  reservedFor: found.reservedFor ?? null,
  notes: found.notes,
});
