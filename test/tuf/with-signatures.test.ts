/** Signatures that come after the document: withSignatures changes them and nothing else. */
import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { parseKeyId } from '../../src/crypto/key-id.js';
import { buildRoot } from '../../src/tuf/build/signed-part.js';
import { signDocument, withSignatures } from '../../src/tuf/build/sign.js';
import { parseDocument } from '../../src/tuf/document.js';
import type { RoleKeys } from '../../src/tuf/model.js';
import { ROOT } from '../../src/tuf/role-name.js';
import { countSignatures, trustRoot } from '../../src/tuf/verified.js';
import { ecdsa, ed25519, rsa } from '../crypto/keys.js';
import { utf8 } from './simulator.js';
import { signerOf } from './signer.js';

const pairs = [ed25519('a'), ecdsa(), rsa()];
const keys = new Map(pairs.map(({ key }) => [key.id, key]));
const two: RoleKeys = { keyIds: [...keys.keys()], threshold: 2 };
const signed = buildRoot({
  version: 1,
  expires: new Date('2030-02-01T00:00:00Z'),
  consistentSnapshot: true,
  keys,
  roles: { root: two, timestamp: two, snapshot: two, targets: two },
});

/** The signatures of a document, as it writes them. */
const signaturesOf = (bytes: Uint8Array) =>
  (JSON.parse(Buffer.from(bytes).toString()) as { signatures: { keyid: string; sig: string }[] }).signatures;

describe('withSignatures', () => {
  it('completes a root, whose PEM keys hold line ends, with the signatures of two visits', async () => {
    const [first, second] = [pairs[0]!, pairs[2]!].map(signerOf);
    const begun = await signDocument(signed, ROOT, [first!]);
    const later = await signDocument(signed, ROOT, [second!]);
    expect(() => trustRoot(parseDocument(begun, 'root'))).toThrow('signed by 1 of the 2 keys');
    const whole = withSignatures(begun, [...signaturesOf(begun), ...signaturesOf(later)]);
    expect(trustRoot(parseDocument(whole, 'root')).signedBy.map(({ id }) => id)).toEqual([
      pairs[0]!.key.id,
      pairs[2]!.key.id,
    ]);
  });

  it('keeps what was signed of any document, however it was written', () => {
    const strings = fc.string({ unit: 'binary' });
    const values = fc.letrec(tie => ({
      value: fc.oneof(
        strings,
        fc.maxSafeInteger(),
        fc.boolean(),
        fc.constant(null),
        tie('list'),
        tie('object'),
      ),
      list: fc.array(tie('value'), { maxLength: 3 }),
      object: fc.dictionary(fc.oneof(strings, fc.constant('__proto__'), fc.constant('1')), tie('value'), {
        maxKeys: 3,
        noNullPrototype: true,
      }),
    })).object;
    fc.assert(
      fc.property(values, fc.constantFrom(undefined, 1, '\t'), (more, indent) => {
        const part = { ...signed, 'x-more': more };
        const bytes = utf8(JSON.stringify({ signed: part, signatures: [] }, undefined, indent));
        const before = parseDocument(bytes, 'root');
        const sig = { keyid: 'aa', sig: 'bb' };
        const after = parseDocument(withSignatures(bytes, [sig]), 'root');
        expect(Buffer.from(after.payload).equals(before.payload)).toBe(true);
        expect(after.signatures).toMatchObject([{ keyId: 'aa' }]);
      }),
    );
  });
});

describe('countSignatures', () => {
  it('counts each key of the role once, and says why the others do not count', async () => {
    const bytes = await signDocument(signed, ROOT, [signerOf(pairs[0]!), signerOf(pairs[1]!)]);
    const [one, other] = signaturesOf(bytes);
    const twice = new Map(keys).set(parseKeyId('twin'), pairs[0]!.key);
    const allowed = { keyIds: [...twice.keys()].filter(id => id !== pairs[2]!.key.id), threshold: 1 };
    const document = parseDocument(
      withSignatures(bytes, [
        one!,
        { ...one!, keyid: 'twin' },
        { ...other!, sig: one!.sig },
        { keyid: 'x', sig: 'aa' },
      ]),
      'root',
    );
    const { counted, refused } = countSignatures(document, ROOT, twice, allowed);
    expect(counted.map(({ keyId }) => keyId)).toEqual([pairs[0]!.key.id]);
    expect(refused).toEqual([
      { keyid: 'twin', why: 'the same key signed already under another id' },
      { keyid: pairs[1]!.key.id, why: 'the signature does not verify' },
      { keyid: 'x', why: 'not a key of root' },
    ]);
  });
});
