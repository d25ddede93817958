/** Reading documents: what TUF 1.0 allows, and every way to break it. TUF specification §4. */
import { describe, expect, it } from 'vitest';
import { parseDocument } from '../../src/tuf/document.js';
import type { RoleType } from '../../src/tuf/role-name.js';
import { refusal } from './refusal.js';
import { signDoc, Simulator, utf8 } from './simulator.js';

const sim = new Simulator();
sim.delegate('targets', 'team', ['team/*']);
sim.addTarget('app', 'app');
sim.commit('targets');
const good: Record<RoleType, object> = {
  root: sim.root,
  timestamp: sim.timestamp,
  snapshot: sim.snapshot,
  targets: sim.top(),
};
const TYPES = ['root', 'timestamp', 'snapshot', 'targets'] as const;

type Json = Record<string, unknown>;

/** A copy of the good part with the member at `path` replaced; undefined removes it. */
function broken(type: RoleType, path: string, value: unknown): Json {
  const copy = structuredClone(good[type]) as Json;
  const keys = path.split(' ');
  let at = copy;
  for (const key of keys.slice(0, -1)) at = at[key] as Json;
  const last = keys.at(-1)!;
  // JSON.stringify leaves undefined members out
  at[last] = value;
  return copy;
}

const bytesOf = (signed: unknown): Uint8Array => utf8(JSON.stringify({ signatures: [], signed }));
const parse = (type: RoleType, signed: unknown): ReturnType<typeof parseDocument<RoleType>> =>
  parseDocument(bytesOf(signed), type);

describe.each(TYPES)('%s', type => {
  it.each<[string, unknown, Parameters<typeof refusal>[0], string | RegExp]>([
    ['_type', undefined, 'JSON_TYPE', 'signed._type must be a string'],
    ['_type', 'Root', 'TUF_FORMAT', `the document is of type "Root", not "${type}"`],
    ['spec_version', undefined, 'JSON_TYPE', 'signed.spec_version must be a string'],
    ['spec_version', '2.0.0', 'TUF_SPEC_VERSION', 'the document is of TUF 2.0.0, only 1.x can be read'],
    ['spec_version', '0.9', 'TUF_SPEC_VERSION', 'the document is of TUF 0.9, only 1.x can be read'],
    ['spec_version', '11.0.0', 'TUF_SPEC_VERSION', /11/],
    ...['1', '', '1.', '1.a', '1.0.0.0', ' 1.0', '1.0.0-x', 'v1.0', '1.0\n'].map(
      text =>
        ['spec_version', text, 'TUF_FORMAT', 'signed.spec_version must be like "1.0.34"'] as [
          string,
          unknown,
          'TUF_FORMAT',
          string,
        ],
    ),
    ...[0, -1, '1', null, undefined].map(
      value =>
        ['version', value, 'JSON_TYPE', 'signed.version must be an integer from 1 to 9007199254740991'] as [
          string,
          unknown,
          'JSON_TYPE',
          string,
        ],
    ),
    ['version', 2 ** 53, 'JSON_NUMBER', 'the number 9007199254740992 is not an integer within ±(2^53 − 1)'],
    ['version', 1.5, 'JSON_NUMBER', /is not a plain integer$/],
    ['expires', undefined, 'JSON_TYPE', 'signed.expires must be a string'],
    ['expires', 'never', 'TUF_FORMAT', 'signed.expires must be a time like "2030-01-31T23:59:59Z"'],
  ])(
    'attack: version 0, negative, 2^53, spec_version other than 1: refuses %s = %j',
    (path, value, code, message) => {
      expect(() => parse(type, broken(type, path, value))).toThrowError(refusal(code, message));
    },
  );

  it('accepts a minor version ahead, and the short form', () => {
    for (const text of ['1.0', '1.0.0', '1.0.34', '1.99.99']) {
      expect(parse(type, broken(type, 'spec_version', text)).signed.specVersion).toBe(text);
    }
  });

  it('accepts the versions 1 and 2^53 − 1', () => {
    for (const version of [1, 2 ** 53 - 1]) {
      expect(parse(type, broken(type, 'version', version)).signed.version).toBe(version);
    }
  });

  it('attack: unrecognized fields survive and stay signed', () => {
    const document = parseDocument(signDoc({ ...good[type], 'x-new': { deep: [1] } }, []), type);
    expect(document.signed.unrecognized).toEqual({ 'x-new': { deep: [1] } });
    expect(new TextDecoder().decode(document.payload)).toContain('"x-new":{"deep":[1]}');
    expect(parse(type, good[type]).signed.unrecognized).toBeUndefined();
  });

  it('keeps a copy of the bytes, so that nobody can change them afterwards', () => {
    const bytes = bytesOf(good[type]);
    const document = parseDocument(bytes, type);
    const before = new Uint8Array(bytes);
    bytes.fill(0);
    expect(document.bytes).toEqual(before);
    expect(document.payload).toBe(document.payload);
  });

  it('is bounded by the size of its type, or by the one given', () => {
    const limit = { root: 512_000, timestamp: 16_384, snapshot: 2_000_000, targets: 5_000_000 }[type];
    const padded = (size: number): Uint8Array => {
      const bytes = new Uint8Array(size).fill(0x20);
      bytes.set(bytesOf(good[type]));
      return bytes;
    };
    expect(parseDocument(padded(limit), type).signed.type).toBe(type);
    expect(() => parseDocument(padded(limit + 1), type)).toThrowError(
      refusal('JSON_SIZE', `the document has ${limit + 1} bytes, more than ${limit}`),
    );
    expect(() => parseDocument(bytesOf(good[type]), type, 10)).toThrowError(refusal('JSON_SIZE'));
  });
});

