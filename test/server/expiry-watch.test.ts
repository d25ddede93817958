/** Expiry is told ahead of time: a gauge for each role, and a line of the log at 30, 7 and 1 days. */
import { describe, expect, it } from 'vitest';
import { ExpiryWatch } from '../../src/server/expiry-watch.js';
import { createLog } from '../../src/server/log.js';
import { createMetrics } from '../../src/server/metrics.js';
import {
  DAY,
  delegationTo,
  documents,
  EXAMPLE,
  exampleService,
  makeTargets,
  START,
  TEAM,
  teamKey,
  teamService,
} from '../repository/publisher.js';
import { start } from './service.js';

/** A watch over a repository whose team expires after 40 days, everything else after 365. */
async function watched() {
  const made = await exampleService();
  const expires = new Date(START.getTime() + 40 * DAY);
  const delegations = delegationTo({ name: TEAM, key: teamKey });
  await made.service.publish(EXAMPLE, {
    base: { targets: 1, team: 0 },
    documents: documents({
      targets: await makeTargets({ version: 2, delegations }),
      team: await makeTargets({ role: TEAM, signer: teamKey, expires }),
    }),
  });
  const lines: { level: string; message: string; role?: string }[] = [];
  const log = createLog('info', made.clock, text => {
    for (const line of text.trimEnd().split('\n')) lines.push(JSON.parse(line) as (typeof lines)[number]);
  });
  const watch = new ExpiryWatch({ repositories: made.service, clock: made.clock, log });
  /** What the log says anew after a look on that day. */
  const lookAfter = async (days: number): Promise<string[]> => {
    made.time.now = new Date(START.getTime() + days * DAY);
    await watch.look();
    log.flush();
    return lines.splice(0).map(({ level, message }) => `${level}: ${message}`);
  };
  return { made, watch, lookAfter };
}

describe('warnings', () => {
  it('come once at 30, 7 and 1 days, and when the role has expired', async () => {
    const { lookAfter } = await watched();
    const within = (when: string): string[] => [
      `warn: team of example expires within ${when}: sign it again with writ resign`,
    ];
    expect(await lookAfter(9.99)).toEqual([]);
    expect(await lookAfter(10)).toEqual(within('30 days'));
    expect(await lookAfter(20)).toEqual([]);
    expect(await lookAfter(33)).toEqual(within('7 days'));
    expect(await lookAfter(38.9)).toEqual([]);
    expect(await lookAfter(39)).toEqual(within('a day'));
    expect(await lookAfter(40)).toEqual(['error: team of example has expired: clients refuse what it says']);
    expect(await lookAfter(41)).toEqual([]);
  });

  it('come for the nearest limit only when the service was down', async () => {
    const { lookAfter } = await watched();
    expect(await lookAfter(35)).toEqual([
      'warn: team of example expires within 7 days: sign it again with writ resign',
    ]);
  });

  it('begin anew with a new version', async () => {
    const { made, lookAfter } = await watched();
    await lookAfter(39);
    const expires = new Date(made.time.now.getTime() + 5 * DAY);
    await made.service.publish(EXAMPLE, {
      base: { team: 1 },
      documents: documents({ team: await makeTargets({ role: TEAM, signer: teamKey, version: 2, expires }) }),
    });
    expect(await lookAfter(39.1)).toEqual([
      'warn: team of example expires within 7 days: sign it again with writ resign',
    ]);
  });

  it('name root ceremonies for root, and never come for what the service signs itself', async () => {
    const { lookAfter } = await watched();
    expect(await lookAfter(364.5)).toEqual([
      'warn: root of example expires within a day: sign it again with writ root rotate',
      'warn: targets of example expires within a day: sign it again with writ resign',
      'error: team of example has expired: clients refuse what it says',
    ]);
  });

  it('of a repository that is broken do not hide those of others', async () => {
    const { made, lookAfter } = await watched();
    await made.index.transaction(tx => {
      tx.put('head/alpha', { versions: { root: 1, targets: 1, snapshot: 1, timestamp: 1 } });
    });
    const lines = await lookAfter(10);
    expect(lines).toHaveLength(2);
    expect(lines[0]).toContain('error: the roles of alpha cannot be watched');
  });
});

describe('the metric', () => {
  it('says how many seconds each role has left', async () => {
    const { made, watch, lookAfter } = await watched();
    await lookAfter(0);
    made.time.now = new Date(made.time.now.getTime() + 1000);
    const metrics = createMetrics({
      repositoriesFresh: () => new Map(),
      policiesValid: () => true,
      roleExpiries: () => watch.expiries(),
    });
    const text = await metrics.text();
    expect(text).toContain(`writ_role_expires_seconds{repository="example",role="team"} ${40 * 86_400 - 1}`);
    expect(text).toContain(
      `writ_role_expires_seconds{repository="example",role="timestamp"} ${2 * 86_400 - 1}`,
    );
    made.time.now = new Date(START.getTime() + 41 * DAY);
    expect(await metrics.text()).toContain('{repository="example",role="team"} -86400');
  });

  it('is served by the service for what it hosts', async () => {
    const first = await start();
    expect((await first.get('/metrics')).text).toContain('# TYPE writ_role_expires_seconds gauge');
  });
});

describe('status', () => {
  it('lists the top-level roles, then the delegated ones by name', async () => {
    const made = await teamService();
    made.time.now = new Date(START.getTime() + DAY / 2);
    const year = new Date(START.getTime() + 365 * DAY).toISOString();
    expect(await made.service.status(EXAMPLE)).toEqual({
      roles: [
        { role: 'root', version: 1, expires: year, online: false, daysLeft: 364 },
        { role: 'targets', version: 2, expires: year, online: false, daysLeft: 364 },
        { role: 'snapshot', version: 2, expires: '2026-05-08T12:00:00.000Z', online: true, daysLeft: 6 },
        { role: 'timestamp', version: 2, expires: '2026-05-03T12:00:00.000Z', online: true, daysLeft: 1 },
        { role: 'team', version: 1, expires: year, online: false, daysLeft: 364 },
      ],
    });
    made.time.now = new Date(START.getTime() + 365 * DAY + 1);
    const { roles } = await made.service.status(EXAMPLE);
    expect(roles[0]).toMatchObject({ role: 'root', daysLeft: -1 });
  });

  it('of a repository that is not there is no status', async () => {
    const { service } = await exampleService();
    await expect(service.status('other' as typeof EXAMPLE)).rejects.toMatchObject({
      code: 'REPOSITORY_UNKNOWN',
    });
  });
});
