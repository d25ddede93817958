import { parseDocument } from '../../tuf/document.js';
import { WritError } from '../../errors.js';
import { defineCommand } from '../command.js';
import { writeOutputFile } from '../files.js';
import { previousRoot, refuseExisting, reportOf } from '../root/draft.js';
import { refuseUnfit } from '../root/fitness.js';
import { SHAPE_OPTIONS, shapeRoot } from '../root/shape.js';

export const command = defineCommand({
  usage: '[FILE] [--repository NAME] [--add ROLE=KEY …] [--remove ROLE=ID …] [--threshold ROLE=N …]',
  description:
    'Makes the next root from the current one, as a file that nobody has signed yet. Needs no network. The current root\n' +
    'is FILE, or the one that is trusted here for --repository. Without changes it is the same root with a new expiry.\n' +
    'A KEY is a file with a public key or the id of a key in the key store; an ID is one that the current root lists.',
  arguments: [0, 1],
  options: {
    repository: { type: 'string', value: 'NAME', help: 'start from the root that is trusted here' },
    add: {
      type: 'string',
      multiple: true,
      value: 'ROLE=KEY',
      help: 'a key that signs for a role from now on',
    },
    remove: { type: 'string', multiple: true, value: 'ROLE=ID', help: 'a key that does so no longer' },
    ...SHAPE_OPTIONS,
    output: { type: 'string', short: 'o', value: 'FILE', help: 'the file to make (default: N.root.json)' },
  },
  examples: [
    'writ root rotate 1.root.json --add root=dave.pem --remove root=3f2a91c',
    'writ root rotate --repository acme --threshold root=3 -o next.root.json',
    'writ root rotate 1.root.json --online acme.online.json',
  ],
  run: async (context, values, [file]) => {
    const previous = await previousRoot(context, { file, repository: values.repository });
    if (previous === undefined) {
      throw new WritError('USAGE', 'the current root is not named: give its FILE, or --repository NAME');
    }
    const output = values.output ?? `${previous.value.version + 1}.root.json`;
    refuseExisting(output);
    const { add, remove, threshold, online, lifetime } = values;
    const bytes = await shapeRoot(context, previous.value, { add, remove, threshold, online, lifetime });
    const document = parseDocument(bytes, 'root');
    refuseUnfit(document.signed, previous.value, context.io.clock.now());
    await writeOutputFile(output, bytes);
    const report = reportOf(document, previous);
    context.out.result({ file: output, ...report.json }, () => report.words);
    context.out.note(`${output} is to be signed: writ root sign ${output} --previous ${file ?? 'FILE'}`);
    return 0;
  },
});
