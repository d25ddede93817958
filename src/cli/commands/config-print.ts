import { describeConfig, type ConfigRow } from '../../config/describe.js';
import { defineCommand } from '../command.js';
import { columns } from '../table.js';

export const command = defineCommand({
  usage: '',
  description:
    'Prints every setting with its effective value and where it comes from: a flag, a variable of the environment,\n' +
    'a line of the settings file, or the default. Secrets are never printed.',
  arguments: [0, 0],
  options: {
    listen: { type: 'string', value: 'HOST:PORT', help: 'as for `writ serve`' },
    'admission-listen': { type: 'string', value: 'HOST:PORT', help: 'as for `writ serve`' },
    server: { type: 'string', value: 'URL', help: 'as for `writ sign`' },
    'notary-config': { type: 'string', value: 'FILE', help: 'as for `writ serve`' },
  },
  examples: ['writ config print', 'writ config print --config /etc/writ/writ.yaml --json'],
  run: async context => {
    const loaded = await context.config();
    const rows = describeConfig(loaded);
    loaded.config.warnings.forEach(text => {
      context.out.warn(text);
    });
    context.out.result(
      Object.fromEntries(rows.map(({ name, value, origin }) => [name, { value, origin: { ...origin } }])),
      () =>
        columns(
          rows.map(row => [row.name, shown(row), originOf(row)]),
          '',
        ),
    );
    return 0;
  },
});

const shown = ({ value }: ConfigRow): string =>
  value === null ? '-' : typeof value === 'string' ? value : JSON.stringify(value);

const originOf = ({ origin }: ConfigRow): string => (origin.where === '' ? origin.source : origin.where);
