/** The status of a repository of hash bins: the one that expires first stands for all. */
import { describe, expect, it } from 'vitest';
import { binNameOf } from '../../src/tuf/bins.js';
import { BINS, binnedService, makeBin, upload } from './bin-world.js';
import { DAY, EXAMPLE, newService, START } from './publisher.js';

describe('the status of hash bins', () => {
  it('is that of the one which expires first, also after a restart', async () => {
    const made = await binnedService();
    const rest = async (service = made.service) => (await service.status(EXAMPLE)).roles.slice(4);
    expect(await rest()).toMatchObject([{ role: 'bins-0', version: 1, daysLeft: 365, online: false }]);
    const bin = binNameOf(BINS, 2);
    const soon = await makeBin(bin, { version: 2, expires: new Date(START.getTime() + 5 * DAY) });
    await made.service.publish(EXAMPLE, {
      base: {},
      documents: {},
      uploads: [await upload(made, { [bin]: soon })],
      filesElsewhere: true,
    });
    const expected = { role: 'bins-2', version: 2, daysLeft: 5, online: false };
    expect(await rest()).toMatchObject([expected]);
    expect(await rest(newService(made).service)).toMatchObject([expected]);
  });
});
