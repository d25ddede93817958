/** What a signed target costs: nothing at a decision, a stated number of bytes, and no second reading. */
import { stepsOf } from '../support/steps.js'; // first: it counts what is read after it
import { createHash } from 'node:crypto';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { expect, it } from 'vitest';
import { parseDigest } from '../../src/image/digest.js';
import type { TargetFile } from '../../src/tuf/model.js';
import { TargetTable } from '../../src/trust/target-table.js';
import { APP, at, image, organisation, role, trust } from './world.js';

const hashOf = (i: number): string => createHash('sha256').update(String(i)).digest('hex');

/** `count` targets: half by tag, half by digest with grants, as signing writes them. */
function targets(count: number): Map<string, TargetFile> {
  const all = new Map<string, TargetFile>();
  for (let i = 0; i < Math.ceil(count / 2); i++) {
    const hex = hashOf(i);
    const file = { length: 1234, hashes: new Map([['sha256', hex]]) };
    const custom = { writ: { v: 1, catalogue: '1', grants: { network: i % 2 === 0 ? 'user' : 'serve' } } };
    all.set(`registry.example/team/app-${i % 100}:${i}`, file);
    all.set(`registry.example/team/app-${i % 100}@sha256:${hex}`, { ...file, custom });
  }
  return all;
}

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;
const used = (): number => {
  collect();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  return heapUsed + arrayBuffers;
};

// First: what the others leave behind would go meanwhile, and hide what is measured.
it('a target of the table takes at most 320 bytes, names included', () => {
  const count = 100_000;
  const before = used();
  let source: Map<string, TargetFile> | undefined = targets(count);
  const table = new TargetTable(source);
  source = undefined;
  const bytes = (used() - before) / count;
  expect(table.size).toBe(count);
  console.info(`${bytes.toFixed(0)} bytes for each target`);
  expect(bytes).toBeGreaterThan(32);
  expect(bytes).toBeLessThan(320);
});

it('to index a target takes steps as the logarithm of their number', async () => {
  const cost = async (count: number): Promise<number> => {
    const source = targets(count);
    return (await stepsOf(() => new TargetTable(source))) / (count * Math.log2(count));
  };
  const [few, many] = [await cost(1_000), await cost(20_000)];
  expect(many).toBeLessThan(2 * few);
});

it('finding a target does not grow with the number of targets: 104 against 20,000', async () => {
  const names = ['a', 'b', 'c', 'd'];
  const find = async (count: number): Promise<number> => {
    const simulator = organisation();
    for (const name of names) simulator.delegate('targets', name, [`${name}.example/team/*`]);
    for (const [path, { length, hashes }] of targets(count / names.length)) {
      const target = { length, hashes: { sha256: hashes.get('sha256')! } };
      for (const name of names) {
        simulator.targets.get(name)!.targets[path.replace('registry.example', `${name}.example`)] = target;
      }
    }
    simulator.commit('targets', ...names);
    const roles = names.map(role);
    const repository = trust(simulator, roles);
    await repository.refresh();
    const sizes = repository.status(at(simulator)).roles.map(one => one.targets);
    expect(sizes.reduce((sum, size) => sum + size)).toBe(count);
    const now = at(simulator);
    const asked = [image('d.example/team/app-7:7'), image(`d.example/team/app-7@sha256:${hashOf(7)}`)];
    const digest = parseDigest(`sha256:${hashOf(7)}`);
    for (const reference of asked) expect(repository.find(roles, reference, now).targets).toHaveLength(1);
    expect(repository.byDigest(digest)).toHaveLength(4);
    return stepsOf(() => {
      for (const reference of asked) repository.find(roles, reference, now);
      repository.byDigest(digest);
    });
  };
  const few = await find(104);
  const many = await find(20_000);
  console.info(`find and byDigest: ${few} steps, and ${many} with about 200 times the targets`);
  expect(many).toBeLessThan(2 * few);
});

it('a refresh that changes one role does not read the others again', async () => {
  const simulator = organisation();
  simulator.delegate('targets', 'large', ['registry.example/*/*']);
  const { targets: written } = simulator.targets.get('large')!;
  for (const [path, { length, hashes }] of targets(5_000)) {
    written[path] = { length, hashes: { sha256: hashes.get('sha256')! } };
  }
  simulator.commit('targets', 'team', 'large');
  const repository = trust(simulator, [role('team'), role('large')]);
  const first = await stepsOf(() => repository.refresh());
  simulator.commit('team');
  const again = await stepsOf(() => repository.refresh());
  console.info(`first refresh ${first} steps, one of a small role ${again}`);
  expect(again).toBeLessThan(first / 50);
  expect(repository.find([role('team')], image(APP), at(simulator)).targets).toEqual([]);
});
