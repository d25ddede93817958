import { pinnedRoot } from '../../notary/pins.js';
import { describeSource } from '../../trust/pins.js';
import { defineCommand } from '../command.js';
import { openNotaryPins } from '../notary-format/open.js';
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
    const pinned = await (await openNotaryPins(context)).list();
    const rows = [
      ...pins.map(({ name, source, sha256, version }) => ({
        name,
        format: 'tuf',
        source: describeSource(source),
        sha256,
        version,
      })),
      ...pinned.map(pin => {
        const { sha256 = null, version = null } = pinnedRoot(pin) ?? {};
        return { name: pin.name, format: 'notary', source: pin.server, sha256, version, pin: pin.trust.kind };
      }),
    ];
    context.out.result({ repositories: rows }, () =>
      rows.length === 0
        ? 'no repository is trusted; see `writ trust add --help`'
        : columns(
            [
              ['NAME', 'FORMAT', 'SOURCE', 'ROOT', 'SHA256'],
              ...rows.map(({ name, format, source, version, sha256 }) => [
                name,
                format,
                source,
                version === null ? '-' : `v${version}`,
                sha256 ?? '- (the first root is told by its keys or an authority)',
              ]),
            ],
            '',
          ),
    );
    return 0;
  },
});
