import { beforeAll, describe, expect, it } from 'vitest';
import { writeCanonical } from '../../src/json/canonical-writer.js';
import { FileSigner } from '../../src/keystore/file-signer.js';
import { OnlineSigner } from '../../src/keystore/online-signer.js';
import { generateKey, type PrivateKey } from '../../src/keystore/private-key.js';
import { MemorySignedVersions, type SignedVersions } from '../../src/keystore/signed-versions.js';
import { buildRoot } from '../../src/tuf/build/signed-part.js';
import { parseRoleName, ROOT, SNAPSHOT, TARGETS, TIMESTAMP } from '../../src/tuf/role-name.js';
import { failureOf } from '../storage/support.js';
import { clock, NOW, payloadOf } from './support.js';

let key: PrivateKey;
beforeAll(async () => {
  key = await generateKey('ed25519');
});
const DAY = 24 * 60 * 60 * 1000;
const team = parseRoleName('team');
const text = (value: string): Uint8Array => new TextEncoder().encode(value);

describe('a signer of a key in memory', () => {
  it('signs metadata of the type that its role has', async () => {
    const signer = new FileSigner(key);
    for (const [role, payload] of [
      [TARGETS, payloadOf('targets')],
      [team, payloadOf('targets')],
      [SNAPSHOT, payloadOf('snapshot')],
      [TIMESTAMP, payloadOf('timestamp')],
    ] as const) {
      expect(signer.key.verify(payload, await signer.sign(role, payload))).toBe(true);
    }
  });

  it('is no oracle: what is not that metadata is refused', async () => {
    const signer = new FileSigner(key);
    const refused: [typeof ROOT, Uint8Array][] = [
      [ROOT, payloadOf('targets')],
      [TARGETS, payloadOf('snapshot')],
      [team, payloadOf('timestamp')],
      [TIMESTAMP, payloadOf('targets')],
      [TARGETS, text('ssh-userauth')],
      [TARGETS, new Uint8Array(32)],
      [TARGETS, text('[]')],
      [TARGETS, payloadOf('targets', { version: 0 })],
      [TARGETS, payloadOf('targets', { expires: 'never' })],
      [TARGETS, payloadOf('targets', { spec_version: '2.0' })],
      [TARGETS, text(Buffer.from(payloadOf('targets')).toString().replace('{', '{"_type":"root",'))],
    ];
    for (const [role, payload] of refused) await failureOf(signer.sign(role, payload), 'KEYSTORE_REFUSED');
  });

  it('signs a root with keys in PEM, whose line ends canonical JSON does not escape', async () => {
    const pem = await generateKey('ecdsa-sha2-nistp256');
    const role = { keyIds: [pem.publicKey.id], threshold: 1 };
    const payload = writeCanonical(
      buildRoot({
        version: 1,
        expires: new Date(NOW.getTime() + DAY),
        consistentSnapshot: true,
        keys: new Map([[pem.publicKey.id, pem.publicKey]]),
        roles: { root: role, targets: role, snapshot: role, timestamp: role },
      }),
    );
    expect(payload).toContain(0x0a);
    const signature = await new FileSigner(pem).sign(ROOT, payload);
    expect(pem.publicKey.verify(payload, signature)).toBe(true);
    const broken = Buffer.from(payload).toString().replace('{', '{\n');
    await failureOf(new FileSigner(pem).sign(ROOT, text(broken)), 'KEYSTORE_REFUSED');
  });

  it('of one role refuses all others', async () => {
    const error = await failureOf(
      new FileSigner(key, team).sign(TARGETS, payloadOf('targets')),
      'KEYSTORE_REFUSED',
    );
    expect(error.message).toBe(`the key ${key.publicKey.id} is for team, not for targets`);
  });
});

