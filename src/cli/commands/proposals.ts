import { parseRoleName } from '../../tuf/role-name.js';
import { defineCommand, type Context } from '../command.js';
import { writeOutputFile } from '../files.js';
import { examine } from '../proposals/examine.js';
import { countWords, proposalJson } from '../proposals/outcome.js';
import { examinedJson, examinedWords } from '../proposals/words.js';
import { openHosted, REPOSITORY_OPTIONS, type Hosted } from '../repository-option.js';
import { columns } from '../table.js';
import { refreshPin } from '../trusted.js';

export const command = defineCommand({
  usage: '[ROLE] [--repository NAME] [-o FILE]',
  description:
    'Lists what waits for signatures, as the service tells it. With ROLE: what its proposal changes, computed here from\n' +
    'the metadata that is verified from the pinned root; and with -o the document itself, which for root can be\n' +
    'signed on a machine without a network (`writ root sign`) and comes back with `writ root publish`.',
  arguments: [0, 1],
  options: {
    ...REPOSITORY_OPTIONS,
    output: { type: 'string', short: 'o', value: 'FILE', help: 'write the proposed document there' },
  },
  examples: [
    'writ proposals',
    'writ proposals targets --repository acme',
    'writ proposals root -o 2.root.json',
  ],
  run: async (context, values, [role]) => {
    const hosted = await openHosted(context, values.repository);
    return role === undefined ? listAll(context, hosted) : showOne(context, hosted, role, values.output);
  },
});

async function listAll(context: Context, { pin, service }: Hosted): Promise<number> {
  const { proposals } = await service.proposals(pin.name);
  context.out.result({ repository: pin.name, proposals: proposals.map(proposalJson) }, () =>
    proposals.length === 0
      ? `nothing waits for signatures in ${pin.name}`
      : columns(
          [
            ['ROLE', 'VERSION', 'SIGNATURES', 'OPEN UNTIL', 'PAYLOAD'],
            ...proposals.map(one => [
              one.role,
              String(one.version),
              countWords(one),
              one.expires,
              one.payload.slice(0, 12),
            ]),
          ],
          '',
        ),
  );
  return 0;
}

async function showOne(
  context: Context,
  { pin, service }: Hosted,
  role: string,
  output: string | undefined,
): Promise<number> {
  const [view, { catalogue }] = await Promise.all([refreshPin(context, pin), context.catalogue()]);
  const examined = await examine(service, pin, view, parseRoleName(role));
  if (output !== undefined) await writeOutputFile(output, examined.visited.document.bytes);
  context.out.result({ repository: pin.name, ...examinedJson(examined) }, () =>
    examinedWords(examined, catalogue),
  );
  return 0;
}
