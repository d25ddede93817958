import { generateKeyPairSync, type KeyObject } from 'node:crypto';
import { CompactEncrypt } from 'jose';
import { describe, expect, it } from 'vitest';
import { notaryKeyOf } from '../../src/crypto/notary-key.js';
import { stringAt } from '../../src/json/read.js';
import type { KeyRow } from '../../src/migrate/databases.js';
import { openSignerKey } from '../../src/migrate/signer-keys.js';

const PHRASE = 'signerpass';
const of = (alias: string): string | undefined => (alias === 'timestamp_1' ? PHRASE : undefined);

/** As notary-signer keeps each kind of key. */
function inside(key: KeyObject): Buffer {
  if (key.asymmetricKeyType === 'ec') return key.export({ format: 'der', type: 'sec1' });
  if (key.asymmetricKeyType === 'rsa') return key.export({ format: 'der', type: 'pkcs1' });
  const { d = '', x = '' } = key.export({ format: 'jwk' });
  return Buffer.concat([x, d, x].map(part => Buffer.from(part, 'base64url')));
}

async function sealed(key: KeyObject, rounds = 8192, content = inside(key)): Promise<KeyRow> {
  const { id, keytype, keyval } = notaryKeyOf(key);
  const jwe = await new CompactEncrypt(content)
    .setProtectedHeader({ alg: 'PBES2-HS256+A128KW', enc: 'A256GCM' })
    .setKeyManagementParameters({ p2c: rounds })
    .encrypt(Buffer.from(PHRASE));
  return {
    id,
    encryption: 'A256GCM',
    keywrap: 'PBES2-HS256+A128KW',
    algorithm: keytype,
    alias: 'timestamp_1',
    publicKey: Buffer.from(stringAt(keyval, 'public', 'keyval'), 'base64'),
    sealed: jwe,
    gun: 'registry.example/acme/app',
    role: 'timestamp',
  };
}

const ecdsa = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

describe('a private key of notary-signer', () => {
  it.each([
    ['ecdsa', ecdsa()],
    ['ed25519', generateKeyPairSync('ed25519').privateKey],
    ['rsa', generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey],
  ])('of type %s is opened', async (_, key) => {
    expect((await openSignerKey(await sealed(key), of)).equals(key)).toBe(true);
  });

  const refused = async (change: (row: KeyRow) => Partial<KeyRow>, message: RegExp): Promise<void> => {
    const row = await sealed(ecdsa());
    const failure = await openSignerKey({ ...row, ...change(row) }, of).catch((error: unknown) => error);
    expect(failure).toMatchObject({ code: 'MIGRATE_KEY', message: expect.stringMatching(message) as string });
    expect(String(failure)).not.toContain(PHRASE);
  };

  it('is refused when its pass-phrase is unknown or another', async () => {
    await refused(() => ({ alias: 'other' }), /NOTARY_SIGNER_OTHER/);
    const row = await sealed(ecdsa());
    await expect(openSignerKey(row, () => 'another')).rejects.toMatchObject({ code: 'MIGRATE_KEY' });
  });

  it('is refused when it is another key than its row says', async () => {
    const other = await sealed(ecdsa());
    await refused(() => ({ sealed: other.sealed }), /another key/);
    await refused(() => ({ id: other.id }), /another key/);
    await refused(() => ({ publicKey: other.publicKey }), /another key/);
  });

  it('is refused in other forms, and when it would take too long', async () => {
    await refused(() => ({ encryption: 'A128GCM' }), /not sealed with/);
    await refused(() => ({ sealed: 'x'.repeat(100_000) }), /not sealed with/);
    await refused(() => ({ algorithm: 'dsa' }), /no algorithm/);
    await refused(() => ({ algorithm: 'ed25519' }), /length/);
    await expect(openSignerKey(await sealed(ecdsa(), 100_001), of)).rejects.toMatchObject({
      code: 'MIGRATE_KEY',
    });
  });
});
