import { expect, it } from 'vitest';
import { each } from '../../src/migrate/each.js';

const names = Array.from({ length: 40 }, (_, i) => `n${i}`);

it('gives what came of each, in order, some at once', async () => {
  let [running, most] = [0, 0];
  const done = await each(names, async name => {
    most = Math.max(most, ++running);
    await new Promise(resolve => setImmediate(resolve));
    running--;
    return name;
  });
  expect(done).toEqual(names);
  expect(most).toBeGreaterThan(1);
  expect(most).toBeLessThan(20);
});

it('begins nothing after a failure, and waits for what was begun', async () => {
  let [begun, ended] = [0, 0];
  const failing = each(names, async name => {
    begun++;
    await new Promise(resolve => setImmediate(resolve));
    ended++;
    if (name === 'n2') throw new Error('broken');
  });
  await expect(failing).rejects.toThrow('broken');
  expect(ended).toBe(begun);
  expect(begun).toBeLessThan(20);
});
