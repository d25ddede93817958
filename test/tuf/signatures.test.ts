/** Traps around keys, signatures and thresholds; every one is tried at root, a top-level role and a delegated one. */
import { createPublicKey } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { parseDocument, type SignedDocument } from '../../src/tuf/document.js';
import type { Root, Targets } from '../../src/tuf/model.js';
import { parseRoleName, TARGETS, TIMESTAMP } from '../../src/tuf/role-name.js';
import { succeedRoot, trustRoot, verifyRole, type Verified } from '../../src/tuf/verified.js';
import type { JsonObject } from '../../src/json/types.js';
import { ecdsa, ed25519, rsa, type KeyPair } from '../crypto/keys.js';
import { refusal } from './refusal.js';
import { signDoc, Simulator, utf8, type RoleDoc } from './simulator.js';

const TEAM = parseRoleName('team');
const [a, b, c] = [ed25519('a'), ed25519('b'), ed25519('c')];

interface Listing {
  readonly keys: Record<string, JsonObject>;
  readonly role: RoleDoc;
}

const rootOf = (bytes: Uint8Array): SignedDocument<Root> => parseDocument(bytes, 'root');
const targetsOf = (bytes: Uint8Array): SignedDocument<Targets> => parseDocument(bytes, 'targets');

/** Verifies one document of each kind of role under the listing; gives how many keys counted. */
const kinds: Record<string, (listing: Listing, sign: (doc: object) => Uint8Array) => number> = {
  'a root': ({ keys, role }, sign) => {
    const { root } = new Simulator();
    Object.assign(root.keys, keys);
    root.roles['root'] = role;
    return trustRoot(rootOf(sign(root))).signedBy.length;
  },
  'top-level targets': ({ keys, role }, sign) => {
    const sim = new Simulator();
    Object.assign(sim.root.keys, keys);
    sim.root.roles['targets'] = role;
    return verifyRole(trusted(sim), TARGETS, targetsOf(sign(sim.top()))).signedBy.length;
  },
  'a delegated role': ({ keys, role }, sign) => {
    const sim = new Simulator();
    const doc = sim.delegate('targets', 'team', ['*']);
    const delegations = sim.top().delegations!;
    Object.assign(delegations.keys, keys);
    Object.assign(delegations.roles[0]!, role);
    const top = verifyRole(trusted(sim), TARGETS, targetsOf(signDoc(sim.top(), sim.signers.get('targets')!)));
    return verifyRole(top, TEAM, targetsOf(sign(doc))).signedBy.length;
  },
};

const trusted = (sim: Simulator): Verified<Root> =>
  trustRoot(rootOf(signDoc(sim.root, sim.signers.get('root')!)));

const listing = (pairs: readonly KeyPair[], threshold: number): Listing => ({
  keys: Object.fromEntries(pairs.map(({ key }) => [key.id, key.toJson()])),
  role: { keyids: pairs.map(({ key }) => key.id), threshold },
});

