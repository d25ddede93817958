import type { LogLevel } from '../../config/types.js';
import { defineCommand } from '../command.js';
import { logTo } from '../log-to.js';

const LEVELS = ['debug', 'info', 'warn', 'error', 'silent'] as const satisfies readonly LogLevel[];

export const command = defineCommand({
  usage: '[--config FILE] [--data DIR] [--listen HOST:PORT] [--admission-listen HOST:PORT]',
  description:
    'Serves repositories, the admission webhook and profile lookups until SIGTERM or SIGINT, then finishes the\n' +
    'requests under way and exits 0. Prints one line, `ready` and the addresses, when it serves; the log goes to\n' +
    'stderr as lines of JSON. Without settings it is a development service on this machine alone, and says so.',
  arguments: [0, 0],
  options: {
    listen: {
      type: 'string',
      value: 'HOST:PORT',
      help: 'repositories and lookups (default: 127.0.0.1:4443)',
    },
    'admission-listen': { type: 'string', value: 'HOST:PORT', help: 'the webhook (default: 127.0.0.1:4444)' },
    'metrics-listen': { type: 'string', value: 'HOST:PORT', help: 'metrics on a listener of their own' },
    'notary-config': {
      type: 'string',
      value: 'FILE',
      help: 'the JSON file of a notary-server that this one takes the place of',
    },
    'log-level': { type: 'string', value: 'LEVEL', help: LEVELS.join(', '), words: LEVELS },
    development: { type: 'boolean', help: 'a development service whatever the settings say' },
  },
  examples: [
    'writ serve',
    'writ serve --config /etc/writ/writ.yaml --data /var/lib/writ --listen 127.0.0.1:0',
    'writ serve --notary-config /etc/notary/server-config.json --data /var/lib/writ',
  ],
  run: async context => {
    const { io, out, services } = context;
    const { config } = await context.config();
    const stopped = new Promise<string>(resolve => io.onStop(resolve));
    const server = await services.startServer(config, {
      env: io.env,
      clock: io.clock,
      write: logTo(io.stderr),
    });
    const { repository, admission, metrics } = server.addresses;
    out.result({ ready: true, repository, admission, metrics: metrics ?? null }, () =>
      [
        `ready repository=${repository}`,
        `admission=${admission}`,
        ...(metrics === undefined ? [] : [`metrics=${metrics}`]),
      ].join(' '),
    );
    // The log says them too, unless it was told to be quiet about warnings.
    if (config.log.level === 'error' || config.log.level === 'silent')
      server.notices.forEach(text => {
        out.warn(text);
      });
    const signal = await stopped;
    out.note(`${signal}: finishing the requests under way`);
    await server.close();
    return 0;
  },
});
