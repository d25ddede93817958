/** Lies in one document: its signatures, its form, its fields. Each is tried at every role. */
import { ed25519 } from '../../crypto/keys.js';
import { signDoc, utf8, type Doc } from '../simulator.js';
import { BIN, pairsOf, ROLES, type Lie, type World } from './world.js';

type Code = Lie['code'];
/** Gives the bytes to serve as the next version of a role. */
type Forge = (world: World, role: string) => Uint8Array;

interface Envelope {
  signatures: { keyid: string; sig: string }[];
  signed: Doc;
}

const signersOf = ({ sim }: World, role: string): ReturnType<typeof pairsOf> => sim.signers.get(role)!;
const honest = (world: World, role: string): Uint8Array => signDoc(world.next(role), signersOf(world, role));
const text = (bytes: Uint8Array): string => Buffer.from(bytes).toString();

/** Changes what the keys of the role then sign. */
const field =
  (more: Record<string, unknown>): Forge =>
  (world, role) =>
    signDoc({ ...world.next(role), ...more }, signersOf(world, role));

/** Leaves a member of the signed part out. */
const without =
  (name: string): Forge =>
  (world, role) => {
    const members = Object.entries(world.next(role)).filter(([key]) => key !== name);
    return signDoc(Object.fromEntries(members), signersOf(world, role));
  };

/** Changes the document after it was signed. */
const envelope =
  (change: (document: Envelope, world: World, role: string) => unknown): Forge =>
  (world, role) => {
    const document = JSON.parse(text(honest(world, role))) as Envelope;
    return utf8(JSON.stringify(change(document, world, role) ?? document));
  };

/** Changes the text of the document; signatures do not matter, since it is refused before. */
const rewritten =
  (change: (json: string) => string): Forge =>
  (world, role) =>
    utf8(change(text(honest(world, role))));

const LIMITS: Readonly<Record<string, number>> = { root: 512_000, timestamp: 16_384, snapshot: 2_000_000 };
const stranger = [ed25519('stranger 1'), ed25519('stranger 2')];
const others = (role: string): string => ROLES.find(name => name !== role && name !== BIN)!;
const forged = '00'.repeat(64);

const SIGNATURES: [attack: string, code: Code, forge: Forge][] = [
  ['arbitrary software: signed by strangers', 'TUF_THRESHOLD', (w, role) => signDoc(w.next(role), stranger)],
  [
    'arbitrary software: strangers under the ids of the keys',
    'TUF_THRESHOLD',
    (w, role) => signDoc(w.next(role), stranger, signersOf(w, role).map(({ key }) => key.id)), // prettier-ignore
  ],
  ['arbitrary software: unsigned', 'TUF_THRESHOLD', (w, role) => signDoc(w.next(role), [])],
  [
    'key compromise: fewer keys than the threshold',
    'TUF_THRESHOLD',
    (w, role) => signDoc(w.next(role), signersOf(w, role).slice(0, 1)),
  ],
  [
    'key compromise: one key of this role and the keys of another',
    'TUF_THRESHOLD',
    (w, role) => signDoc(w.next(role), [signersOf(w, role)[0]!, ...pairsOf(others(role))]),
  ],
  [
    'the same signature twice (CVE-2020-6174, CVE-2020-15093, CVE-2026-6966)',
    'TUF_DUPLICATE_SIGNATURE',
    envelope(document => {
      document.signatures = [document.signatures[0]!, document.signatures[0]!];
    }),
  ],
  [
    'two signatures with one key id',
    'TUF_DUPLICATE_SIGNATURE',
    envelope(document => {
      document.signatures.push({ keyid: document.signatures[0]!.keyid, sig: forged });
    }),
  ],
  [
    'a signature under the id of another key',
    'TUF_THRESHOLD',
    envelope(({ signatures: [a, b], signed }) => ({
      signed,
      signatures: [
        { keyid: b!.keyid, sig: a!.sig },
        { keyid: a!.keyid, sig: b!.sig },
      ],
    })),
  ],
  [
    'the signatures of the version before',
    'TUF_THRESHOLD',
    envelope((document, w, role) => {
      const old = JSON.parse(text(signDoc(w.doc(role), signersOf(w, role)))) as Envelope;
      document.signatures = old.signatures;
    }),
  ],
  [
    'signed before it was changed',
    'TUF_THRESHOLD',
    envelope(document => {
      document.signed['x-added'] = 'after';
    }),
  ],
  [
    'an empty signature',
    'TUF_THRESHOLD',
    envelope(document => {
      document.signatures[0]!.sig = '';
    }),
  ],
  [
    'a signature that is no hex',
    'TUF_THRESHOLD',
    envelope(document => {
      document.signatures[0]!.sig = 'zz';
    }),
  ],
  [
    'a signature of zeros',
    'TUF_THRESHOLD',
    envelope(document => {
      document.signatures[0]!.sig = forged;
    }),
  ],
  [
    '1,025 signatures',
    'TUF_LIMIT',
    envelope(document => {
      for (let i = 0; i < 1023; i++) document.signatures.push({ keyid: `k${i}`, sig: '' });
    }),
  ],
];

