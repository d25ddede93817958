/** Notary v1 metadata: what its format allows, and every way to break it. */
import { constants, createPrivateKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { notaryKeyOf, notaryKeyOfCertificate, type NotaryKey } from '../../src/crypto/notary-key.js';
import { canonicalBytes } from '../../src/json/canonical.js';
import type { JsonObject, JsonValue } from '../../src/json/types.js';
import { issueCertificate } from '../../src/keystore/certificate.js';
import { isDelegated } from '../../src/tuf/delegation.js';
import { parseDocumentOf, type SignedDocument } from '../../src/tuf/document.js';
import { formatNotaryExpires, parseNotaryExpires } from '../../src/tuf/format/notary1-expires.js';
import { writeNotaryDocument, writeNotaryTargets } from '../../src/tuf/format/notary1-write.js';
import { NOTARY1, type NotaryModels } from '../../src/tuf/format/notary1.js';
import { parseRoleName, type RoleType } from '../../src/tuf/role-name.js';
import { succeedRoot, trustRoot, verifyRole } from '../../src/tuf/verified.js';
import { refusal } from './refusal.js';

interface Pair {
  readonly key: NotaryKey;
  readonly privateKey: KeyObject;
}
function pair(kind: 'ed25519' | 'ec' | 'rsa'): Pair {
  const { privateKey } =
    kind === 'ed25519'
      ? generateKeyPairSync('ed25519')
      : kind === 'ec'
        ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
        : generateKeyPairSync('rsa', { modulusLength: 2048 });
  return { key: notaryKeyOf(privateKey), privateKey };
}

function signature({ key, privateKey }: Pair, payload: Uint8Array): { method: string; bytes: Uint8Array } {
  switch (key.keytype) {
    case 'ed25519':
      return { method: 'eddsa', bytes: sign(null, payload, privateKey) };
    case 'ecdsa':
    case 'ecdsa-x509':
      return {
        method: 'ecdsa',
        bytes: sign('sha256', payload, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
      };
    default: {
      const padding = constants.RSA_PKCS1_PSS_PADDING;
      return {
        method: 'rsapss',
        bytes: sign('sha256', payload, { key: privateKey, padding, saltLength: 32 }),
      };
    }
  }
}

function document(signed: JsonObject, signers: readonly Pair[]): Uint8Array {
  const payload = canonicalBytes(signed);
  return writeNotaryDocument(
    signed,
    signers.map(signer => ({ keyid: signer.key.id, ...signature(signer, payload) })),
  );
}

const parse = <T extends RoleType>(
  type: T,
  signed: JsonObject,
  signers: readonly Pair[] = [],
): SignedDocument<NotaryModels[T]> => parseDocumentOf(NOTARY1, document(signed, signers), type, 1024 * 1024);

const [alice, bob, carol] = [pair('ec'), pair('ed25519'), pair('rsa')];
const EXPIRES = '2030-01-31T23:59:59.123456789Z';
const role = (keys: readonly Pair[], threshold = 1): JsonObject => ({
  keyids: keys.map(({ key }) => key.id),
  threshold,
});
const listed = (...keys: readonly Pair[]): JsonObject =>
  Object.fromEntries(keys.map(({ key }) => [key.id, key.toJson()]));
const root = (change: JsonObject = {}): JsonObject => ({
  _type: 'Root',
  version: 1,
  expires: EXPIRES,
  consistent_snapshot: false,
  keys: listed(alice, bob, carol),
  roles: {
    root: role([alice]),
    targets: role([alice, bob, carol], 2),
    snapshot: role([bob]),
    timestamp: role([bob]),
  },
  ...change,
});
const targets = (change: JsonObject = {}): JsonObject => ({
  _type: 'Targets',
  version: 1,
  expires: EXPIRES,
  targets: { v1: { hashes: { sha256: Buffer.alloc(32, 7).toString('base64') }, length: 523 } },
  delegations: { keys: {}, roles: [] },
  ...change,
});

describe('verifying', () => {
  it('counts signatures of all three kinds of keys', () => {
    const trusted = trustRoot(parse('root', root(), [alice]));
    const role = parseRoleName('targets');
    const { signedBy } = verifyRole(trusted, role, parse('targets', targets(), [alice, bob, carol]));
    expect(signedBy.map(({ id }) => id)).toEqual([alice, bob, carol].map(({ key }) => key.id));
    expect(() => verifyRole(trusted, role, parse('targets', targets(), [carol]))).toThrow(
      refusal('TUF_THRESHOLD'),
    );
  });

  it('must beat 15: one key meets no threshold of 2, listed bare and in a certificate', () => {
    const { cert, key: pem } = issueCertificate({ names: ['acme/app'], notBefore: new Date(), days: 1 });
    const privateKey = createPrivateKey(pem);
    const bare = { key: notaryKeyOf(privateKey), privateKey };
    const certified = { key: notaryKeyOfCertificate(cert), privateKey };
    expect(certified.key.id).not.toBe(bare.key.id);
    expect(certified.key.canonicalId).toBe(bare.key.id);
    expect(certified.key.material).toBe(bare.key.material);
    const roles = { ...(root()['roles'] as JsonObject), targets: role([bare, certified], 2) };
    const keys = listed(alice, bob, bare, certified);
    const trusted = trustRoot(parse('root', root({ keys, roles }), [alice]));
    const signed = parse('targets', targets(), [bare, certified]);
    expect(signed.signatures).toHaveLength(2);
    expect(() => verifyRole(trusted, parseRoleName('targets'), signed)).toThrow(
      refusal('TUF_THRESHOLD', /1 of the 2/),
    );
  });

  it('takes the method at its word, and only under its own type of key', () => {
    const payload = new Uint8Array([1, 2, 3]);
    for (const signer of [alice, bob, carol]) {
      const { method, bytes } = signature(signer, payload);
      expect(signer.key.verify(payload, bytes, method)).toBe(true);
      for (const other of ['ecdsa', 'eddsa', 'rsapss', 'rsapkcs1v15', '', '__proto__'].filter(
        m => m !== method,
      )) {
        expect(signer.key.verify(payload, bytes, other)).toBe(false);
      }
      expect(signer.key.verify(payload, bytes)).toBe(false);
    }
  });

  it('refuses ECDSA in DER, short and long', () => {
    const payload = new Uint8Array([1, 2, 3]);
    const der = sign('sha256', payload, alice.privateKey);
    const raw = sign('sha256', payload, { key: alice.privateKey, dsaEncoding: 'ieee-p1363' });
    expect(alice.key.verify(payload, raw, 'ecdsa')).toBe(true);
    for (const bytes of [
      der,
      raw.subarray(1),
      Buffer.concat([raw, Buffer.of(0)]),
      Buffer.alloc(64),
      Buffer.alloc(0),
    ]) {
      expect(alice.key.verify(payload, bytes, 'ecdsa')).toBe(false);
    }
  });

  it('takes PKCS#1 v1.5 and a salt of 32 bytes, no other', () => {
    const payload = new Uint8Array([1, 2, 3]);
    const padding = constants.RSA_PKCS1_PSS_PADDING;
    const pss = (saltLength: number): Uint8Array =>
      sign('sha256', payload, { key: carol.privateKey, padding, saltLength });
    expect(carol.key.verify(payload, sign('sha256', payload, carol.privateKey), 'rsapkcs1v15')).toBe(true);
    expect(carol.key.verify(payload, pss(32), 'rsapss')).toBe(true);
    expect(carol.key.verify(payload, pss(32), 'pycrypto-pkcs#1 pss')).toBe(true);
    expect(carol.key.verify(payload, pss(20), 'rsapss')).toBe(false);
  });

  it('follows a root to the next', () => {
    const trusted = trustRoot(parse('root', root(), [alice]));
    const roles = { ...(root()['roles'] as JsonObject), root: role([bob]) };
    const next = parse('root', root({ version: 2, roles }), [alice, bob]);
    expect(succeedRoot(trusted, next).value.version).toBe(2);
    const one = parse('root', root({ version: 2, roles }), [bob]);
    expect(() => succeedRoot(trusted, one)).toThrow(refusal('TUF_THRESHOLD'));
  });
});

describe('reading', () => {
  it.each<[string, JsonObject, RegExp?]>([
    ['a version of 0', { version: 0 }],
    ['a version above 2^31 − 1', { version: 2 ** 31 }],
    ['no expiry', { expires: '' }],
    ['another zone', { expires: '2030-01-31T23:59:59+01:00' }],
    ['a day that is none', { expires: '2030-02-30T00:00:00Z' }],
    ['ten digits of a second', { expires: '2030-01-31T23:59:59.1234567890Z' }],
    ['a target without hashes', { targets: { a: { length: 1, hashes: {} } } }],
    ['a hash in hex', { targets: { a: { length: 1, hashes: { sha256: 'ab'.repeat(32) } } } }],
    ['a hash that is short', { targets: { a: { length: 1, hashes: { sha256: 'YWI=' } } } }],
    ['only a hash of an unknown kind', { targets: { a: { length: 1, hashes: { md5: 'YWI=' } } } }],
    ['a negative length', { targets: { a: { length: -1, hashes: { sha256: 'YWI=' } } } }],
    ['targets that are a list', { targets: [] }],
    [
      'a delegation twice',
      {
        delegations: {
          keys: {},
          roles: ['targets/a', 'targets/a'].map(name => ({ name, keyids: [], threshold: 1, paths: [''] })),
        },
      },
    ],
    [
      'a threshold of 0',
      { delegations: { keys: {}, roles: [{ name: 'targets/a', keyids: [], threshold: 0, paths: [''] }] } },
    ],
    ['a role without a name', { delegations: { keys: {}, roles: [{ keyids: [], threshold: 1 }] } }],
  ])('refuses %s', (_what, change) => {
    expect(() => parse('targets', targets(change))).toThrow(
      expect.objectContaining({ code: expect.stringMatching(/^(TUF_FORMAT|JSON_TYPE)$/) }),
    );
  });

  it('takes null and nothing for empty, as Go does', () => {
    for (const empty of [
      { targets: null, delegations: null },
      { delegations: { keys: null, roles: null } },
    ]) {
      expect(parse('targets', targets(empty)).signed.delegations?.roles).toEqual([]);
    }
  });

  it('keeps what it does not know, and a custom member of any kind', () => {
    const file = {
      hashes: { sha256: Buffer.alloc(32).toString('base64'), blake3: 'x' },
      length: 1,
      more: true,
    };
    const files: JsonObject = {
      a: { ...file, custom: { writ: { grants: {} } } },
      b: { ...file, custom: ['any'] },
    };
    const signed = targets({ targets: files, extra: 1 });
    const { signed: read } = parse('targets', signed);
    expect(read.targets.get('a')?.custom).toEqual({ writ: { grants: {} } });
    expect(read.targets.get('b')?.custom).toBeUndefined();
    expect({ ...writeNotaryTargets(read), expires: EXPIRES }).toEqual(signed);
  });

  it('a key that is listed under another id does not count', () => {
    const { id } = alice.key;
    const keys = { ...listed(bob, carol), [id]: bob.key.toJson() };
    expect(() => trustRoot(parse('root', root({ keys }), [alice]))).toThrow(refusal('TUF_THRESHOLD'));
  });

  it.each<[string, JsonValue]>([
    [
      'a private key',
      { keytype: 'ed25519', keyval: { private: 'c2VjcmV0', public: bob.key.keyval['public'] ?? '' } },
    ],
    ['an unknown type', { keytype: 'dsa', keyval: { private: null, public: '' } }],
    ['no base64', { keytype: 'ed25519', keyval: { private: null, public: '*' } }],
    [
      '31 bytes',
      { keytype: 'ed25519', keyval: { private: null, public: Buffer.alloc(31).toString('base64') } },
    ],
    [
      'a point of small order',
      { keytype: 'ed25519', keyval: { private: null, public: Buffer.alloc(32).toString('base64') } },
    ],
    ['DER that is none', { keytype: 'ecdsa', keyval: { private: null, public: 'AAAA' } }],
    [
      'an Ed25519 key as ecdsa',
      {
        keytype: 'ecdsa',
        keyval: { private: null, public: Buffer.from('302a300506032b6570032100', 'hex').toString('base64') },
      },
    ],
    ['no certificate', { keytype: 'ecdsa-x509', keyval: { private: null, public: 'AAAA' } }],
  ])('a key that cannot count breaks no other: %s', (_what, key) => {
    const keys = { ...listed(alice, bob, carol), bad: key };
    expect(trustRoot(parse('root', root({ keys }), [alice])).signedBy).toHaveLength(1);
  });

  it('delegates by prefixes of paths; the empty one is for all', () => {
    const delegations = {
      keys: {},
      roles: [
        { name: 'targets/all', keyids: [], threshold: 1, paths: [''] },
        { name: 'targets/v', keyids: [], threshold: 1, paths: ['v', 'x/'] },
        { name: 'targets/none', keyids: null, threshold: 1 }, // `notary` took its last key out
      ],
    };
    const roles = parse('targets', targets({ delegations })).signed.delegations?.roles ?? [];
    const may = (path: string): string[] =>
      roles.filter(role => isDelegated(role, path)).map(({ name }) => name);
    expect(may('v1')).toEqual(['targets/all', 'targets/v']);
    expect(may('x')).toEqual(['targets/all']);
    expect(roles.some(({ terminating }) => terminating)).toBe(false);
  });
});

describe('expires', () => {
  it('is written without zeros at the end, and read back', () => {
    expect(formatNotaryExpires(new Date('2030-01-01T00:00:00.130Z'))).toBe('2030-01-01T00:00:00.13Z');
    expect(formatNotaryExpires(new Date('2030-01-01T00:00:10.000Z'))).toBe('2030-01-01T00:00:10Z');
    const date = fc.date({ min: new Date(0), max: new Date('9999-12-31'), noInvalidDate: true });
    fc.assert(
      fc.property(date, moment => {
        const text = formatNotaryExpires(moment);
        expect(parseNotaryExpires(text, 'expires')).toEqual(moment);
        expect(text).not.toMatch(/\.\d*0Z$/);
      }),
    );
  });

  it('is never later than it says', () => {
    expect(parseNotaryExpires('2030-01-01T00:00:00.999999999Z', 'x').toISOString()).toBe(
      '2030-01-01T00:00:00.999Z',
    );
  });

  it('refuses years that RFC 3339 cannot write', () => {
    expect(() => formatNotaryExpires(new Date(8.64e15))).toThrow(refusal('TUF_FORMAT'));
    expect(() => formatNotaryExpires(new Date(NaN))).toThrow(refusal('TUF_FORMAT'));
  });
});
