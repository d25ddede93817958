import { createHash, scrypt } from 'node:crypto';
import type * as Crypto from 'node:crypto';
import fc from '../support/property.js';
import { beforeAll, describe, expect, it, vi } from 'vitest';
import { generateKey, type PrivateKey } from '../../src/keystore/private-key.js';
import { openKey, sealKey } from '../../src/keystore/seal.js';
import { parseRoleName } from '../../src/tuf/role-name.js';
import { failureOf } from '../storage/support.js';
import { CHEAP } from './support.js';

vi.mock('node:crypto', async original => {
  const crypto = await original<typeof Crypto>();
  return { ...crypto, scrypt: vi.fn(crypto.scrypt) };
});

type File = Record<string, unknown> & { kdf: Record<string, unknown> };
const bytes = (value: unknown): Uint8Array =>
  new TextEncoder().encode(typeof value === 'string' ? value : JSON.stringify(value));

let key: PrivateKey;
let sealed: string;
beforeAll(async () => {
  key = await generateKey('ed25519');
  const created = new Date('2026-01-31T12:00:00Z');
  sealed = await sealKey(key, 'pass', {
    cost: CHEAP,
    role: parseRoleName('targets'),
    repository: 'acme',
    created,
  });
});
const file = (): File => JSON.parse(sealed) as File;

describe('a sealed key', () => {
  it('opens with its pass-phrase and says what it was sealed with', async () => {
    const opened = await openKey(bytes(sealed), 'pass');
    expect(opened).toMatchObject({
      role: 'targets',
      repository: 'acme',
      created: new Date('2026-01-31T12:00:00Z'),
    });
    expect(opened.privateKey.publicKey.id).toBe(key.publicKey.id);
    expect(opened.publicKey.verify(bytes('m'), opened.privateKey.sign(bytes('m')))).toBe(true);
  });

  it('holds nothing of the secret in the clear, and never the same bytes twice', async () => {
    const seed = Buffer.from(key.toPkcs8()).subarray(-32);
    for (const encoding of ['hex', 'base64', 'latin1'] as const) {
      expect(sealed).not.toContain(seed.toString(encoding));
    }
    const again = JSON.parse(await sealKey(key, 'pass', { cost: CHEAP })) as File;
    for (const name of ['nonce', 'ciphertext']) expect(again[name]).not.toBe(file()[name]);
    expect(again.kdf['salt']).not.toBe(file().kdf['salt']);
    expect(again).toMatchObject({ role: null, repository: null });
  });

  it('costs N = 2^17, r = 8, p = 1 unless told otherwise', async () => {
    const text = await sealKey(key, 'pass');
    expect((JSON.parse(text) as File).kdf).toMatchObject({ name: 'scrypt', n: 131072, r: 8, p: 1 });
    expect((await openKey(bytes(text), 'pass')).publicKey.id).toBe(key.publicKey.id);
  });

  it('does not open with another pass-phrase', async () => {
    for (const wrong of ['Pass', 'pass ', 'x']) {
      const error = await failureOf(openKey(bytes(sealed), wrong, 'the key x'), 'KEYSTORE_PASSPHRASE');
      expect(error.message).toBe('the pass-phrase does not open the key x');
    }
  });

  it('takes a pass-phrase in any Unicode form', async () => {
    const text = await sealKey(key, 'caf\u00e9', { cost: CHEAP });
    expect((await openKey(bytes(text), 'cafe\u0301')).publicKey.id).toBe(key.publicKey.id);
  });

  it('wants a pass-phrase of 1 to 1,024 bytes', async () => {
    await failureOf(sealKey(key, '', { cost: CHEAP }), 'KEYSTORE_PASSPHRASE');
    await failureOf(sealKey(key, 'é'.repeat(513), { cost: CHEAP }), 'KEYSTORE_PASSPHRASE');
    await sealKey(key, 'é'.repeat(512), { cost: CHEAP });
    await failureOf(openKey(bytes(sealed), ''), 'KEYSTORE_PASSPHRASE');
  });
});

