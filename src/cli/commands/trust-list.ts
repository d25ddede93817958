import { describeSource } from '../../trust/pins.js';
import { defineCommand } from '../command.js';
import { columns } from '../table.js';
import { openPins } from '../trusted.js';

export const command = defineCommand({
  usage: '',
  description: 'Lists the pinned roots: the repositories whose images can be verified here.',
  arguments: [0, 0],
  options: {},
  examples: ['writ trust list'],
  run: async context => {
    const pins = await (await openPins(context)).list();
    const rows = pins.map(({ name, source, sha256, version }) => ({
      name,
      source: describeSource(source),
      sha256,
      version,
    }));
    context.out.result({ repositories: rows }, () =>
      rows.length === 0
        ? 'no repository is trusted; see `writ trust add --help`'
        : columns(
            [
              ['NAME', 'SOURCE', 'ROOT', 'SHA256'],
              ...rows.map(row => [row.name, row.source, `v${row.version}`, row.sha256]),
            ],
            '',
          ),
    );
    return 0;
  },
});