describe('root', () => {
  it.each<[string, unknown, Parameters<typeof refusal>[0], string]>([
    ['consistent_snapshot', null, 'JSON_TYPE', 'signed.consistent_snapshot must be a boolean'],
    ['keys', undefined, 'JSON_TYPE', 'signed.keys must be an object'],
    ['keys', { k: 1 }, 'JSON_TYPE', 'signed.keys["k"] must be an object'],
    ['keys', { k: {} }, 'JSON_TYPE', 'signed.keys["k"].keytype must be a string'],
    ['keys', { '': {} }, 'KEY_FORMAT', 'a key id must have 1 to 256 printable characters, this one has 0'],
    ['roles', undefined, 'JSON_TYPE', 'signed.roles must be an object'],
    ['roles snapshot', undefined, 'JSON_TYPE', 'signed.roles.snapshot must be an object'],
    [
      'roles mirrors',
      { keyids: [], threshold: 1 },
      'TUF_FORMAT',
      'signed.roles must not have the role "mirrors"',
    ],
    ['roles root keyids', 'x', 'JSON_TYPE', 'signed.roles.root.keyids must be an array'],
    ['roles root keyids', ['x', 'x'], 'TUF_FORMAT', 'signed.roles.root.keyids must not list an id twice'],
    [
      'roles targets threshold',
      0,
      'JSON_TYPE',
      'signed.roles.targets.threshold must be an integer from 1 to 9007199254740991',
    ],
  ])('root that breaks %s', (path, value, code, message) => {
    expect(() => parse('root', broken('root', path, value))).toThrowError(refusal(code, message));
  });

  it('may leave out consistent_snapshot, which is then false (§6.2.1)', () => {
    expect(parse('root', broken('root', 'consistent_snapshot', undefined)).signed).toMatchObject({
      consistentSnapshot: false,
    });
  });

  it.each(['root', 'timestamp', 'snapshot', 'targets'])('attack: root that removes a role: %s', role => {
    expect(() => parse('root', broken('root', `roles ${role}`, undefined))).toThrowError(
      refusal('JSON_TYPE', `signed.roles.${role} must be an object`),
    );
  });
});

