/** Tokens are JWS: the library that reads them, as strictly as we do, against Wycheproof; and none of its tokens is ours. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { compactVerify, importJWK, type JWK } from 'jose';
import { describe, expect, it } from 'vitest';
import { isCompactJws } from '../../src/crypto/compact-jws.js';
import { TokenAuthority } from '../../src/repository/tokens.js';
import { failureOf } from '../storage/support.js';
import { describeVectors } from '../support/vectors.js';

interface Group {
  readonly public?: JWK;
  readonly private: JWK;
  readonly tests: readonly { readonly tcId: number; readonly jws: string; readonly result: string }[];
}

/** All of them are refused although the vectors take them. */
const STRICTER: ReadonlyMap<number, string> = new Map([
  [346, 'the header says PS384, and the key is for PS256 alone'],
  [350, 'the header says PS384, and the key is for PS256 alone'],
  [347, 'the key is for ES521, which is no algorithm (RFC 7518 §3.4: ES512)'],
  [351, 'the key is for ES521, which is no algorithm (RFC 7518 §3.4: ES512)'],
  [372, 'RFC 7515 §2: base64url holds no other characters'],
  [373, 'RFC 7515 §2: base64url holds no other characters'],
]);

/** Said to be wrong, and letter for letter the same as a vector that is said to be right: their padding got lost. */
const TWINS = [367, 370];

async function holds(jws: string, jwk: JWK): Promise<boolean> {
  if (!isCompactJws(jws)) return false;
  const { alg = '' } = jwk;
  return importJWK(jwk, alg)
    .then(key => compactVerify(jws, key, { algorithms: [alg] }))
    .then(
      () => true,
      () => false,
    );
}

describeVectors('wycheproof', 'Wycheproof: JSON Web Signature', folder => {
  const file = readFileSync(join(folder, 'json_web_signature_test.json'), 'utf8');
  const { testGroups, numberOfTests } = JSON.parse(file) as { testGroups: Group[]; numberOfTests: number };
  const cases = testGroups.flatMap(group =>
    group.tests.map(test => ({ ...test, jwk: group.public ?? group.private })),
  );

  it('agrees with all 401 but six where it is stricter, and two that contradict another', async () => {
    expect([cases.length, numberOfTests]).toEqual([401, 401]);
    const different: [number, string][] = [];
    for (const { tcId, jws, jwk, result } of cases) {
      if ((await holds(jws, jwk)) !== (result === 'valid')) different.push([tcId, result]);
    }
    const expected = [
      ...[...STRICTER.keys()].map(tcId => [tcId, 'valid'] as const),
      ...TWINS.map(tcId => [tcId, 'invalid'] as const),
    ];
    expect(different).toEqual(expected.sort(([a], [b]) => a - b));
    for (const twin of cases.filter(({ tcId }) => TWINS.includes(tcId))) {
      expect(cases.filter(({ jws }) => jws === twin.jws).map(({ result }) => result)).toContain('valid');
    }
  });

  it('none is a token of a service, whatever it is signed with', async () => {
    const tokens = new TokenAuthority(new Uint8Array(32).fill(3), { now: () => new Date() });
    for (const { jws } of cases) await failureOf(tokens.verify(jws), 'TOKEN_INVALID');
  });
});

describe('a token', () => {
  const tokens = new TokenAuthority(new Uint8Array(32).fill(3), { now: () => new Date() });
  const issue = () => tokens.issue({ subject: 'ci', create: [], push: ['a'], lifetimeSeconds: 60 });

  it('is written in one way only', async () => {
    const token = await issue();
    expect((await tokens.verify(token)).subject).toBe('ci');
    const [head = '', body = '', signature = ''] = token.split('.');
    // The last of 86 characters carries four bits, and two that must be zero.
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    const stray = signature.slice(0, -1) + (alphabet[alphabet.indexOf(signature.slice(-1)) + 1] ?? '');
    for (const other of [
      `${token}=`,
      `${token}==`,
      ` ${token}`,
      `${token} `,
      `${token}\n`,
      `${head} .${body}.${signature}`,
      `${head}.${body.slice(0, 5)}\n${body.slice(5)}.${signature}`,
      `${head}.${body}.${stray}`,
      `${token}.`,
      `.${body}.${signature}`,
      `${head}.${body}.`,
      `${head}.${body}`,
      '',
    ]) {
      expect(isCompactJws(other), JSON.stringify(other)).toBe(false);
      await failureOf(tokens.verify(other), 'TOKEN_INVALID');
    }
  });
});
