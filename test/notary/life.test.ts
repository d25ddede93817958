/** The client of Notary against the service: the life of a repository. */
import { expect, it } from 'vitest';
import { generateNotaryKey } from '../../src/keystore/notary-private-key.js';
import { start } from '../server/service.js';
import { client, fileOf, temporary } from './client.js';

const service = async (): Promise<string> =>
  (await start({ auth: { mode: 'loopback' } })).addresses.repository;

it('makes, publishes, lists, rotates, delegates, and is read by who comes later', async () => {
  const server = await service();
  const { repository, trust } = await client({ server });
  await repository.initialize();
  await repository.addTarget('v1', fileOf('one'));
  await repository.publish();
  expect(await repository.changes.list()).toEqual([]);
  const stale = await client({ server });
  expect((await stale.repository.read()).target('v1').role).toBe('targets');

  await repository.rotateKey({ role: 'snapshot', serverManaged: true });
  await repository.rotateKey({ role: 'timestamp', serverManaged: true });
  await repository.rotateKey({ role: 'targets', serverManaged: false });
  for (let i = 0; i < 3; i++) await repository.rotateKey({ role: 'root', serverManaged: false });
  await repository.rotateKey({ role: 'root', serverManaged: false, legacyVersions: 2 });
  const key = await generateNotaryKey();
  await repository.keyring.add(key, { role: 'alice', gun: '' });
  await repository.addDelegation('targets/releases', [key.publicKey], ['v']);
  await repository.publish();
  await repository.addTarget('v2', fileOf('two'), ['targets/releases']);
  await repository.publish();
  await repository.removeTarget('v1');
  await repository.publish();

  const again = await client({ server, trust });
  const collection = await again.repository.read();
  expect(collection.targets().map(({ name, role }) => `${name} ${role}`)).toEqual(['v2 targets/releases']);
  expect(collection.delegations()).toEqual([
    { name: 'targets/releases', paths: ['v'], keyIds: [key.id], threshold: 1 },
  ]);
  expect((await stale.repository.read()).targets()).toHaveLength(1);
  const fresh = await client({ server, trust: temporary() });
  expect((await fresh.repository.read()).roles().map(({ signedBy }) => signedBy.length)).toEqual([
    1, 1, 1, 1, 1,
  ]);
});
