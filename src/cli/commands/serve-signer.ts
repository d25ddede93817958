import { WritError } from '../../errors.js';
import { defineCommand } from '../command.js';
import { logTo } from '../log-to.js';

export const command = defineCommand({
  usage: '[--config FILE] [--data DIR] [--signer-listen HOST:PORT]',
  description:
    'Holds the online keys of a service in a process of their own, until SIGTERM or SIGINT. It reads what it is asked\n' +
    'to sign and signs the next snapshot or timestamp of a repository, nothing else; callers show a certificate\n' +
    '(serveSigner.clientCa, serveSigner.clientNames). Prints one line, `ready` and the address; the log, with the digest\n' +
    'of everything that was signed or refused, goes to stderr as lines of JSON.',
  arguments: [0, 0],
  options: {
    'signer-listen': {
      type: 'string',
      value: 'HOST:PORT',
      help: 'where it listens (default: 127.0.0.1:4445)',
    },
  },
  examples: ['writ serve-signer --config /etc/writ/signer.yaml --data /var/lib/writ-signer'],
  run: async ({ io, out, services, config: settings }) => {
    if (services.startSigner === undefined) throw new WritError('USAGE', 'this program has no signer');
    const { config } = await settings();
    const stopped = new Promise<string>(resolve => io.onStop(resolve));
    const signer = await services.startSigner(config, {
      env: io.env,
      clock: io.clock,
      write: logTo(io.stderr),
    });
    out.result({ ready: true, signer: signer.address }, () => `ready signer=${signer.address}`);
    const signal = await stopped;
    out.note(`${signal}: finishing the requests under way`);
    await signer.close();
    return 0;
  },
});
