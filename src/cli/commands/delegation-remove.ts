import { WritError } from '../../errors.js';
import { defineCommand } from '../command.js';
import { delegatedName, delegatorOf, withoutRole } from '../delegation/edit.js';
import { publishEdit, tellPublished } from '../edit-role.js';
import { openHosted, REPOSITORY_OPTIONS } from '../repository-option.js';

export const command = defineCommand({
  usage: 'ROLE [--from ROLE] [--repository NAME]',
  description:
    'Ends a delegation: what the role signed counts no longer, and neither does what roles below it signed. A role of\n' +
    'the same name later goes on with its versions.',
  arguments: [1, 1],
  options: {
    ...REPOSITORY_OPTIONS,
    from: { type: 'string', value: 'ROLE', help: 'the role that delegates (default: by the name)' },
  },
  examples: ['writ delegation remove team', 'writ delegation remove team/web --repository acme'],
  run: async (context, values, [text = '']) => {
    const role = delegatedName(text);
    const delegator = delegatorOf(role, values.from);
    const hosted = await openHosted(context, values.repository);
    const published = await publishEdit(context, hosted, delegator, ({ targets, delegations }) => {
      if (delegations?.roles.some(({ name }) => name === role) !== true) {
        throw new WritError('CLI_DELEGATION', `${delegator} does not delegate to ${role}`, {
          hint: 'see `writ delegation list`',
        });
      }
      return { targets, delegations: withoutRole(delegations, role) };
    });
    tellPublished(context, hosted.pin.name, published, {
      json: { removed: role },
      rows: [['removed', role]],
    });
    return 0;
  },
});
