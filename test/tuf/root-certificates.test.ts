/** Who may sign a root of Notary: certificates made out to the repository. */
import { createPrivateKey, createPublicKey, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import {
  derBits,
  derInteger,
  derOid,
  derSequence,
  derSet,
  derTagged,
  derTime,
  derUtf8,
} from '../../src/crypto/der.js';
import { parseKeyId } from '../../src/crypto/key-id.js';
import { notaryKeyOf, notaryKeyOfCertificate, type NotaryKey } from '../../src/crypto/notary-key.js';
import { writePem } from '../../src/crypto/pem.js';
import { canonicalBytes } from '../../src/json/canonical.js';
import type { JsonObject } from '../../src/json/types.js';
import { issueCertificate } from '../../src/keystore/certificate.js';
import { parseDocumentOf, type SignedDocument } from '../../src/tuf/document.js';
import { writeNotaryDocument } from '../../src/tuf/format/notary1-write.js';
import { NOTARY1 } from '../../src/tuf/format/notary1.js';
import type { Root } from '../../src/tuf/model.js';
import { parseGun } from '../../src/tuf/notary/names.js';
import { certificateProblem, rootProblem, type RootCheck } from '../../src/tuf/notary/root-certificates.js';

const NOW = new Date('2026-11-21T12:00:00Z');
const DAY = 86_400_000;
const GUN = parseGun('registry.example/acme/app');

interface Pair {
  readonly key: NotaryKey;
  readonly privateKey: KeyObject;
}
const ofCertificate = (cert: string, privateKey: KeyObject): Pair => ({
  key: notaryKeyOfCertificate(cert),
  privateKey,
});
/** @param days - how long it is valid, from yesterday on */
function certified(name: string = GUN, days = 800, notBefore = new Date(NOW.getTime() - DAY)): Pair {
  const { cert, key } = issueCertificate({ names: [name], notBefore, days });
  return ofCertificate(cert, createPrivateKey(key));
}
const ec = (): KeyObject => generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey;

const commonName = (text: string): Uint8Array => derSet(derSequence(derOid('2.5.4.3'), derUtf8(text)));
const unit = (text: string): Uint8Array => derSet(derSequence(derOid('2.5.4.11'), derUtf8(text)));

/** A certificate with these common names and this algorithm; nobody looks at the signature itself. */
function odd(names: readonly (string | Uint8Array)[], algorithm = '1.2.840.10045.4.3.2'): Pair {
  const privateKey = ec();
  const name = derSequence(...names.map(one => (typeof one === 'string' ? commonName(one) : one)));
  const validity = derSequence(
    derTime(new Date(NOW.getTime() - DAY)),
    derTime(new Date(NOW.getTime() + DAY)),
  );
  const [version, serial] = [derTagged(0, derInteger(2n)), derInteger(1n)];
  const signature = derSequence(derOid(algorithm));
  const spki = createPublicKey(privateKey).export({ format: 'der', type: 'spki' });
  const tbs = derSequence(version, serial, signature, name, validity, name, spki);
  const bytes = derSequence(tbs, signature, derBits(Buffer.alloc(8)));
  return ofCertificate(writePem({ type: 'CERTIFICATE', headers: new Map(), bytes }), privateKey);
}

function root(
  keys: readonly Pair[],
  {
    threshold = 1,
    signers = keys,
    more = {},
  }: { threshold?: number; signers?: readonly Pair[]; more?: JsonObject } = {},
): SignedDocument<Root> {
  const role = { keyids: [...keys.map(({ key }) => key.id), ...Object.keys(more)], threshold };
  const signed: JsonObject = {
    _type: 'Root',
    version: 1,
    expires: '2036-11-21T12:00:00Z',
    consistent_snapshot: false,
    keys: { ...Object.fromEntries(keys.map(({ key }) => [key.id, key.toJson()])), ...more },
    roles: { root: role, targets: role, snapshot: role, timestamp: role },
  };
  const payload = canonicalBytes(signed);
  const signatures = signers.map(({ key, privateKey }) => ({
    keyid: key.id,
    method: 'ecdsa',
    bytes: sign('sha256', payload, { key: privateKey, dsaEncoding: 'ieee-p1363' }),
  }));
  return parseDocumentOf(NOTARY1, writeNotaryDocument(signed, signatures), 'root', 1_000_000);
}

const check = (document: SignedDocument<Root>, change: Partial<RootCheck> = {}) =>
  rootProblem(document, { gun: GUN, before: undefined, now: NOW, ...change });
const path = (why: string): object => ({
  kind: 'path',
  message: `could not validate the path to a trusted root: ${why}`,
});
const NO_LEAF = path('unable to retrieve valid leaf certificates');
const NOT_SIGNED = path('failed to validate integrity of roots');

describe('a certificate', () => {
  it.each([GUN, 'registry.example/acme/ap*', 'registry.example/*', `${GUN}*`, '*'])(
    'may be made out to %s',
    name => {
      expect(check(root([certified(name)]))).toBeUndefined();
    },
  );

  it.each([
    'registry.example/acme',
    'registry.example/acme/app2',
    'registry.example/acme/app2*',
    'x*',
    '*app',
    'registry.example/acme/*p',
  ])('is not for this repository when it is made out to %s', name => {
    expect(check(root([certified(name)]))).toEqual(NO_LEAF);
  });

  it('counts by its last common name, and needs one', () => {
    expect(check(root([odd(['other', GUN])]))).toBeUndefined();
    expect(check(root([odd([GUN, 'other'])]))).toEqual(NO_LEAF);
    expect(check(root([odd([GUN, unit('x')])]))).toBeUndefined();
    expect(check(root([odd([unit(GUN)])]))).toEqual(NO_LEAF);
    expect(check(root([odd(['x', unit(GUN)])]))).toEqual(NO_LEAF);
    expect(check(root([odd([])]))).toEqual(NO_LEAF);
    expect(check(root([odd([''])]))).toEqual(NO_LEAF);
    expect(check(root([odd([`x\nCN=${GUN}`])]))).toEqual(NO_LEAF);
  });

  it.each(['a+b/c,d;e=f', ' around ', '#x"<y>\\z', 'registry.example/ü/名'])(
    'may be made out to a name with characters that are written otherwise elsewhere: %s',
    name => {
      const gun = parseGun(name);
      expect(check(root([certified(name)]), { gun })).toBeUndefined();
      expect(check(root([certified(`${name}x`)]), { gun })).toEqual(NO_LEAF);
    },
  );

  it('may say its common name beside something else in one part', () => {
    const both = derSet(
      derSequence(derOid('2.5.4.10'), derUtf8('CN=x')),
      derSequence(derOid('2.5.4.3'), derUtf8(GUN)),
    );
    expect(check(root([odd([both])]))).toBeUndefined();
  });

  it('must be valid at the moment, its first included and its last not', () => {
    const day = certified(GUN, 1, NOW);
    const at = (ms: number): unknown => check(root([day]), { now: new Date(NOW.getTime() + ms) });
    expect([at(0), at(DAY - 1)]).toEqual([undefined, undefined]);
    expect([at(-1), at(DAY)]).toEqual([NO_LEAF, NO_LEAF]);
    expect(check(root([certified(GUN, 0)]), { now: undefined })).toEqual(NO_LEAF);
    expect(check(root([day]), { now: undefined })).toBeUndefined();
  });

  it('must be no authority, and not signed over SHA-1', () => {
    const { ca } = issueCertificate({ names: [GUN], notBefore: NOW, days: 1 });
    const authority = ofCertificate(ca, ec());
    expect(check(root([authority]), { gun: parseGun('writ development authority') })).toEqual(NO_LEAF);
    expect(check(root([odd([GUN])]))).toBeUndefined();
    for (const sha1 of ['1.2.840.113549.1.1.5', '1.2.840.10045.4.1'])
      expect(check(root([odd([GUN], sha1)]))).toEqual(NO_LEAF);
  });

  it('is what counts: a bare key, and one that cannot be read, do not', () => {
    const privateKey = ec();
    const bare = { key: notaryKeyOf(privateKey), privateKey };
    expect(check(root([bare]))).toEqual(NO_LEAF);
    expect(check(root([certified(), bare], { signers: [bare] }))).toEqual(NOT_SIGNED);
    const unreadable = { x: { keytype: 'ecdsa-x509', keyval: { private: null, public: 'AAAA' } } };
    expect(check(root([], { more: unreadable }))).toEqual(NO_LEAF);
    expect(check(root([certified()], { more: unreadable }))).toBeUndefined();
    const { signed, ...document } = root([certified()]);
    const roles = { ...signed.roles, root: { ...signed.roles.root, keyIds: [parseKeyId('listed nowhere')] } };
    const unlisted = Object.assign(document, { signed: { ...signed, roles } });
    expect(check(unlisted as unknown as SignedDocument<Root>)).toEqual(NO_LEAF);
  });
});

describe('a certificate that is delegated to', () => {
  const problem = ({ key }: Pair, now = NOW): string | undefined => certificateProblem(key.certificates, now);

  it('must be valid at the moment, and not signed over SHA-1; a bare key is none', () => {
    const day = certified(GUN, 1, NOW);
    const expired = `invalid certificate: certificate with CN ${GUN} is expired`;
    expect([problem(day), problem(certified('*'))]).toEqual([undefined, undefined]);
    expect(problem(day, new Date(NOW.getTime() + DAY))).toBe(expired);
    expect(problem(day, new Date(NOW.getTime() - 1))).toBe(expired);
    expect(problem(odd([GUN], '1.2.840.10045.4.1'))).toBe(
      `invalid certificate: certificate with CN ${GUN} uses invalid SHA1 signature algorithm`,
    );
    expect(certificateProblem([], NOW)).toBeUndefined();
  });
});

describe('a root', () => {
  const [old, next, third] = [certified(), certified(), certified()];

  it('is signed by as many as it needs', () => {
    expect(check(root([old, next], { threshold: 2 }))).toBeUndefined();
    expect(check(root([old, next], { threshold: 2, signers: [old] }))).toEqual(NOT_SIGNED);
    expect(check(root([old, next], { signers: [] }))).toEqual(NOT_SIGNED);
    expect(check(root([old, certified('x')], { threshold: 2 }))).toEqual(NOT_SIGNED);
  });

  it('follows another that signs it, whose certificates may have expired', () => {
    const problem = {
      kind: 'rotation',
      message:
        'could not rotate trust to a new trusted root: failed to validate data with current trusted certificates',
    };
    const before = root([old]).signed;
    expect(check(root([next], { signers: [old, next] }), { before })).toBeUndefined();
    expect(check(root([next]), { before })).toEqual(problem);
    expect(check(root([next], { signers: [old] }), { before })).toEqual(NOT_SIGNED);
    const expired = certified(GUN, 1, new Date(NOW.getTime() - 10 * DAY));
    expect(
      check(root([next], { signers: [expired, next] }), { before: root([expired]).signed }),
    ).toBeUndefined();
    const two = root([old, third], { threshold: 2 }).signed;
    expect(check(root([next], { signers: [old, next] }), { before: two })).toEqual(problem);
    expect(check(root([next], { signers: [old, third, next] }), { before: two })).toBeUndefined();
    expect(check(root([next], { signers: [old, next] }), { before: root([certified('x')]).signed })).toEqual(
      problem,
    );
  });

  it('is signed by a key that is pinned, where some are', () => {
    const pinned = ({ id }: NotaryKey): boolean => id === old.key.id;
    expect(check(root([old, next]), { pinned })).toBeUndefined();
    expect(check(root([old, next], { signers: [next] }), { pinned })).toEqual(NOT_SIGNED);
    expect(check(root([next]), { pinned })).toEqual(
      path('unable to match any certificates to trust_pinning config'),
    );
    expect(check(root([next]), { pinned: () => true })).toBeUndefined();
  });
});