describe.each(Object.entries(kinds))('%s', (_kind, verify) => {
  const lacks = (counted: number, needed: number): object =>
    refusal('TUF_THRESHOLD', new RegExp(`is signed by ${counted} of the ${needed} keys that it needs$`));

  it('attack: vulnerability to key compromise: fewer than the threshold of distinct keys', () => {
    const list = listing([a, b, c], 2);
    expect(verify(list, doc => signDoc(doc, [a, c]))).toBe(2);
    expect(verify(list, doc => signDoc(doc, [c, b, a]))).toBe(3);
    expect(() => verify(list, doc => signDoc(doc, [b]))).toThrowError(lacks(1, 2));
    expect(() => verify(list, doc => signDoc(doc, [b, ed25519('stranger')]))).toThrowError(lacks(1, 2));
    expect(() => verify(list, doc => signDoc(doc, []))).toThrowError(lacks(0, 2));
  });

  it('attack: one key listed under two key ids does not meet a threshold of 2', () => {
    const list = listing([a, b], 2);
    list.keys['second'] = a.key.toJson();
    list.role.keyids.push('second');
    expect(() => verify(list, doc => signDoc(doc, [a, a], [a.key.id, 'second']))).toThrowError(lacks(1, 2));
    expect(verify(list, doc => signDoc(doc, [a, b], ['second', b.key.id]))).toBe(2);
  });

  it('attack: one key in two wrappings does not meet a threshold of 2', () => {
    const pair = ecdsa();
    const json = pair.key.toJson();
    const crlf = (json['keyval'] as { public: string }).public.replaceAll('\n', '\r\n');
    const list = listing([pair], 2);
    list.keys['old type'] = { ...json, keytype: 'ecdsa-sha2-nistp256' };
    list.keys['line ends'] = { ...json, keyval: { public: crlf } };
    list.keys['noted'] = { ...json, 'x-note': 1 };
    list.role.keyids.push('old type', 'line ends', 'noted');
    const ids = list.role.keyids;
    expect(() => verify(list, doc => signDoc(doc, [pair, pair, pair, pair], ids))).toThrowError(lacks(1, 2));
  });

  it('attack: upper-case hex does not make another Ed25519 key', () => {
    const list = listing([a], 2);
    const hex = a.key.material.slice('ed25519:'.length).toUpperCase();
    list.keys['upper'] = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: hex } };
    list.role.keyids.push('upper');
    expect(() => verify(list, doc => signDoc(doc, [a, a], [a.key.id, 'upper']))).toThrowError(lacks(1, 2));
  });

  it('attack: the same signature twice (CVE-2020-6174, CVE-2020-15093, CVE-2026-6966): the document is refused', () => {
    for (const threshold of [1, 2]) {
      expect(() => verify(listing([a, b], threshold), doc => signDoc(doc, [a, a]))).toThrowError(
        refusal('TUF_DUPLICATE_SIGNATURE', `two signatures have the key id ${a.key.id}`),
      );
    }
  });

  it('attack: two signatures with one key id, a bad one before the good one: refused', () => {
    expect(() => verify(listing([a], 1), doc => signDoc(doc, [b, a], [a.key.id, a.key.id]))).toThrowError(
      refusal('TUF_DUPLICATE_SIGNATURE'),
    );
  });

  it('attack: a signature under the id of another key does not count', () => {
    expect(() => verify(listing([a, b], 2), doc => signDoc(doc, [a, a], [a.key.id, b.key.id]))).toThrowError(
      lacks(1, 2),
    );
  });

  it('attack: unknown key type or scheme, unreadable and weak keys do not count, nor break the others', () => {
    const list = listing([a], 1);
    list.keys['future'] = { keytype: 'sphincs', scheme: 'slh-dsa', keyval: { anything: [1] } };
    list.keys['scheme'] = { ...c.key.toJson(), scheme: 'ed448' };
    list.keys['unreadable'] = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: 'zz' } };
    list.keys['weak'] = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: `01${'00'.repeat(31)}` } };
    const odd = ['future', 'scheme', 'unreadable', 'weak'];
    list.role.keyids.push(...odd);
    expect(
      verify(list, doc =>
        signDoc(doc, [b, c, a, b, a], ['future', 'scheme', 'unreadable', 'weak', a.key.id]),
      ),
    ).toBe(1);
    const two = { ...list, role: { ...list.role, threshold: 2 } };
    expect(() => verify(two, doc => signDoc(doc, [a, c, a], [a.key.id, 'scheme', 'weak']))).toThrowError(
      lacks(1, 2),
    );
  });

  it('attack: a key id that does not match its key is accepted (a recorded deviation, TAP 12)', () => {
    const list = { keys: { 'any name': a.key.toJson() }, role: { keyids: ['any name'], threshold: 1 } };
    expect(verify(list, doc => signDoc(doc, [a], ['any name']))).toBe(1);
  });

  it('attack: a listed id without a key, and a key that is not listed for the role, do not count', () => {
    const list = listing([a], 1);
    list.keys[b.key.id] = b.key.toJson();
    list.role.keyids.push('nobody', '__proto__');
    expect(() =>
      verify(list, doc => signDoc(doc, [b, b, b], [b.key.id, 'nobody', '__proto__'])),
    ).toThrowError(lacks(0, 1));
  });

  it.each(['', 'zz', '0', 'ab'])('attack: a signature %j does not count, nor break the others', sig => {
    const list = listing([a, b], 1);
    const broken = (doc: object): Uint8Array => {
      const json = JSON.parse(new TextDecoder().decode(signDoc(doc, [a, b]))) as {
        signatures: { sig: string }[];
      };
      json.signatures[0]!.sig = sig;
      return utf8(JSON.stringify(json));
    };
    expect(verify(list, broken)).toBe(1);
    expect(() => verify(listing([a], 1), broken)).toThrowError(lacks(0, 1));
  });

  it.each([0, -1])('attack: threshold %d does not switch verification off (CVE-2026-23992)', threshold => {
    expect(() => verify(listing([a], threshold), doc => signDoc(doc, []))).toThrowError(
      refusal('JSON_TYPE', /\.threshold must be an integer from 1 to 9007199254740991$/),
    );
  });

  it('attack: one id listed twice is refused', () => {
    const list = listing([a], 1);
    list.role.keyids.push(a.key.id);
    expect(() => verify(list, doc => signDoc(doc, [a]))).toThrowError(
      refusal('TUF_FORMAT', /\.keyids must not list an id twice$/),
    );
  });

  it('counts keys of all three schemes together', () => {
    const pairs = [a, ecdsa(), rsa()];
    expect(verify(listing(pairs, 3), doc => signDoc(doc, pairs))).toBe(3);
    expect(createPublicKey(pairs[2]!.privateKey).asymmetricKeyType).toBe('rsa');
  });
});

