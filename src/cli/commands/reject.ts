import { WritError } from '../../errors.js';
import { parseRoleName } from '../../tuf/role-name.js';
import { defineCommand } from '../command.js';
import { openHosted, REPOSITORY_OPTIONS } from '../repository-option.js';

export const command = defineCommand({
  usage: 'ROLE [--repository NAME] [--payload SHA256]',
  description:
    'Closes the open proposal of a role: nothing is published, the signatures that it collected are dropped, and another\n' +
    'can be made. Needs a token that may publish, and no key.',
  arguments: [1, 1],
  options: {
    ...REPOSITORY_OPTIONS,
    payload: { type: 'string', value: 'SHA256', help: 'only this proposal' },
  },
  examples: ['writ reject targets', 'writ reject root --repository acme'],
  run: async (context, values, [text = '']) => {
    const role = parseRoleName(text);
    const { pin, service } = await openHosted(context, values.repository);
    const open = (await service.proposals(pin.name)).proposals.find(one => one.role === role);
    if (open === undefined) {
      throw new WritError('REPOSITORY_PROPOSAL_UNKNOWN', `${role} of ${pin.name} has no open proposal`);
    }
    const payload = values.payload ?? open.payload;
    await service.rejectProposal(pin.name, { role, payload });
    context.out.result(
      { repository: pin.name, role, payload, rejected: true },
      () => `rejected version ${open.version} of ${role}: ${payload}`,
    );
    return 0;
  },
});
