/** Images whose targets lie in hash bins: the service mirrors the bins of a role, and the role speaks through them. */
import { describe, expect, it } from 'vitest';
import { binName } from '../../src/tuf/bins.js';
import { ed25519 } from '../crypto/keys.js';
import { expectRefused } from '../tuf/refusal.js';
import { Simulator } from '../tuf/simulator.js';
import { A, APP, ask, at, B, image, role, sign, trust } from './world.js';

const OWNER = [role('owner')];
const SUCCINCT = { keyIds: [], threshold: 1, bitLength: 3, namePrefix: 'bin' };
const binOf = (path: string): string => binName(SUCCINCT, path);

/** Puts both targets of an image where they belong; gives the names of the bins. */
function signInBins(sim: Simulator, tag: string, digest = A): string[] {
  sign(sim, tag, digest, 'owner');
  const { targets } = sim.targets.get('owner')!;
  const moved = Object.keys(targets).map(path => {
    sim.targets.get(binOf(path))!.targets[path] = targets[path]!;
    Reflect.deleteProperty(targets, path);
    return binOf(path);
  });
  return [...new Set(moved)];
}

/** An organisation whose role `owner` keeps its images in eight bins. */
function binned(): Simulator {
  const sim = new Simulator();
  sim.delegate('targets', 'owner', ['registry.example/team/*'], { terminating: true });
  sim.delegateBins('owner', 'bin', 3);
  signInBins(sim, '1');
  sim.commit(...sim.targets.keys());
  return sim;
}

async function fresh(sim: Simulator) {
  const repository = trust(sim, OWNER);
  await repository.refresh();
  return repository;
}

describe('a role with hash bins', () => {
  it('speaks through them: tag, digest, who signed, until when', async () => {
    const sim = binned();
    sim.targets.get(binOf(`${APP}:1`))!.expires = '2030-01-20T00:00:00Z';
    sim.commit(binOf(`${APP}:1`));
    const repository = await fresh(sim);
    const answer = repository.find(OWNER, image(`${APP}:1`), at(sim));
    expect(answer.targets).toEqual([
      {
        repository: 'example',
        role: 'owner',
        path: `${APP}:1`,
        version: 3,
        digest: A,
        length: 2,
        custom: undefined,
        signedBy: [ed25519('bin-key').key.id],
      },
    ]);
    expect(answer.validUntil).toEqual(new Date('2030-01-20T00:00:00Z'));
    expect(ask(repository, sim, `${APP}@${A}`, OWNER)).toBe('owner a');
    expect(ask(repository, sim, `${APP}:2`, OWNER)).toBe('none');
    expect(repository.byDigest(A).map(String)).toEqual([`${APP}@${A}`]);
    expect(repository.status(at(sim)).roles).toMatchObject([{ name: 'owner', state: 'fresh', targets: 2 }]);
  });

  it('its own targets come first', async () => {
    const sim = binned();
    sign(sim, '1', B, 'owner');
    sim.commit('owner');
    expect(ask(await fresh(sim), sim, `${APP}:1`, OWNER)).toBe('owner b');
  });

  it('fetches the bins that changed, and no others', async () => {
    const sim = binned();
    const repository = await fresh(sim);
    sim.requests.length = 0;
    const changed = signInBins(sim, '2', B);
    sim.commit(...changed);
    expect(await repository.refresh()).toBe(true);
    const bins = sim.requests.filter(name => name.includes('bin-'));
    expect(bins.sort()).toEqual(changed.map(name => `3.${name}.json`).sort());
    expect(ask(repository, sim, `${APP}:2`, OWNER)).toBe('owner b');
    sim.requests.length = 0;
    expect(await repository.refresh()).toBe(false);
    expect(sim.requests).toEqual(['2.root.json', 'timestamp.json']);
  });

  it('attack: a bin lists what belongs to another', async () => {
    const sim = binned();
    const path = `${APP}:9`;
    const other = [0, 1].map(i => `bin-${i}`).find(name => name !== binOf(path))!;
    sim.targets.get(other)!.targets[path] = { length: 2, hashes: { sha256: B.slice(7) } };
    sim.targets.get(other)!.targets[`${APP}@${B}`] = { length: 2, hashes: { sha256: B.slice(7) } };
    sim.commit(other);
    const repository = await fresh(sim);
    expect(ask(repository, sim, path, OWNER)).toBe('none');
    const belongs = binOf(`${APP}@${B}`) === other;
    expect(repository.byDigest(B)).toHaveLength(belongs ? 1 : 0);
  });

  it('attack: a bin speaks beyond the paths of its owner', async () => {
    const sim = binned();
    const path = 'registry.example/other/app:1';
    sim.targets.get(binOf(path))!.targets[path] = { length: 2, hashes: { sha256: B.slice(7) } };
    sim.commit(binOf(path));
    expect(ask(await fresh(sim), sim, path, OWNER)).toBe('none');
  });

  it('attack: a bin signed by strangers, or withheld, refuses the refresh; what was verified stays', async () => {
    const sim = binned();
    const repository = await fresh(sim);
    const [bin] = signInBins(sim, '2', B);
    sim.signers.set(bin!, [ed25519('stranger')]);
    sim.commit(bin!);
    await expectRefused(repository.refresh(), 'TUF_THRESHOLD');
    sim.files.delete(`3.${bin!}.json`);
    await expectRefused(repository.refresh(), 'TUF_MISSING');
    expect(ask(repository, sim, `${APP}:1`, OWNER)).toBe('owner a');
    expect(ask(repository, sim, `${APP}:2`, OWNER)).toBe('none');
  });

  it('attack: a bin that expired: its own images are refused, others are not', async () => {
    const sim = binned();
    const paths = [`${APP}:1`, `${APP}@${A}`];
    expect(binOf(paths[0]!)).not.toBe(binOf(paths[1]!));
    sim.targets.get(binOf(paths[0]!))!.expires = '2030-01-01T00:00:00Z';
    sim.commit(binOf(paths[0]!));
    const repository = await fresh(sim);
    const { targets, expired } = repository.find(OWNER, image(paths[0]!), at(sim));
    expect([targets, expired]).toEqual([[], [{ role: 'owner', since: new Date('2030-01-01T00:00:00Z') }]]);
    expect(ask(repository, sim, paths[1]!, OWNER)).toBe('owner a');
  });

  it('attack: the owner takes back the key of its bins, which stay as they were', async () => {
    const sim = binned();
    const repository = await fresh(sim);
    const { key } = ed25519('another');
    const { keys, ...rest } = sim.targets.get('owner')!.delegations!;
    keys[key.id] = key.toJson();
    (rest as unknown as { succinct_roles: { keyids: string[] } }).succinct_roles.keyids = [key.id];
    sim.commit('owner');
    await expectRefused(repository.refresh(), 'TUF_THRESHOLD', /^bin-\d version 2 is signed by 0 of the 1/);
  });

  it('attack: more bins than can be mirrored are not fetched', async () => {
    const sim = binned();
    const { delegations } = sim.targets.get('owner')!;
    (delegations as unknown as { succinct_roles: { bit_length: number } }).succinct_roles.bit_length = 13;
    sim.commit('owner');
    const repository = await fresh(sim);
    expect(sim.requests.filter(name => name.includes('bin-'))).toEqual([]);
    expect(ask(repository, sim, `${APP}:1`, OWNER)).toBe('none');
  });
});
