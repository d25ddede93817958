import { parseDocument } from '../../tuf/document.js';
import { WritError } from '../../errors.js';
import { defineCommand } from '../command.js';
import { writeOutputFile } from '../files.js';
import { refuseExisting, reportOf } from '../root/draft.js';
import { refuseUnfit } from '../root/fitness.js';
import { SHAPE_OPTIONS, shapeRoot } from '../root/shape.js';

export const command = defineCommand({
  usage: '--key ROLE=KEY … --online FILE [--threshold ROLE=N …] [--lifetime 365d] [-o FILE]',
  description:
    'Makes the first root of a repository, as a file that nobody has signed yet. Needs no network. A KEY is a file with\n' +
    'a public key, as `writ key export` writes it, or the id of a key in the key store. The roles are root and targets;\n' +
    'the keys for snapshot and timestamp are those of the service (--online). The people who hold root keys then sign\n' +
    'the file with `writ root sign`, one after the other, and `writ root publish` makes the repository.',
  arguments: [0, 0],
  options: {
    key: { type: 'string', multiple: true, value: 'ROLE=KEY', help: 'a public key that signs for a role' },
    ...SHAPE_OPTIONS,
    output: { type: 'string', short: 'o', value: 'FILE', help: 'the file to make (default: 1.root.json)' },
  },
  examples: [
    'writ root init --key root=a.pem --key root=b.pem --threshold root=2 --key targets=c.pem --online acme.online.json',
    'writ root init --key root=3f2a91c --key targets=9d01b44 --online acme.online.json --lifetime 180d',
  ],
  run: async (context, values) => {
    const output = values.output ?? '1.root.json';
    if (values.key.length === 0)
      throw new WritError('USAGE', 'no --key is given: say who signs for root and targets');
    refuseExisting(output);
    const { threshold, online, lifetime } = values;
    const bytes = await shapeRoot(context, undefined, {
      add: values.key,
      remove: [],
      threshold,
      online,
      lifetime,
    });
    const document = parseDocument(bytes, 'root');
    refuseUnfit(document.signed, undefined, context.io.clock.now());
    await writeOutputFile(output, bytes);
    const report = reportOf(document, undefined);
    context.out.result({ file: output, ...report.json }, () => report.words);
    context.out.note(`${output} is to be signed: writ root sign ${output}`);
    return 0;
  },
});
