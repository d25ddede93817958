import type { JsonObject } from '../../json/types.js';
import { scopeOf } from '../../tuf/change/targets.js';
import type { DelegatedRole, Targets } from '../../tuf/model.js';
import type { Verified } from '../../tuf/verified.js';
import { allTargets } from '../all-targets.js';
import { defineCommand } from '../command.js';
import { shortPatterns } from '../delegation/patterns.js';
import { columns } from '../table.js';
import { choosePin, refreshPin } from '../trusted.js';

export const command = defineCommand({
  usage: '[ROLE] [--repository NAME]',
  description:
    'Lists the roles that a repository delegates to, in the order in which they are asked, with what they speak for.\n' +
    'With ROLE: only it and the roles below it, with their keys.',
  arguments: [0, 1],
  options: {
    repository: { type: 'string', value: 'NAME', help: 'the trusted repository (default: the only one)' },
  },
  examples: ['writ delegation list', 'writ delegation list team --repository acme --json'],
  run: async (context, values, [role]) => {
    const pin = await choosePin(context, values.repository);
    const { documents, unreadable } = await allTargets(await refreshPin(context, pin));
    for (const one of unreadable) context.out.warn(`${one.role} cannot be read: ${one.error.message}`);
    const rows = documents
      .flatMap(delegator =>
        (delegator.value.delegations?.roles ?? []).map(one => rowOf(delegator, one, documents)),
      )
      .filter(({ name }) => role === undefined || name === role || name.startsWith(`${role}/`));
    context.out.result({ repository: pin.name, roles: rows.map(toJson) }, () =>
      rows.length === 0
        ? `${pin.name} delegates to nobody; see \`writ delegation add --help\``
        : words(rows, role),
    );
    return 0;
  },
});

interface Row {
  readonly name: string;
  readonly from: string;
  readonly entry: DelegatedRole;
  /** Undefined where it cannot be read. */
  readonly document: Verified<Targets> | undefined;
}

const rowOf = (
  delegator: Verified<Targets>,
  entry: DelegatedRole,
  documents: readonly Verified<Targets>[],
): Row => ({
  name: entry.name,
  from: delegator.role,
  entry,
  document: documents.find(({ role }) => role === entry.name),
});

const toJson = ({ name, from, entry, document }: Row): JsonObject => ({
  role: name,
  from,
  paths: entry.scope.kind === 'paths' ? entry.scope.patterns : [],
  hashPrefixes: entry.scope.kind === 'paths' ? [] : entry.scope.prefixes,
  terminating: entry.terminating,
  threshold: entry.threshold,
  keys: entry.keyIds,
  version: document?.value.version ?? null,
  expires: document?.value.expires.toISOString() ?? null,
});

function words(rows: readonly Row[], role: string | undefined): string {
  return columns(
    [
      ['ROLE', 'FROM', 'SIGNATURES', 'VERSION', 'EXPIRES', 'FOR'],
      ...rows.flatMap(({ name, from, entry, document }) => {
        const scope = scopeOf(entry);
        const paths = entry.scope.kind === 'paths' ? shortPatterns(scope) : scope.map(one => `hash ${one}…`);
        const line = [
          name,
          from,
          `${entry.threshold} of ${entry.keyIds.length}`,
          String(document?.value.version ?? '-'),
          document?.value.expires.toISOString() ?? 'unreadable',
          `${paths.join(' ')}${entry.terminating ? '' : ' (not terminating)'}`,
        ];
        return [line, ...(role === undefined ? [] : entry.keyIds.map(id => ['', `key ${id}`]))];
      }),
    ],
    '',
  );
}
