/** `test_keys.py` of the public suite. */
import { describe, expect } from 'vitest';
import { ecdsa, rsa, type KeyPair } from '../../crypto/keys.js';
import { utf8 } from '../../tuf/simulator.js';
import { it } from './client.js';
import { newKey } from './repository.js';

interface Signed {
  signatures: { keyid: string; sig: string }[];
  signed: object;
}
const parse = (bytes: Uint8Array): Signed => JSON.parse(Buffer.from(bytes).toString()) as Signed;
const write = (document: Signed): Uint8Array => utf8(JSON.stringify(document));

const SCHEMES: [string, () => KeyPair, string][] = [
  ['rsa/rsassa-pss-sha256', rsa, 'b1'.repeat(256)],
  ['ecdsa/ecdsa-sha2-nistp256', ecdsa, `3046022100${'fa'.repeat(32)}022100${'b3'.repeat(32)}`],
  ['ed25519/ed25519', newKey, `${'b6'.repeat(63)}02`],
];

describe.concurrent('test_keys', () => {
  it('test_snapshot_does_not_meet_threshold', async ({ repo, client }) => {
    const root = repo.latest('root');
    repo.setKeys('snapshot', [newKey(), newKey(), newKey()], 3);
    repo.publish('root', 'targets', 'snapshot', 'timestamp');
    await client.init(root);
    expect(await client.refresh()).toBe(0);
    repo.signers.get('snapshot')!.pop();
    repo.publish('targets', 'snapshot', 'timestamp');
    expect(await client.refresh()).toBe(1);
    expect(client.version('snapshot')).toBe(2);
  });

  it('test_snapshot_has_too_few_keys', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    for (let i = 0; i < 4; i++) repo.addKey('snapshot');
    repo.root.roles['snapshot']!.threshold = 6;
    repo.publish('root', 'snapshot', 'timestamp');
    expect(await client.refresh()).toBe(1);
    expect(client.trusted()).toEqual([['root', 2], ['timestamp', 2]]); // prettier-ignore
  });

  it('test_root_has_keys_but_not_snapshot', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    expect(await client.refresh()).toBe(0);
    for (let i = 0; i < 3; i++) repo.addKey('snapshot');
    repo.root.roles['snapshot']!.threshold = 4;
    repo.publish('root', 'snapshot', 'timestamp');
    expect(await client.refresh()).toBe(0);
    repo.addKey('snapshot'); // in the root, and not among the signatures
    repo.signers.get('snapshot')!.pop();
    repo.root.roles['snapshot']!.threshold = 5;
    repo.publish('root', 'snapshot', 'timestamp');
    expect(await client.refresh()).toBe(1);
    expect([client.version('root'), client.version('snapshot')]).toEqual([3, 2]);
  });

  it('test_duplicate_keys', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    const { key } = repo.addKey('snapshot');
    repo.root.roles['snapshot']!.keyids.push(...Array.from({ length: 8 }, () => key.id));
    repo.root.roles['snapshot']!.threshold = 6;
    repo.publish('root', 'snapshot', 'timestamp');
    const document = parse(repo.latest('snapshot'));
    const signature = document.signatures.find(({ keyid }) => keyid === key.id)!;
    document.signatures.push(...Array.from({ length: 8 }, () => signature));
    repo.replace('snapshot', write(document));
    expect(await client.refresh()).toBe(1);
    expect(client.version('snapshot')).toBeUndefined();
  });

  it('test_duplicate_keys_root', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    expect(await client.refresh()).toBe(0);
    const pair = newKey();
    const ids = Array.from({ length: 9 }, (_, i) => `${i}`.repeat(64));
    for (const id of ids) repo.root.keys[id] = pair.key.toJson();
    repo.root.roles['snapshot']!.keyids.push(...ids);
    repo.root.roles['snapshot']!.threshold = 6;
    repo.publish('root', 'snapshot', 'timestamp');
    const document = parse(repo.latest('snapshot'));
    const { sig } = parse(repo.latest('snapshot')).signatures[0]!;
    document.signatures.push(...ids.map(keyid => ({ keyid, sig })));
    repo.replace('snapshot', write(document));
    expect(await client.refresh()).toBe(1);
    expect(client.version('snapshot')).toBe(1);
  });

  it('test_duplicate_sig_keyids', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    const document = parse(repo.latest('snapshot'));
    document.signatures.push(document.signatures[0]!);
    repo.replace('snapshot', write(document));
    expect(await client.refresh()).toBe(1);
    expect(client.version('snapshot')).toBeUndefined();
  });

  it.for(SCHEMES)('test_keytype_and_scheme[%s]', async ([, make, bad], { repo, client }) => {
    await client.init(repo.latest('root'));
    const { key } = repo.addKey('root', make());
    repo.root.roles['root']!.threshold = 2;
    repo.publish('root');
    expect(await client.refresh()).toBe(0);
    expect(client.version('root')).toBe(2);
    repo.publish('root');
    const document = parse(repo.latest('root'));
    document.signatures.find(({ keyid }) => keyid === key.id)!.sig = bad;
    repo.replace('root', write(document));
    expect(await client.refresh()).toBe(1);
    expect(client.version('root')).toBe(2);
  });

  it('test_keytype_and_scheme[ecdsa-sha2-nistp256/ecdsa-sha2-nistp256]', async ({ repo, client }) => {
    await client.init(repo.latest('root'));
    const pair = ecdsa();
    repo.setKeys('timestamp', [pair]);
    repo.root.keys[pair.key.id] = { ...pair.key.toJson(), keytype: 'ecdsa-sha2-nistp256' };
    repo.publish('root', 'timestamp');
    expect(await client.refresh()).toBe(0);
    expect(client.version('timestamp')).toBe(2);
  });

  it.for(['another signature', ''])(
    'test_invalid_sig_in_valid_metadata[%s]',
    async (kind, { repo, client }) => {
      await client.init(repo.latest('root'));
      const old = parse(repo.latest('timestamp')).signatures[0]!;
      repo.addKey('timestamp');
      repo.publish('root', 'timestamp');
      const document = parse(repo.latest('timestamp'));
      document.signatures.find(({ keyid }) => keyid === old.keyid)!.sig = kind === '' ? '' : old.sig;
      repo.replace('timestamp', write(document));
      expect(await client.refresh()).toBe(0); // the other key's signature is enough
      expect(client.version('timestamp')).toBe(2);
    },
  );
});
