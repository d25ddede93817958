import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import * as noble from '@noble/ed25519';
import { describe, expect, it } from 'vitest';
import { derOfPair } from '../../src/crypto/ecdsa-pair.js';
import { parsePublicKey, type PublicKey } from '../../src/crypto/public-key.js';
import { describeVectors } from '../support/vectors.js';

noble.hashes.sha512 = (message: Uint8Array) => new Uint8Array(createHash('sha512').update(message).digest());

interface Vector {
  readonly tcId: number;
  readonly comment: string;
  readonly msg: string;
  readonly sig: string;
  readonly result: 'valid' | 'invalid';
  readonly flags: readonly string[];
}
const FILES = {
  'ed25519_test.json': ['ed25519', 'ed25519'],
  'ecdsa_secp256r1_sha256_test.json': ['ecdsa', 'ecdsa-sha2-nistp256'],
  'rsa_pss_2048_sha256_mgf1_32_test.json': ['rsa', 'rsassa-pss-sha256'],
  'rsa_pss_misc_test.json': ['rsa', 'rsassa-pss-sha256'],
} as const;

interface Group {
  readonly publicKey: { readonly pk: string };
  readonly publicKeyPem: string;
  readonly sha: string;
  readonly mgfSha: string;
  readonly tests: readonly Vector[];
}

const groupsOf = (folder: string, name: string): Group[] =>
  (JSON.parse(readFileSync(join(folder, name), 'utf8')) as { testGroups: Group[] }).testGroups;
const parse = (keytype: string, scheme: string, text: string): PublicKey =>
  parsePublicKey({ keytype, scheme, keyval: { public: text } }, 'key');
const bytes = (hex: string): Uint8Array => new Uint8Array(Buffer.from(hex, 'hex'));

function verdicts(group: Group, key: PublicKey): [number, boolean][] {
  return group.tests.map(({ tcId, msg, sig }) => [tcId, key.verify(bytes(msg), bytes(sig))]);
}
const expected = (group: Group, valid = (vector: Vector) => vector.result === 'valid'): [number, boolean][] =>
  group.tests.map(vector => [vector.tcId, valid(vector)]);

describeVectors('wycheproof', 'Wycheproof', folder => {
  describe('Ed25519', () => {
    it('agrees with every vector, and noble with both', () => {
      let count = 0;
      for (const group of groupsOf(folder, 'ed25519_test.json')) {
        const key = parse('ed25519', 'ed25519', group.publicKey.pk);
        expect(verdicts(group, key)).toEqual(expected(group));
        for (const { msg, sig, result } of group.tests) {
          count++;
          if (sig.length !== 128) continue;
          expect(noble.verify(bytes(sig), bytes(msg), bytes(group.publicKey.pk), { zip215: false })).toBe(
            result === 'valid',
          );
        }
      }
      expect(count).toBe(151);
    });
  });

  it('ECDSA P-256 with DER signatures', () => {
    const groups = groupsOf(folder, 'ecdsa_secp256r1_sha256_test.json');
    for (const group of groups) {
      const key = parse('ecdsa', 'ecdsa-sha2-nistp256', group.publicKeyPem);
      expect(verdicts(group, key)).toEqual(expected(group));
    }
    expect(groups.flatMap(group => group.tests)).toHaveLength(484);
  });

  it('ECDSA P-256: the other encoding of signatures is refused', () => {
    for (const group of groupsOf(folder, 'ecdsa_secp256r1_sha256_p1363_test.json')) {
      const key = parse('ecdsa', 'ecdsa-sha2-nistp256', group.publicKeyPem);
      expect(verdicts(group, key)).toEqual(expected(group, () => false));
    }
  });

  it('ECDSA P-256: the other encoding, as tokens give it, agrees with every vector once it is DER', () => {
    const groups = groupsOf(folder, 'ecdsa_secp256r1_sha256_p1363_test.json');
    for (const group of groups) {
      const key = parse('ecdsa', 'ecdsa-sha2-nistp256', group.publicKeyPem);
      const holds = ({ msg, sig }: Vector): boolean => {
        const der = derOfPair(bytes(sig));
        return der !== undefined && key.verify(bytes(msg), der);
      };
      expect(group.tests.map(vector => [vector.tcId, holds(vector)])).toEqual(expected(group));
    }
    expect(groups.flatMap(group => group.tests)).toHaveLength(262);
  });

  it('RSA-PSS with 2048 bits', () => {
    for (const group of groupsOf(folder, 'rsa_pss_2048_sha256_mgf1_32_test.json')) {
      const key = parse('rsa', 'rsassa-pss-sha256', group.publicKeyPem);
      // These vectors want a salt of 32 bytes; TUF does not, so right signatures with another salt hold.
      const otherSalt = /^s_len changed to \d+$/;
      const holds = ({ result, comment }: Vector): boolean => result === 'valid' || otherSalt.test(comment);
      expect(verdicts(group, key)).toEqual(expected(group, holds));
      expect(group.tests).toHaveLength(108);
    }
  });

  it('RSA-PSS: any salt, but no hash other than SHA-256, in the message or in the mask', () => {
    let taken = 0;
    for (const group of groupsOf(folder, 'rsa_pss_misc_test.json')) {
      const fits = group.sha === 'SHA-256' && group.mgfSha === 'SHA-256';
      const key = parse('rsa', 'rsassa-pss-sha256', group.publicKeyPem);
      expect(verdicts(group, key)).toEqual(expected(group, ({ result }) => fits && result === 'valid'));
      if (fits) taken++;
    }
    expect(taken).toBe(6);
  });

  it('every case that is judged otherwise than by the vectors has a flag that says why', () => {
    const found = Object.entries(FILES).map(([file, [keytype, scheme]]) => {
      const groups = groupsOf(folder, file);
      const different = groups.flatMap(group => {
        const key = parse(keytype, scheme, keytype === 'ed25519' ? group.publicKey.pk : group.publicKeyPem);
        return group.tests.filter(
          ({ msg, sig, result }) => key.verify(bytes(msg), bytes(sig)) !== (result === 'valid'),
        );
      });
      const total = groups.flatMap(group => group.tests).length;
      const kinds = different.map(({ result, flags }) => `${result} ${flags.join(' ')}`);
      return [
        file,
        total,
        Object.fromEntries([...new Set(kinds)].map(kind => [kind, kinds.filter(one => one === kind).length])),
      ];
    });
    expect(found).toEqual([
      ['ed25519_test.json', 151, {}],
      ['ecdsa_secp256r1_sha256_test.json', 484, {}],
      // TUF fixes no length of the salt, the vectors do: right signatures with a salt of 0 to 64 bytes are taken.
      ['rsa_pss_2048_sha256_mgf1_32_test.json', 108, { 'invalid ModifiedSignature': 6 }],
      // One scheme, one hash: every other one is refused, SHA-1 and the longer ones, in the message or in the mask.
      [
        'rsa_pss_misc_test.json',
        150,
        {
          'valid ParameterTest WeakHash Mgf1Sha1': 6,
          'valid ParameterTest WeakHash DistinctHash': 24,
          'valid ParameterTest Mgf1Sha1 DistinctHash': 24,
          'valid ParameterTest': 18,
          'valid ParameterTest DistinctHash': 72,
        },
      ],
    ]);
  });
});