describe('why a signature did not count', () => {
  it('is in the details', () => {
    const list = listing([a, b], 2);
    list.keys['again'] = a.key.toJson();
    list.keys['weak'] = { keytype: 'ed25519', scheme: 'ed25519', keyval: { public: '00'.repeat(32) } };
    list.role.keyids.push('again', 'weak');
    const sign = (doc: object): Uint8Array =>
      signDoc(doc, [a, c, a, a], [a.key.id, b.key.id, 'again', 'weak']);
    expect(() => kinds['a root']!(list, sign)).toThrowError(
      expect.objectContaining({
        details: {
          role: 'root',
          needed: 2,
          counted: 1,
          refused: [
            { keyid: b.key.id, why: 'the signature does not verify' },
            { keyid: 'again', why: 'the same key signed already under another id' },
            { keyid: 'weak', why: 'signed.keys["weak"].keyval.public is a point of small order' },
          ],
        },
      }),
    );
  });
});

describe('attack: one id bound to two keys', () => {
  it('in one document: refused', () => {
    const sim = new Simulator();
    const text = new TextDecoder().decode(sim.files.get('1.root.json'));
    const id = a.key.id;
    const twice = text.replace(
      '"keys":{',
      `"keys":{"${id}":${JSON.stringify(b.key.toJson())},"${id}":${JSON.stringify(a.key.toJson())},`,
    );
    expect(() => rootOf(utf8(twice))).toThrowError(refusal('JSON_DUPLICATE_KEY'));
  });

  it('from one root to the next: refused', () => {
    const sim = new Simulator();
    sim.root.keys['id'] = a.key.toJson();
    const before = trusted(sim);
    sim.root.version = 2;
    const next = (): Verified<Root> =>
      succeedRoot(before, rootOf(signDoc(sim.root, sim.signers.get('root')!)));
    expect(next().value.version).toBe(2);
    sim.root.keys['id'] = { ...a.key.toJson(), 'x-note': 'the same key' };
    expect(next().value.version).toBe(2);
    sim.root.keys['id'] = b.key.toJson();
    expect(next).toThrowError(
      refusal('TUF_KEY_REBOUND', 'the key id id names another key than in the root before'),
    );
  });
});

describe('verifyRole', () => {
  const sim = new Simulator();
  const root = trusted(sim);
  const top = targetsOf(signDoc(sim.top(), sim.signers.get('targets')!));

  it('refuses roles that the delegator does not delegate to', () => {
    expect(() => verifyRole(root, TEAM, top)).toThrowError(
      refusal('TUF_NOT_DELEGATED', 'root does not delegate to team'),
    );
    const targets = verifyRole(root, TARGETS, top);
    expect(() => verifyRole(targets, TEAM, top)).toThrowError(
      refusal('TUF_NOT_DELEGATED', 'targets does not delegate to team'),
    );
    expect(() => verifyRole(targets, TARGETS, top)).toThrowError(refusal('TUF_NOT_DELEGATED'));
  });

  it('refuses a document of another type than the role has', () => {
    expect(() => verifyRole(root, TIMESTAMP, top)).toThrowError(
      refusal('TUF_FORMAT', 'the document of timestamp is of type "targets"'),
    );
  });
});
