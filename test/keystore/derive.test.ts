import { describe, expect, it } from 'vitest';
import { deriveOnlineSigner } from '../../src/keystore/derive.js';
import { failureOf } from '../storage/support.js';
import { payloadOf } from './support.js';
import { SNAPSHOT, TARGETS, TIMESTAMP } from '../../src/tuf/role-name.js';

const MASTER = new Uint8Array(32).fill(7);
const id = (...args: Parameters<typeof deriveOnlineSigner>): string => deriveOnlineSigner(...args).key.id;

describe('online keys', () => {
  it('are the same whenever they are derived from the same secret', () => {
    expect(id(MASTER, 'example', SNAPSHOT, 1)).toBe(id(Uint8Array.from(MASTER), 'example', SNAPSHOT, 1));
  });

  // The value was computed with HMAC by hand (RFC 5869) and @noble/ed25519.
  it('stay what they are: a change would lock every hosted repository out of its own keys', () => {
    const { key } = deriveOnlineSigner(MASTER, 'example', TIMESTAMP, 1);
    expect(key.toJson()).toEqual({
      keytype: 'ed25519',
      scheme: 'ed25519',
      keyval: { public: '2a40d051844ab2f58da166524ab6b33703959e7e559a66fd00788fd8c20d19a4' },
    });
  });

  it('differ by secret, repository, role and generation', () => {
    const ids = [
      id(MASTER, 'example', SNAPSHOT, 1),
      id(MASTER, 'example', TIMESTAMP, 1),
      id(MASTER, 'example', SNAPSHOT, 2),
      id(MASTER, 'example2', SNAPSHOT, 1),
      id(new Uint8Array(32).fill(8), 'example', SNAPSHOT, 1),
    ];
    expect(new Set(ids).size).toBe(ids.length);
  });

  it('sign what their public key verifies', async () => {
    const signer = deriveOnlineSigner(MASTER, 'example', SNAPSHOT, 1);
    const payload = payloadOf('snapshot');
    const signature = await signer.sign(SNAPSHOT, payload);
    expect(signer.key.verify(payload, signature)).toBe(true);
    expect(signer.key.verify(payloadOf('snapshot', { version: 2 }), signature)).toBe(false);
  });

  it('sign for no other role, and nothing but metadata of their role', async () => {
    const signer = deriveOnlineSigner(MASTER, 'example', SNAPSHOT, 1);
    await expect(signer.sign(TARGETS, payloadOf('targets'))).rejects.toMatchObject({
      code: 'KEYSTORE_REFUSED',
      message: 'the online key of snapshot does not sign targets',
    });
    for (const payload of [payloadOf('targets'), payloadOf('timestamp'), Buffer.from('{"version":1}')]) {
      await failureOf(signer.sign(SNAPSHOT, payload), 'KEYSTORE_REFUSED');
    }
  });

  it.each([31, 33, 0])('need exactly 32 secret bytes, not %i', length => {
    expect(() => deriveOnlineSigner(new Uint8Array(length), 'example', SNAPSHOT, 1)).toThrow(
      expect.objectContaining({
        code: 'KEY_FORMAT',
        message: `the online secret has ${length} bytes, not 32`,
      }),
    );
  });
});
