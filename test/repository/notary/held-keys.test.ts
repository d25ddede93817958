/** Keys that a signer outside holds: whose they are, and how many there may be. */
import { expect, it } from 'vitest';
import { parseGun } from '../../../src/tuf/notary/names.js';
import { TARGETS, TIMESTAMP } from '../../../src/tuf/role-name.js';
import { HeldSigner } from './held-signer.js';
import { GUN, NOW, Publisher, upload, world } from './publisher.js';

const withSigner = () => {
  const signer = new HeldSigner();
  return Object.assign(world('ecdsa', signer), { signer });
};

it('has one key made for a role, however often it is asked for', async () => {
  const { signer, repositories } = withSigner();
  const keys = await Promise.all([1, 2, 3].map(() => repositories.key(GUN, 'timestamp')));
  expect(new Set(keys.map(({ id }) => id)).size).toBe(1);
  expect(signer.keys.size).toBe(1);
});

const first = (publisher: Publisher) =>
  upload({ root: publisher.rootDocument(), targets: publisher.targetsDocument() });

it('signs with it; when it cannot, what is there is read, and nothing is changed', async () => {
  const made = withSigner();
  const { signer, repositories } = made;
  const publisher = await made.publisher();
  await repositories.upload(GUN, first(publisher));
  const before = (await repositories.current(GUN, TIMESTAMP))?.sha256;
  signer.isDown = true;
  expect(await repositories.problems()).toEqual({ signer: 'down' });
  const more = upload({ targets: publisher.targetsDocument(2) });
  await expect(repositories.upload(GUN, more)).rejects.toMatchObject({ code: 'SIGNER_UNAVAILABLE' });
  expect((await repositories.current(GUN, TIMESTAMP))?.sha256).toBe(before);
  expect(await repositories.byVersion(GUN, TARGETS, 2)).toBeUndefined();
  signer.isDown = false;
  await repositories.upload(GUN, more);
  expect(await repositories.problems()).toEqual({});
});

it('does not let the key of one repository sign for another', async () => {
  const made = withSigner();
  const victim = await made.publisher('registry.example/acme/victim');
  const thief = new Publisher(GUN, victim.online);
  await expect(made.repositories.upload(GUN, first(thief))).rejects.toMatchObject({ code: 'NOTARY_UPDATE' });
  const mixed = new Publisher(GUN, {
    timestamp: await made.repositories.key(GUN, 'timestamp'),
    snapshot: victim.online.snapshot,
  });
  await expect(made.repositories.upload(GUN, first(mixed))).rejects.toMatchObject({ code: 'NOTARY_UPDATE' });
  // nor that of the other role
  const key = await made.repositories.key(GUN, 'timestamp');
  const swapped = new Publisher(GUN, { timestamp: key, snapshot: key });
  await expect(made.repositories.upload(GUN, first(swapped))).rejects.toMatchObject({
    code: 'NOTARY_UPDATE',
  });
});

it('rotates: the key before signs until a root names the new one; of those that none names the oldest go', async () => {
  const made = withSigner();
  const { signer, repositories } = made;
  const publisher = await made.publisher();
  await repositories.upload(GUN, first(publisher));
  const { timestamp } = publisher.online;
  for (let i = 0; i < 20; i++) await repositories.rotateKey(GUN, 'timestamp');
  expect(signer.keys.has(timestamp.id)).toBe(true);
  expect(signer.keys.size).toBeLessThan(20);
  await repositories.upload(GUN, upload({ targets: publisher.targetsDocument(2) }));
  publisher.online.timestamp = await repositories.key(GUN, 'timestamp');
  expect(publisher.online.timestamp.id).not.toBe(timestamp.id);
  await repositories.upload(GUN, upload({ root: publisher.rootDocument(2) }));
});

it('has keys made for 1,000 names that nobody published, and no more until a day is over', async () => {
  const made = withSigner();
  const { signer, repositories } = made;
  const publisher = await made.publisher();
  await repositories.upload(GUN, first(publisher));
  const name = (i: number) => parseGun(`registry.example/asked/${i}`);
  for (let i = 0; i < 1000; i++) {
    // the last takes the place of the repository that was published meanwhile
    await repositories.key(name(i), 'timestamp');
  }
  await expect(repositories.key(name(2000), 'timestamp')).rejects.toMatchObject({ code: 'NOTARY_KEYS' });
  expect(signer.keys.size).toBe(1002);
  made.now = new Date(NOW.getTime() + 2 * 86_400_000);
  await repositories.key(name(2000), 'timestamp');
  // those of the repository stay
  expect(signer.keys.size).toBe(3);
  await repositories.upload(GUN, upload({ targets: publisher.targetsDocument(2) }));
});