describe('attacks on a key file', () => {
  it('any changed bit of what is authenticated is found', async () => {
    const other = await generateKey('ed25519');
    const flip = (hex: unknown): string => (String(hex).startsWith('0') ? '1' : '0') + String(hex).slice(1);
    const changes: Partial<File>[] = [
      { role: 'root' },
      { role: null },
      { repository: 'other' },
      { created: '2026-01-31T12:00:00.001Z' },
      { nonce: flip(file()['nonce']) },
      { kdf: { ...file().kdf, salt: flip(file().kdf['salt']) } },
      { kdf: { ...file().kdf, p: 2 } },
      { public: other.publicKey.toJson() },
    ];
    for (const change of changes) {
      await failureOf(openKey(bytes({ ...file(), ...change }), 'pass'), 'KEYSTORE_PASSPHRASE');
    }
  });

  it('any changed bit of the ciphertext or its tag is found', async () => {
    const whole = Buffer.from(String(file()['ciphertext']), 'base64');
    for (const at of [0, whole.length - 17, whole.length - 16, whole.length - 1]) {
      const changed = Buffer.from(whole);
      changed[at] = changed[at]! ^ 1;
      const text = bytes({ ...file(), ciphertext: changed.toString('base64') });
      await failureOf(openKey(text, 'pass'), 'KEYSTORE_PASSPHRASE');
    }
  });

  it.each([
    ['N below 2^14', { n: 2 ** 13 }],
    ['N above 2^20', { n: 2 ** 21 }],
    ['N no power of two', { n: 2 ** 15 + 1 }],
    ['r below 8', { r: 7 }],
    ['r above 16', { r: 17 }],
    ['p of 0', { p: 0 }],
    ['p above 4', { p: 5 }],
    ['all of them at their most', { n: 2 ** 20, r: 16, p: 4 }],
    ['one step beyond the work', { n: 2 ** 20, r: 9, p: 1 }],
    ['a short salt', { salt: '00' }],
    ['a salt that is no hex', { salt: 'x' }],
    ['another function', { name: 'pbkdf2' }],
    ['no number', { n: '131072' }],
  ])('a cost out of bounds is refused before it is paid: %s', async (_, change) => {
    vi.mocked(scrypt).mockClear();
    await failureOf(
      openKey(bytes({ ...file(), kdf: { ...file().kdf, ...change } }), 'pass'),
      'KEYSTORE_FORMAT',
    );
    expect(scrypt).not.toHaveBeenCalled();
    await openKey(bytes(sealed), 'pass');
    expect(scrypt).toHaveBeenCalledOnce();
  });

  it('the same bounds hold for sealing', async () => {
    await failureOf(sealKey(key, 'pass', { cost: { n: 2, r: 8, p: 1 } }), 'KEYSTORE_FORMAT');
  });

  it.each([
    ['another kind', { writ: 'token' }],
    ['a later version', { v: 2 }],
    ['another cipher', { cipher: 'aes-256-cbc' }],
    ['an unknown member', { extra: 1 }],
    ['a missing public key', { public: undefined }],
    ['a missing role', { role: undefined }],
    ['an empty role', { role: '' }],
    ['a long repository', { repository: 'x'.repeat(257) }],
    ['no time', { created: 'yesterday' }],
    ['a time in another form', { created: '2026-01-31T12:00:00Z' }],
    ['a short nonce', { nonce: '00' }],
    ['a ciphertext with a tag alone', { ciphertext: Buffer.alloc(16).toString('base64') }],
    ['a ciphertext that is no base64', { ciphertext: '*'.repeat(80) }],
  ])('a malformed file is refused: %s', async (_, change) => {
    await failureOf(openKey(bytes({ ...file(), ...change }), 'pass'), 'KEYSTORE_FORMAT');
  });

  it('duplicate members and files that are too large are refused', async () => {
    await failureOf(openKey(bytes(sealed.replace('{', '{"v":1,')), 'pass'), 'KEYSTORE_FORMAT');
    await failureOf(openKey(bytes(`${sealed}${' '.repeat(65536)}`), 'pass'), 'KEYSTORE_FORMAT');
  });

  it('random bytes are refused with a code', async () => {
    await fc.assert(
      fc.asyncProperty(fc.oneof(fc.uint8Array(), fc.json().map(bytes)), async junk => {
        await failureOf(openKey(junk, 'pass'), 'KEYSTORE_FORMAT');
      }),
      { numRuns: 50 },
    );
  });

  it('errors show neither the pass-phrase nor the secret', async () => {
    const secret = createHash('sha256').update('x').digest('hex');
    const error = await failureOf(openKey(bytes(sealed), secret), 'KEYSTORE_PASSPHRASE');
    expect(JSON.stringify(error) + String(error.stack) + String(error.cause)).not.toContain(secret);
  });
});