describe('timestamp and snapshot', () => {
  it.each<[RoleType, string, unknown, Parameters<typeof refusal>[0], string]>([
    ['timestamp', 'meta', undefined, 'JSON_TYPE', 'signed.meta must be an object'],
    ['timestamp', 'meta', {}, 'JSON_TYPE', 'signed.meta.snapshot.json must be an object'],
    [
      'timestamp',
      'meta snapshot.json',
      {},
      'JSON_TYPE',
      'signed.meta["snapshot.json"].version must be an integer from 1 to 9007199254740991',
    ],
    [
      'timestamp',
      'meta snapshot.json version',
      0,
      'JSON_TYPE',
      'signed.meta["snapshot.json"].version must be an integer from 1 to 9007199254740991',
    ],
    ['snapshot', 'meta targets.json', 1, 'JSON_TYPE', 'signed.meta["targets.json"] must be an object'],
    [
      'snapshot',
      'meta targets.json length',
      -1,
      'JSON_TYPE',
      'signed.meta["targets.json"].length must be an integer from 0 to 9007199254740991',
    ],
    [
      'snapshot',
      'meta targets.json hashes',
      {},
      'TUF_FORMAT',
      'signed.meta["targets.json"].hashes must not be empty',
    ],
    [
      'snapshot',
      'meta targets.json hashes',
      { sha256: 'x' },
      'TUF_FORMAT',
      'signed.meta["targets.json"].hashes.sha256 must be a digest in lower-case hex',
    ],
    [
      'snapshot',
      'meta targets.json hashes',
      { md5: 1 },
      'JSON_TYPE',
      'signed.meta["targets.json"].hashes.md5 must be a string',
    ],
  ])('%s that breaks %s', (type, path, value, code, message) => {
    expect(() => parse(type, broken(type, path, value))).toThrowError(refusal(code, message));
  });

  it('may leave out lengths and hashes', () => {
    const { signed } = parseDocument(
      bytesOf(broken('snapshot', 'meta targets.json', { version: 3, x: 1 })),
      'snapshot',
    );
    expect(signed.meta.get('targets.json')).toEqual({
      version: 3,
      length: undefined,
      hashes: undefined,
      unrecognized: { x: 1 },
    });
  });
});

describe('targets', () => {
  const digest = 'ab'.repeat(32);

  it.each<[string, unknown, Parameters<typeof refusal>[0], string]>([
    ['targets', [], 'JSON_TYPE', 'signed.targets must be an object'],
    ['targets app', 1, 'JSON_TYPE', 'signed.targets["app"] must be an object'],
    [
      'targets app length',
      undefined,
      'JSON_TYPE',
      'signed.targets["app"].length must be an integer from 0 to 9007199254740991',
    ],
    ['targets app hashes', undefined, 'JSON_TYPE', 'signed.targets["app"].hashes must be an object'],
    ['targets app hashes', {}, 'TUF_FORMAT', 'signed.targets["app"].hashes must not be empty'],
    [
      'targets app hashes',
      { sha256: '../../x' },
      'TUF_FORMAT',
      'signed.targets["app"].hashes.sha256 must be a digest in lower-case hex',
    ],
    [
      'targets app hashes',
      { sha512: digest },
      'TUF_FORMAT',
      'signed.targets["app"].hashes.sha512 must be a digest in lower-case hex',
    ],
    ['targets app custom', 'x', 'JSON_TYPE', 'signed.targets["app"].custom must be an object'],
    ['delegations', null, 'JSON_TYPE', 'signed.delegations must be an object'],
    ['delegations keys', undefined, 'JSON_TYPE', 'signed.delegations.keys must be an object'],
    ['delegations roles', undefined, 'JSON_TYPE', 'signed.delegations.roles must be an array'],
    [
      'delegations succinct_roles',
      {},
      'TUF_FORMAT',
      'signed.delegations must not have both roles and succinct_roles',
    ],
    ['delegations roles 0', 'x', 'JSON_TYPE', 'signed.delegations.roles[0] must be an object'],
    ['delegations roles 0 name', undefined, 'JSON_TYPE', 'signed.delegations.roles[0].name must be a string'],
    [
      'delegations roles 0 name',
      'snapshot',
      'TUF_ROLE_NAME',
      'a delegated role must not be named "snapshot"',
    ],
    [
      'delegations roles 0 threshold',
      0,
      'JSON_TYPE',
      'signed.delegations.roles[0].threshold must be an integer from 1 to 9007199254740991',
    ],
    [
      'delegations roles 0 keyids',
      ['a', 'a'],
      'TUF_FORMAT',
      'signed.delegations.roles[0].keyids must not list an id twice',
    ],
    [
      'delegations roles 0 terminating',
      undefined,
      'JSON_TYPE',
      'signed.delegations.roles[0].terminating must be a boolean',
    ],
    [
      'delegations roles 0 paths',
      undefined,
      'TUF_FORMAT',
      'signed.delegations.roles[0] must have either paths or path_hash_prefixes',
    ],
    ['delegations roles 0 paths', [1], 'JSON_TYPE', 'signed.delegations.roles[0].paths[0] must be a string'],
    [
      'delegations roles 0 path_hash_prefixes',
      ['ab'],
      'TUF_FORMAT',
      'signed.delegations.roles[0] must have either paths or path_hash_prefixes',
    ],
  ])('targets that break %s', (path, value, code, message) => {
    expect(() => parse('targets', broken('targets', path, value))).toThrowError(refusal(code, message));
  });

  it.each(['', 'AB', 'xy', 'a'.repeat(65)])('refuse the hash prefix %j', prefix => {
    const role = {
      name: 'r',
      keyids: [],
      threshold: 1,
      terminating: false,
      path_hash_prefixes: ['ab', prefix],
    };
    expect(() => parse('targets', broken('targets', 'delegations roles', [role]))).toThrowError(
      refusal(
        'TUF_FORMAT',
        'signed.delegations.roles[0].path_hash_prefixes must be lower-case hex of 1 to 64 digits',
      ),
    );
  });

  it('refuse a role delegated twice', () => {
    const [role] = sim.top().delegations!.roles;
    expect(() => parse('targets', broken('targets', 'delegations roles', [role, role]))).toThrowError(
      refusal('TUF_FORMAT', 'signed.delegations.roles has the role team twice'),
    );
  });

  it('attack: hash algorithm unknown but another known: both are kept', () => {
    const { signed } = parseDocument(
      bytesOf(broken('targets', 'targets app hashes', { blake9: 'X', sha256: digest })),
      'targets',
    );
    expect([...signed.targets.get('app')!.hashes]).toEqual([
      ['blake9', 'X'],
      ['sha256', digest],
    ]);
  });

  it('may be without delegations', () => {
    const { signed } = parseDocument(bytesOf(broken('targets', 'delegations', undefined)), 'targets');
    expect(signed.delegations).toBeUndefined();
  });
});