describe('what an online signer remembers', () => {
  it('grows, for each repository and role by itself', async () => {
    const versions = new MemorySignedVersions();
    expect(await versions.last('a', 'snapshot')).toBe(0);
    await versions.advance('a', 'snapshot', 3);
    await versions.advance('a', 'timestamp', 1);
    await versions.advance('b', 'snapshot', 1);
    expect(await versions.last('a', 'snapshot')).toBe(3);
    for (const version of [3, 2, 0]) {
      const error = await failureOf(versions.advance('a', 'snapshot', version), 'KEYSTORE_REFUSED');
      expect(error.message).toBe(
        `version ${version} of snapshot of a is not above 3, the last that was signed`,
      );
    }
    await versions.advance('a', 'snapshot', 5);
    expect(await versions.last('a', 'snapshot')).toBe(5);
  });

  it('gives one version to one of many that ask at once', async () => {
    const versions = new MemorySignedVersions();
    const outcomes = await Promise.allSettled(
      Array.from({ length: 5 }, () => versions.advance('a', 'snapshot', 1)),
    );
    expect(outcomes.filter(outcome => outcome.status === 'fulfilled')).toHaveLength(1);
  });
});

it('a version may be signed again, where that was asked for', async () => {
  const versions = new MemorySignedVersions({ again: true });
  await versions.advance('a', 'snapshot', 3);
  await versions.advance('a', 'snapshot', 3);
  await failureOf(versions.advance('a', 'snapshot', 2), 'KEYSTORE_REFUSED');
});

describe('an online signer', () => {
  const open = (versions: SignedVersions = new MemorySignedVersions()): OnlineSigner =>
    new OnlineSigner({
      signer: new FileSigner(key),
      repository: 'acme',
      versions,
      clock,
      maxLifetime: { snapshot: 7 * DAY, timestamp: DAY },
    });

  it('signs snapshot and timestamp, each version once, forward', async () => {
    const signer = open();
    for (const [role, type] of [
      [SNAPSHOT, 'snapshot'],
      [TIMESTAMP, 'timestamp'],
    ] as const) {
      for (const version of [1, 2, 9]) {
        const payload = payloadOf(type, { version });
        expect(signer.key.verify(payload, await signer.sign(role, payload))).toBe(true);
      }
      await failureOf(signer.sign(role, payloadOf(type, { version: 9 })), 'KEYSTORE_REFUSED');
      await failureOf(signer.sign(role, payloadOf(type, { version: 8 })), 'KEYSTORE_REFUSED');
    }
  });

  it.each([ROOT, TARGETS, team])('refuses %s, whatever the payload says', async role => {
    for (const payload of [payloadOf('targets'), payloadOf('snapshot'), payloadOf('timestamp')]) {
      const error = await failureOf(open().sign(role, payload), 'KEYSTORE_REFUSED');
      expect(error.message).toBe(`an online key signs snapshot and timestamp, never ${role}`);
    }
  });

  it('refuses a payload of another type than the role, and does not count its version', async () => {
    const signer = open();
    await failureOf(signer.sign(SNAPSHOT, payloadOf('targets', { version: 50 })), 'KEYSTORE_REFUSED');
    await failureOf(signer.sign(SNAPSHOT, payloadOf('timestamp', { version: 50 })), 'KEYSTORE_REFUSED');
    await signer.sign(SNAPSHOT, payloadOf('snapshot', { version: 1 }));
  });

  it('bounds the expiry on both sides', async () => {
    const at = (ms: number): string => `${new Date(NOW.getTime() + ms).toISOString().slice(0, -5)}Z`;
    const ask = (ms: number, version: number): Promise<Uint8Array> =>
      signer.sign(TIMESTAMP, payloadOf('timestamp', { version, expires: at(ms) }));
    const signer = open();
    await ask(DAY, 1);
    await ask(1000, 2);
    expect((await failureOf(ask(DAY + 1000, 3), 'KEYSTORE_REFUSED')).message).toContain(
      'more than 86400000 ms away',
    );
    expect((await failureOf(ask(0, 3), 'KEYSTORE_REFUSED')).message).toContain('past');
    await failureOf(ask(-1000, 3), 'KEYSTORE_REFUSED');
    await ask(DAY, 3);
  });

  it('signs what it read, also when the caller changes the bytes meanwhile', async () => {
    const payload = payloadOf('snapshot');
    const read = new Uint8Array(payload);
    const asked = open().sign(SNAPSHOT, payload);
    payload.fill(0x20);
    expect(key.publicKey.verify(read, await asked)).toBe(true);
  });

  it('gives no signature when the version cannot be recorded', async () => {
    const broken: SignedVersions = {
      last: () => Promise.resolve(0),
      advance: () => Promise.reject(new Error('disk')),
    };
    await expect(open(broken).sign(SNAPSHOT, payloadOf('snapshot'))).rejects.toThrow('disk');
  });
});
