/** Fast-forward: versions raised as far as they go, and the way back. TUF specification §5.3.11. */
import { describe, expect, it } from 'vitest';
import { findTarget } from '../../src/tuf/client/find-target.js';
import { ed25519 } from '../crypto/keys.js';
import { expectRefused } from './refusal.js';
import { Simulator, type Client } from './simulator.js';

async function withTeam(): Promise<{ sim: Simulator; client: Client }> {
  const sim = new Simulator();
  sim.delegate('targets', 'team', ['team/*']);
  sim.addTarget('team/app', 'app', 'team');
  sim.commit('targets');
  return { sim, client: await sim.client() };
}

describe('attack: fast-forward', () => {
  const far = 2 ** 53 - 1;

  it.each(['timestamp', 'snapshot'])('recovers once a new root drops the %s key', async role => {
    const { sim, client } = await withTeam();
    sim.timestamp.version = far;
    sim.snapshot.version = far;
    sim.snapshot.meta['team.json']!.version = far;
    sim.writeSnapshot();
    await client.refresh();
    sim.timestamp.version = 3;
    sim.snapshot.version = 3;
    sim.write('targets', 'team');
    await expectRefused(client.refresh(), 'TUF_ROLLBACK', `the timestamp went back from version ${far} to 3`);
    sim.setKeys(role, [ed25519(`new ${role}`)]);
    sim.commitRoot();
    sim.write('targets', 'team');
    const view = await client.refresh();
    expect([view.timestamp.value.version, view.snapshot.value.version]).toEqual([3, 3]);
    expect(await findTarget(view, 'team/app')).toBeDefined();
  });

  it('recovers although the dropped key was not the only one, and its old documents still verify', async () => {
    const sim = new Simulator();
    const [a, b, c] = [ed25519('ts a'), ed25519('ts b'), ed25519('ts c')];
    sim.setKeys('timestamp', [a, b], 1);
    sim.commitRoot();
    sim.timestamp.version = far;
    sim.writeTimestamp();
    const client = await sim.client(2);
    await client.refresh();
    sim.setKeys('timestamp', [a, c], 1);
    sim.commitRoot();
    sim.timestamp.version = 2;
    sim.writeTimestamp();
    expect((await client.refresh()).timestamp.value.version).toBe(2);
  });

  it('a key that is only added, or named anew, takes nothing back', async () => {
    const sim = new Simulator();
    const client = await sim.client();
    sim.timestamp.version = 9;
    sim.writeTimestamp();
    await client.refresh();
    const pair = ed25519('timestamp');
    sim.setKeys('timestamp', [pair, ed25519('more')], 1);
    sim.root.keys['alias'] = pair.key.toJson();
    sim.root.roles['timestamp'] = { keyids: ['alias', ed25519('more').key.id], threshold: 1 };
    sim.commitRoot();
    sim.signers.set('timestamp', [ed25519('more')]);
    sim.timestamp.version = 8;
    sim.writeTimestamp();
    // The stored timestamp was signed under the old id, so it verifies no more: nothing is compared with it.
    expect((await client.refresh()).timestamp.value.version).toBe(8);
  });

  it('a key that is only added does not make the old timestamp forgotten', async () => {
    const sim = new Simulator();
    const client = await sim.client();
    sim.timestamp.version = 9;
    sim.writeTimestamp();
    await client.refresh();
    sim.setKeys('timestamp', [ed25519('timestamp'), ed25519('more')], 1);
    sim.commitRoot();
    sim.timestamp.version = 8;
    sim.writeTimestamp();
    await expectRefused(client.refresh(), 'TUF_ROLLBACK', 'the timestamp went back from version 9 to 8');
  });
});