describe('the envelope', () => {
  it.each([
    ['[]', 'document must be an object'],
    ['{"signatures":[]}', 'document.signed must be an object'],
    ['{"signed":{}}', 'document.signatures must be an array'],
    ['{"signed":{},"signatures":[1]}', 'document.signatures[0] must be an object'],
    ['{"signed":{},"signatures":[{"sig":""}]}', 'document.signatures[0].keyid must be a string'],
    ['{"signed":{},"signatures":[{"keyid":"a"}]}', 'document.signatures[0].sig must be a string'],
  ])('%s', (text, message) => {
    expect(() => parseDocument(utf8(text), 'root')).toThrowError(refusal('JSON_TYPE', message));
  });

  it('takes 1024 signatures and no more', () => {
    const signatures = Array.from({ length: 1025 }, (_, i) => ({ keyid: `k${i}`, sig: '00' }));
    const encode = (list: unknown[]): Uint8Array =>
      utf8(JSON.stringify({ signed: good.root, signatures: list }));
    expect(parseDocument(encode(signatures.slice(1)), 'root').signatures).toHaveLength(1024);
    expect(() => parseDocument(encode(signatures), 'root')).toThrowError(
      refusal('TUF_LIMIT', 'the document has 1025 signatures, more than 1024'),
    );
  });

  it.each([
    ['duplicate JSON keys', '{"signed":{"a":1,"a":1},"signatures":[]}', 'JSON_DUPLICATE_KEY'],
    ['floats', '{"signed":{"a":1.0},"signatures":[]}', 'JSON_NUMBER'],
    ['exponents', '{"signed":{"a":1e2},"signatures":[]}', 'JSON_NUMBER'],
    ['integers over 2^53', '{"signed":{"a":9007199254740993},"signatures":[]}', 'JSON_NUMBER'],
    ['lone surrogates', '{"signed":{"a":"\\ud800"},"signatures":[]}', 'JSON_SURROGATE'],
    ['deep nesting', `{"signed":${'['.repeat(100)}${']'.repeat(100)},"signatures":[]}`, 'JSON_DEPTH'],
  ] as const)('%s', (_name, text, code) => {
    for (const type of TYPES) expect(() => parseDocument(utf8(text), type)).toThrowError(refusal(code));
  });
});
