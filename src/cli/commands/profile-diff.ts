import { compile } from '../../entitlements/compile.js';
import { diff, type Difference } from '../../entitlements/diff.js';
import type { Grants } from '../../entitlements/grants.js';
import type { JsonObject } from '../../json/types.js';
import { defineCommand } from '../command.js';
import { grantsNamed } from '../grants.js';
import { chooseNode, NODE_OPTIONS } from '../node-kind.js';
import { columns } from '../table.js';

export const command = defineCommand({
  usage: 'A B [--arch ARCH] [--runtime NAME]',
  description:
    'Says what differs between two grants: first domain by domain, then in what follows on one kind of node, in\n' +
    'capabilities, calls, paths, namespaces. A and B are each a preset, `nothing`, a list of DOMAIN=VALUE with spaces\n' +
    'between them, or a file of YAML or JSON with DOMAIN: VALUE (at its top or in `grants`); - is standard input.',
  arguments: [2, 2],
  options: NODE_OPTIONS,
  examples: [
    'writ profile diff static-binary web-service',
    "writ profile diff nothing 'network=user debug=ptrace'",
    'writ profile diff old.yaml new.yaml --arch arm64 --json',
  ],
  run: async (context, values, [first = '', second = '']) => {
    const loaded = await context.catalogue();
    const a = await grantsNamed(context, loaded, first);
    const b = await grantsNamed(context, loaded, second);
    const { target, why } = chooseNode(values, loaded.baselines);
    if (why !== undefined) context.out.note(`compared ${why}`);
    const compiled = (grants: Grants) => compile(grants, target, loaded.baselines);
    const found = diff(compiled(a), compiled(b));
    context.out.result(toJson(found), () => words(found));
    return 0;
  },
});

const SENTENCES = {
  equal: 'A and B grant the same',
  below: 'B grants all that A does, and more',
  above: 'A grants all that B does, and more',
  incomparable: 'each grants what the other does not',
};

function words({ relation, domains, gained, lost, calls, lists }: Difference): string {
  const rows = [
    ...domains.map(({ domain, from, to, change }) => [domain, `${from} -> ${to}`, change]),
    ...marks('+', gained),
    ...marks('-', lost),
    ...Object.entries(calls).flatMap(([kind, names]: [string, readonly string[]]) =>
      names.length === 0 ? [] : [[`calls ${kind}`, names.join(' ')]],
    ),
    ...[...lists].flatMap(([kind, { added, removed }]) => [
      ...removed.map(item => [kind, `- ${item}`]),
      ...added.map(item => [kind, `+ ${item}`]),
    ]),
  ];
  return [SENTENCES[relation], ...(rows.length === 0 ? [] : [columns(rows)])].join('\n');
}

const marks = (sign: string, { attackClasses, voids }: Difference['gained']): string[][] => [
  ...attackClasses.map(name => ['open to attack', `${sign} ${name}`]),
  ...voids.map(name => ['meaningless', `${sign} ${name}`]),
];

const toJson = ({ relation, domains, gained, lost, calls, lists }: Difference): JsonObject => ({
  relation,
  domains: domains.map(change => ({ ...change })),
  gained: { ...gained },
  lost: { ...lost },
  calls: { ...calls },
  lists: Object.fromEntries([...lists].map(([kind, list]) => [kind, { ...list }])),
});
