import { describe, expect, it } from 'vitest';
import { OnlineKeyring } from '../../src/keystore/online-keyring.js';
import { onlineSigners } from '../../src/server/online-signers.js';
import { parseRoleName, ROOT, SNAPSHOT, TARGETS, TIMESTAMP, type RoleName } from '../../src/tuf/role-name.js';
import { clock, payloadOf } from '../keystore/support.js';
import { failureOf } from '../storage/support.js';

const DAY = 86_400_000;
const open = () =>
  onlineSigners({
    keyring: new OnlineKeyring([new Uint8Array(32).fill(5)]),
    clock,
    lifetimes: { snapshot: 7 * DAY, timestamp: DAY },
  });

describe('attack: the online signer is no oracle', () => {
  const TEAM = parseRoleName('team');
  const payloads = ['targets', 'snapshot', 'timestamp'] as const;

  it.each<['snapshot' | 'timestamp', RoleName]>([
    ['snapshot', SNAPSHOT],
    ['timestamp', TIMESTAMP],
  ])('that of %s signs its own documents and nothing else', async (name, own) => {
    const signer = open()('example')[name];
    for (const role of [ROOT, TARGETS, SNAPSHOT, TIMESTAMP, TEAM]) {
      for (const type of payloads) {
        if (role === own && type === name) continue;
        await failureOf(signer.sign(role, payloadOf(type)), 'KEYSTORE_REFUSED');
      }
    }
    for (const payload of [new Uint8Array(32), Buffer.from('ssh-userauth'), Buffer.from('{}')]) {
      await failureOf(signer.sign(own, payload), 'KEYSTORE_REFUSED');
    }
    const payload = payloadOf(name);
    expect(signer.key.verify(payload, await signer.sign(own, payload))).toBe(true);
  });

  it('nor one that takes a repository back, or freezes it', async () => {
    const signers = open();
    const sign = (version: number, expires = '2030-01-02T00:00:00Z') =>
      // The service asks for its signers anew at every write.
      signers('example').timestamp.sign(TIMESTAMP, payloadOf('timestamp', { version, expires }));
    await sign(7);
    await sign(7);
    await failureOf(sign(6), 'KEYSTORE_REFUSED');
    await failureOf(sign(8, '2031-01-01T00:00:00Z'), 'KEYSTORE_REFUSED');
    await failureOf(sign(8, '2030-01-01T00:00:00Z'), 'KEYSTORE_REFUSED');
    await sign(8);
    await signers('other').timestamp.sign(TIMESTAMP, payloadOf('timestamp'));
  });
});
