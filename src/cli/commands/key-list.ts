import { defineCommand } from '../command.js';
import { openKeyStore } from '../keys.js';
import { columns } from '../table.js';

export const command = defineCommand({
  usage: '',
  description: 'Lists the keys of the key store, oldest first. Needs no pass-phrase.',
  arguments: [0, 0],
  options: {},
  examples: ['writ key list'],
  run: async context => {
    const keys = await (await openKeyStore(context)).list();
    const rows = keys.map(({ publicKey, role, repository, created }) => ({
      id: publicKey.id,
      scheme: publicKey.scheme,
      role: role ?? null,
      repository: repository ?? null,
      created: created.toISOString(),
    }));
    context.out.result({ keys: rows }, () =>
      rows.length === 0
        ? `no keys in the key store; \`writ key generate\` makes one`
        : columns(
            [
              ['ID', 'SCHEME', 'ROLE', 'REPOSITORY', 'CREATED'],
              ...rows.map(row => [row.id, row.scheme, row.role ?? '-', row.repository ?? '-', row.created]),
            ],
            '',
          ),
    );
    return 0;
  },
});
