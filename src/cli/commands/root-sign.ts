import { parseDocument } from '../../tuf/document.js';
import { WritError } from '../../errors.js';
import { defineCommand } from '../command.js';
import { confirm, YES_OPTION } from '../confirm.js';
import { writeOutputFile } from '../files.js';
import { previousRoot, readDraft, reportOf, visitedRoot } from '../root/draft.js';
import { refuseUnfit } from '../root/fitness.js';
import { isComplete, keysAtHand, progressWords, signVisit } from '../visit.js';

export const command = defineCommand({
  usage: 'FILE [--previous FILE] [--repository NAME] [--key ID …] [--yes] [-o FILE]',
  description:
    'Signs a root with the keys of the key store that may, after showing it whole: what is marked + comes, what is marked\n' +
    '- goes. Needs no network. The difference is computed here, from the root before it: --previous, a copy that you\n' +
    'kept, or the root that is trusted here for --repository. A root that is not the next version, or that its keys\n' +
    'could never sign, is refused. The file collects the signatures of all visits.',
  arguments: [1, 1],
  options: {
    previous: { type: 'string', value: 'FILE', help: 'the root before it' },
    repository: { type: 'string', value: 'NAME', help: 'it follows the root that is trusted here' },
    key: {
      type: 'string',
      multiple: true,
      value: 'ID',
      help: 'sign with this key only (default: with all that may)',
    },
    ...YES_OPTION,
    output: { type: 'string', short: 'o', value: 'FILE', help: 'write there (default: into FILE)' },
  },
  examples: [
    'writ root sign 1.root.json',
    'writ root sign 2.root.json --previous 1.root.json',
    'writ root sign 2.root.json --repository acme --key 3f2a91c -o signed.root.json',
  ],
  run: async (context, values, [file = '']) => {
    const draft = await readDraft(file);
    const { repository } = values;
    const previous = await previousRoot(context, { file: values.previous, repository });
    if (previous === undefined && draft.signed.version !== 1) {
      throw new WritError('USAGE', `version ${draft.signed.version} follows a root that is not named`, {
        hint: 'give the root before it, of a source that you trust: --previous FILE, or --repository NAME',
      });
    }
    refuseUnfit(draft.signed, previous?.value, context.io.clock.now());
    const visited = visitedRoot(draft, previous?.value);
    const held = await keysAtHand(context, visited, values.key);
    const ids = held.map(({ info }) => info.publicKey.id);
    await confirm(context, {
      shown: reportOf(draft, previous).words,
      question: `Sign this root with ${ids.map(id => id.slice(0, 12)).join(', ')}?`,
      yes: values.yes,
    });
    const { bytes } = await signVisit(context, visited, held);
    const output = values.output ?? file;
    await writeOutputFile(output, bytes);
    const { json, progress } = reportOf(parseDocument(bytes, 'root'), previous);
    const next = isComplete(progress)
      ? 'it is complete: writ root publish NAME FILE'
      : 'pass the file on to the people whose signatures are missing';
    context.out.result({ file: output, keys: ids, ...json }, () =>
      [...ids.map(id => `signed with ${id}`), progressWords(progress)].join('\n'),
    );
    context.out.note(next);
    return 0;
  },
});
