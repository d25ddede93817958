import { WritError } from '../../errors.js';
import { parseRoleName } from '../../tuf/role-name.js';
import { defineCommand } from '../command.js';
import { confirm, YES_OPTION } from '../confirm.js';
import { examine } from '../proposals/examine.js';
import { outcomeJson, outcomeRows } from '../proposals/outcome.js';
import { examinedJson, examinedWords } from '../proposals/words.js';
import type { Published } from '../publish.js';
import { openHosted, REPOSITORY_OPTIONS } from '../repository-option.js';
import { columns } from '../table.js';
import { refreshPin } from '../trusted.js';
import { keysAtHand, signVisit } from '../visit.js';

export const command = defineCommand({
  usage: 'ROLE [--repository NAME] [--payload SHA256] [--key ID …] [--yes]',
  description:
    'Signs the open proposal of a role. What it changes is computed here, from what this client verified itself from its\n' +
    'pinned root, and shown before anything is signed: what the service says about it is not believed. With the last\n' +
    'signature that is needed it is published. --payload signs only the proposal that its maker told you.',
  arguments: [1, 1],
  options: {
    ...REPOSITORY_OPTIONS,
    payload: { type: 'string', value: 'SHA256', help: 'only this proposal, as `writ sign` printed it' },
    key: {
      type: 'string',
      multiple: true,
      value: 'ID',
      help: 'sign with this key only (default: with all that may)',
    },
    ...YES_OPTION,
  },
  examples: [
    'writ approve targets',
    'writ approve root --repository acme --payload 5d41402abc4b2a76b9719d911017c592… --yes',
  ],
  run: async (context, values, [text = '']) => {
    const role = parseRoleName(text);
    const { pin, service } = await openHosted(context, values.repository);
    const [view, { catalogue }] = await Promise.all([refreshPin(context, pin), context.catalogue()]);
    const examined = await examine(service, pin, view, role);
    refuseOther(examined.payload, values.payload);
    const held = await keysAtHand(context, examined.visited, values.key);
    const ids = held.map(({ info }) => info.publicKey.id);
    await confirm(context, {
      shown: examinedWords(examined, catalogue),
      question: `Sign this with ${ids.map(id => id.slice(0, 12)).join(', ')}?`,
      yes: values.yes,
    });
    const { added } = await signVisit(context, examined.visited, held);
    const { payload } = examined;
    const answer = await service.addSignatures(pin.name, { role, payload, signatures: added });
    const outcome: Published = {
      role,
      version: examined.change.version.after,
      signers: ids,
      versions: answer.published,
      proposal: answer.published === null ? answer.proposal : null,
    };
    context.out.result({ repository: pin.name, ...examinedJson(examined), ...outcomeJson(outcome) }, () =>
      columns(
        [
          [outcome.proposal === null ? 'published' : 'signed', payload],
          ['repository', pin.name],
          ...outcomeRows(outcome),
        ],
        '',
      ),
    );
    return 0;
  },
});

function refuseOther(payload: string, wanted: string | undefined): void {
  if (wanted === undefined || wanted === payload) return;
  throw new WritError('CLI_PROPOSAL', `the open proposal has the payload ${payload}, not ${wanted}`);
}
