/** Which Notary repositories still wait for their owners. */
import type { Context } from '../command.js';
import { openService } from '../service.js';
import { columns } from '../table.js';

const DAY_MS = 86_400_000;

/** Gives the exit code: 1 when the time of one is over. @throws WritError as openService, and of the service */
export async function frozenStatus(context: Context): Promise<number> {
  const { frozen } = await (await openService(context)).frozen();
  const now = context.io.clock.now().getTime();
  const rows = frozen.map(({ name, until, mustRotate }) => ({
    name,
    until,
    mustRotate,
    daysLeft: Math.floor((Date.parse(until) - now) / DAY_MS),
  }));
  const json = rows.map(row => ({ ...row, mustRotate: [...row.mustRotate] }));
  context.out.result({ frozen: json }, () =>
    rows.length === 0
      ? 'no repository waits for its owner'
      : columns(
          [
            ['FROZEN UNTIL', 'DAYS', 'MUST ROTATE', 'REPOSITORY'],
            ...rows.map(({ name, until, mustRotate, daysLeft }) => [
              until,
              String(daysLeft),
              mustRotate.join(' '),
              name,
            ]),
          ],
          '',
        ),
  );
  return rows.some(({ daysLeft }) => daysLeft < 0) ? 1 : 0;
}