const FORMS: [attack: string, code: Code, forge: Forge][] = [
  ['endless data', 'TUF_LIMIT', (_, role) => new Uint8Array((LIMITS[role] ?? 5_000_000) + 1).fill(0x20)],
  ['an empty file', 'JSON_SYNTAX', () => utf8('')],
  ['a truncated file', 'JSON_SYNTAX', rewritten(json => json.slice(0, -10))],
  ['a page of a captive portal', 'JSON_SYNTAX', () => utf8('<!doctype html><title>Log in</title>')],
  ['bytes after the end', 'JSON_SYNTAX', rewritten(json => `${json}{}`)],
  ['two documents in one file', 'JSON_SYNTAX', rewritten(json => json + json)],
  ['a byte order mark', 'JSON_SYNTAX', rewritten(json => `\ufeff${json}`)],
  [
    'bytes that are not UTF-8',
    'JSON_UTF8',
    (w, role) => new Uint8Array([...honest(w, role).slice(0, -1), 0xff]),
  ],
  ['a comment', 'JSON_SYNTAX', rewritten(json => `/* */${json}`)],
  ['an array instead of an object', 'JSON_TYPE', rewritten(json => `[${json}]`)],
  ['null instead of an object (CVE-2026-23991)', 'JSON_TYPE', () => utf8('null')],
  [
    'signed is null (CVE-2026-23991)',
    'JSON_TYPE',
    envelope(({ signatures }) => ({ signatures, signed: null })),
  ],
  [
    'signatures is null (CVE-2026-23991)',
    'JSON_TYPE',
    envelope(({ signed }) => ({ signatures: null, signed })),
  ],
  [
    'a signature is null (CVE-2026-23991)',
    'JSON_TYPE',
    envelope(({ signed }) => ({ signatures: [null], signed })),
  ],
  ['no signatures at all (CVE-2026-23991)', 'JSON_TYPE', envelope(({ signed }) => ({ signed }))],
  ['members behind __proto__', 'JSON_TYPE', rewritten(json => json.replace('"signed":', '"__proto__":'))],
  [
    'duplicate JSON keys',
    'JSON_DUPLICATE_KEY',
    rewritten(json => json.replace('"version":2', '"version":2,"version":2')),
  ],
  ['a duplicate signed part', 'JSON_DUPLICATE_KEY', rewritten(json => json.replace(/\}$/, ',"signed":{}}'))],
  ['a float', 'JSON_NUMBER', rewritten(json => json.replace('"version":2', '"version":2.0'))],
  ['an exponent', 'JSON_NUMBER', rewritten(json => json.replace('"version":2', '"version":2e0'))],
  [
    'an integer over 2^53',
    'JSON_NUMBER',
    rewritten(json => json.replace('"version":2', '"version":9007199254740993')),
  ],
  [
    'a lone surrogate',
    'JSON_SURROGATE',
    rewritten(json => json.replace('"version":2', '"x":"\\ud800","version":2')),
  ],
  [
    'deep nesting',
    'JSON_DEPTH',
    rewritten(json => json.replace('"version":2', `"x":${'['.repeat(1000)}${']'.repeat(1000)},"version":2`)),
  ],
];

const TYPES: Readonly<Record<string, string>> = { root: 'targets', targets: 'snapshot' };

const FIELDS: [attack: string, code: Code, forge: Forge][] = [
  ['indefinite freeze: expired', 'TUF_EXPIRED', field({ expires: '2029-12-31T23:59:59Z' })],
  [
    'indefinite freeze: expired at this very second',
    'TUF_EXPIRED',
    field({ expires: '2030-01-01T00:00:00Z' }),
  ],
  ['expires that nobody can read', 'TUF_FORMAT', field({ expires: 'never' })],
  ['expires in another time zone', 'TUF_FORMAT', field({ expires: '2030-02-01T00:00:00+14:00' })],
  ['expires on 30 February', 'TUF_FORMAT', field({ expires: '2030-02-30T00:00:00Z' })],
  ['no expires', 'JSON_TYPE', without('expires')],
  ['version 0', 'JSON_TYPE', field({ version: 0 })],
  ['version -1', 'JSON_TYPE', field({ version: -1 })],
  ['version "2"', 'JSON_TYPE', field({ version: '2' })],
  ['no version', 'JSON_TYPE', without('version')],
  ['spec_version 2.0.0', 'TUF_SPEC_VERSION', field({ spec_version: '2.0.0' })],
  ['spec_version 10.0.0', 'TUF_SPEC_VERSION', field({ spec_version: '10.0.0' })],
  ['spec_version that is none', 'TUF_FORMAT', field({ spec_version: '1' })],
  ['no spec_version', 'JSON_TYPE', without('spec_version')],
  ['no _type', 'JSON_TYPE', without('_type')],
  [
    'a document of another type, signed by the keys of this role',
    'TUF_FORMAT',
    (w, role) => signDoc({ ...w.next(role), _type: TYPES[role] ?? 'root' }, signersOf(w, role)),
  ],
];

export const DOCUMENT_LIES: Lie[] = [...SIGNATURES, ...FORMS, ...FIELDS].flatMap(([attack, code, forge]) =>
  ROLES.map(role => ({
    attack,
    role,
    // A root is stored before its expiry is judged (5.3.10): the next one is followed from it.
    kept: role === 'root' && code === 'TUF_EXPIRED' ? 'timestamp' : role,
    code,
    tell: (world: World) => {
      world.serve(role, forge(world, role));
    },
  })),
);
