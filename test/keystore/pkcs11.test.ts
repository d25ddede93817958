/** Tokens that lie, lock and hang: a `pkcs11-tool` that is a script of the test. A real one is in test/system. */
import { createHash, generateKeyPairSync, sign, type KeyObject } from 'node:crypto';
import {
  chmodSync,
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it, onTestFinished, vi } from 'vitest';
import { TokenKey } from '../../src/keystore/pkcs11-key.js';
import { TARGETS } from '../../src/tuf/role-name.js';
import { failureOf } from '../storage/support.js';
import { until } from '../support/until.js';
import { payloadOf } from './support.js';

const slot = (n: number, fields: Record<string, string>): string =>
  [
    `Slot ${n} (0x${n}f): some slot`,
    ...Object.entries({
      'token label': 'writ',
      'token manufacturer': 'Maker',
      'token model': 'M1',
      'token flags': 'login required, token initialized',
      'serial num': `s${n}`,
      ...fields,
    }).map(([name, value]) => `  ${name.padEnd(18)} : ${value}`),
    '',
  ].join('\n');
const object = (label: string, id: string): string =>
  `Public Key Object; EC  EC_POINT 256 bits\n  EC_POINT:   0441\n  label:      ${label}\n  ID:         ${id}\n`;

interface Fake {
  slots?: string;
  objects?: string;
  key?: KeyObject;
  /** The signature that comes out; the shell commands of --sign otherwise. */
  signature?: Uint8Array;
  signing?: string;
  /** Before everything. */
  first?: string;
}

const ec = generateKeyPairSync('ec', { namedCurve: 'P-256' });

/** A folder with such a program, to stand first in PATH. */
function fakeTool(fake: Fake) {
  const folder = mkdtempSync(join(tmpdir(), 'writ-fake-'));
  onTestFinished(() => {
    // A program that was given up may still write here.
    rmSync(folder, { recursive: true, force: true, maxRetries: 50 });
  });
  const put = (name: string, bytes: string | Uint8Array): string => {
    writeFileSync(join(folder, name), bytes);
    return join(folder, name);
  };
  const slots = put('slots', `Available slots:\n${fake.slots ?? slot(1, {})}`);
  const objects = put('objects', fake.objects ?? object('one', '01'));
  const spki = put('spki', (fake.key ?? ec.publicKey).export({ format: 'der', type: 'spki' }));
  const signature = put('signature', fake.signature ?? new Uint8Array(64));
  const program = put(
    'pkcs11-tool',
    `#!/bin/sh
echo "$*" >> ${folder}/asked; env >> ${folder}/env
for out; do :; done
${fake.first ?? ''}
case "$*" in
  *--list-slots*) cat ${slots};;
  *--list-objects*) cat ${objects};;
  *--read-object*) cat ${spki};;
  *--sign*) ${fake.signing ?? `cat ${signature} > "$out"`};;
esac
`,
  );
  chmodSync(program, 0o755);
  const env = {
    PATH: `${folder}:/usr/bin:/bin`,
    WRIT_PASSPHRASE: 'secret',
    NOTARY_ROOT_PASSPHRASE: 'secret',
  };
  const find = (uri = 'pkcs11:object=one', timeoutMs = 200_000) =>
    TokenKey.find(uri, { module: '/lib/x.so', env, timeoutMs });
  return {
    find,
    asked: () => readFileSync(join(folder, 'asked'), 'utf8'),
    env: () => readFileSync(join(folder, 'env'), 'utf8'),
    read: (name: string) => readFileSync(join(folder, name), 'utf8'),
  };
}

/** Empty for a process that has ended. */
const commandOf = (pid: number): string => {
  const path = `/proc/${pid}/cmdline`;
  return existsSync(path) ? readFileSync(path, 'latin1') : '';
};

const payload = payloadOf('targets');
const signed = async ({ find }: ReturnType<typeof fakeTool>, pin = '1234') =>
  (await find()).signer(pin).sign(TARGETS, payload);

describe('a key on a token', () => {
  it('is found by what its URI says, and signs as DER', async () => {
    const signature = sign('sha256', payload, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' });
    const tool = fakeTool({ signature, objects: object('other', '00') + object('one', '01') });
    const key = await tool.find();
    expect(key.token).toBe('writ');
    expect(key.publicKey.verify(payload, await signed(tool))).toBe(true);
    expect(tool.asked()).toContain('--slot 0x1f --id 01 -m ECDSA');
  });

  it('gets its PIN in the environment of the one call that signs, and nothing else that is secret', async () => {
    const signature = sign('sha256', payload, { key: ec.privateKey, dsaEncoding: 'ieee-p1363' });
    const tool = fakeTool({ signature });
    await signed(tool, '73-pin');
    expect(tool.asked()).not.toContain('73-pin');
    expect(tool.env().match(/WRIT_TOKEN_PIN=73-pin/g)).toHaveLength(1);
    expect(tool.env()).not.toMatch(/secret|PASSPHRASE/);
  });

  it('signs nothing that is no metadata of the role', async () => {
    const tool = fakeTool({});
    const signer = (await tool.find()).signer('1');
    await failureOf(signer.sign(TARGETS, payloadOf('snapshot')), 'KEYSTORE_REFUSED');
    expect(tool.asked()).not.toContain('--sign');
  });

  it('leaves no files behind', async () => {
    const tool = fakeTool({});
    const folder = mkdtempSync(join(tmpdir(), 'writ-empty-'));
    vi.stubEnv('TMPDIR', folder);
    onTestFinished(() => {
      vi.unstubAllEnvs();
      rmSync(folder, { recursive: true });
    });
    await failureOf(signed(tool), 'KEYSTORE_TOKEN');
    expect(tool.asked()).toContain(folder);
    expect(readdirSync(folder)).toEqual([]);
  });

  it('of Ed25519 signs no document that the tool would cut, and says which key would do', async () => {
    const { publicKey } = generateKeyPairSync('ed25519');
    const tool = fakeTool({ key: publicKey });
    const long = payloadOf('targets', { note: 'x'.repeat(1024) });
    const error = await failureOf((await tool.find()).signer('1').sign(TARGETS, long), 'KEYSTORE_TOKEN');
    expect(error.message).toMatch(
      /^the document has \d+ bytes, and pkcs11-tool signs at most 1024 with Ed25519$/,
    );
    expect(error.hint).toContain('ecdsa-sha2-nistp256');
    expect(tool.asked()).not.toContain('--sign');
  });
});

describe('a token', () => {
  const two = slot(1, { 'serial num': 'a' }) + slot(2, { 'serial num': 'b' });

  it.each<[string, Fake, string, string]>([
    ['that is absent', { slots: '' }, 'pkcs11:object=one', 'there is no token that the URI names'],
    ['of another name', {}, 'pkcs11:token=other;object=one', 'there is no token that the URI names'],
    ['of another maker', {}, 'pkcs11:manufacturer=x;object=one', 'there is no token that the URI names'],
    ['of another model', {}, 'pkcs11:model=x;object=one', 'there is no token that the URI names'],
    ['of another number', {}, 'pkcs11:serial=x;object=one', 'there is no token that the URI names'],
    ['in another slot', {}, 'pkcs11:slot-id=7;object=one', 'there is no token that the URI names'],
    [
      'that is not initialised',
      { slots: 'Slot 0 (0x0): some\n  token state:   uninitialized\n' },
      'pkcs11:object=one',
      'there is no token that the URI names',
    ],
    ['that could be two', { slots: two }, 'pkcs11:object=one', 'the URI names 2 tokens'],
    ['without the key', {}, 'pkcs11:object=none', 'there is no key that the URI names'],
    ['with another id', {}, 'pkcs11:object=one;id=%02', 'there is no key that the URI names'],
    [
      'with two such keys',
      { objects: object('one', '01') + object('one', '02') },
      'pkcs11:object=one',
      'the URI names 2 keys',
    ],
    [
      'whose key has no id',
      { objects: 'Public Key Object; EC\n  label:      one\n' },
      'pkcs11:object=one',
      'there is no key that the URI names',
    ],
  ])('%s is not used', async (_name, fake, uri, message) => {
    expect((await failureOf(fakeTool(fake).find(uri), 'KEYSTORE_TOKEN')).message).toBe(message);
  });

  it('is told from others by its number or slot', async () => {
    for (const uri of ['pkcs11:serial=b;object=one', 'pkcs11:slot-id=47;object=one']) {
      const tool = fakeTool({ slots: two });
      await tool.find(uri);
      expect(tool.asked()).toContain('--slot 0x2f');
    }
  });

  it('that is locked is not asked, so that nobody unlocks it by chance', async () => {
    const tool = fakeTool({ slots: slot(1, { 'token flags': 'login required, user PIN locked, rng' }) });
    expect((await failureOf(tool.find(), 'KEYSTORE_PIN')).message).toMatch(/^the token is locked/);
  });

  const failing = (text: string) => ({ signing: `echo "${text}" >&2; exit 1` });
  it.each<[string, Fake, 'KEYSTORE_PIN' | 'KEYSTORE_TOKEN', RegExp]>([
    [
      'is told a wrong PIN',
      failing('error: PKCS11 function C_Login failed: rv = CKR_PIN_INCORRECT (0xa0)'),
      'KEYSTORE_PIN',
      /^the PIN is wrong/,
    ],
    [
      'locks itself',
      failing('error: PKCS11 function C_Login failed: rv = CKR_PIN_LOCKED (0xa4)'),
      'KEYSTORE_PIN',
      /^the token is locked/,
    ],
    ['has no PIN', failing('error: rv = CKR_USER_PIN_NOT_INITIALIZED (0x102)'), 'KEYSTORE_PIN', /no PIN yet/],
    ['is pulled out', failing('error: rv = CKR_DEVICE_REMOVED (0x32)'), 'KEYSTORE_TOKEN', /was removed/],
    [
      'cannot sign so',
      failing('error: rv = CKR_MECHANISM_INVALID (0x70)'),
      'KEYSTORE_TOKEN',
      /does not sign/,
    ],
    ['has lost the key', failing('error: Private key not found'), 'KEYSTORE_TOKEN', /no such private key/],
    [
      'fails in a way of its own',
      failing('error: rv = CKR_FUNNY (0x99)'),
      'KEYSTORE_TOKEN',
      /^pkcs11-tool failed: error: rv = CKR_FUNNY/,
    ],
    ['fails without a word', failing(''), 'KEYSTORE_TOKEN', /did not say why/],
    ['gives another signature', {}, 'KEYSTORE_TOKEN', /is no signature of the key/],
    ['gives half a signature', { signature: new Uint8Array(31) }, 'KEYSTORE_TOKEN', /is no signature/],
    ['gives nothing', { signing: 'true' }, 'KEYSTORE_TOKEN', /is no signature/],
    ['writes without end', { signing: 'yes' }, 'KEYSTORE_TOKEN', /writes more than/],
  ])('that %s gives no signature', async (_name, fake, code, message) => {
    const tool = fakeTool(fake);
    expect((await failureOf(signed(tool), code)).message).toMatch(message);
    // A PIN is never tried twice.
    expect(tool.asked().match(/--sign /g)).toHaveLength(1);
  });

  it('that writes without end leaves nothing that goes on writing', async () => {
    const endless = `sh -c 'echo $$ > "$0"/pid; exec yes' "$(dirname "$0")" & wait`;
    const tool = fakeTool({ signing: endless });
    await failureOf(signed(tool), 'KEYSTORE_TOKEN');
    const pid = Number(tool.read('pid'));
    await until(() => commandOf(pid) !== 'yes\0', 'the end of `yes`');
  });

  it('that hangs is given up', async () => {
    const { find } = fakeTool({ first: 'exec sleep 60' });
    const error = await failureOf(find('pkcs11:object=one', 50), 'KEYSTORE_TOKEN');
    expect(error.message).toBe('pkcs11-tool gave no answer in 0.05 seconds');
  });
});

describe('the tool', () => {
  it.each<[string, Parameters<typeof TokenKey.find>[1], RegExp]>([
    [
      'that is not installed',
      { module: '/lib/x.so', env: { PATH: '/nowhere' } },
      /^there is no program pkcs11-tool$/,
    ],
    ['without a library', { module: undefined, env: {} }, /^it is not said which library/],
  ])('%s finds nothing', async (_name, options, message) => {
    expect((await failureOf(TokenKey.find('pkcs11:object=a', options), 'KEYSTORE_TOKEN')).message).toMatch(
      message,
    );
  });

  it('takes the library of the URI, which stands over the setting', async () => {
    const tool = fakeTool({});
    await tool.find('pkcs11:object=one?module-path=/opt/y.so');
    expect(tool.asked()).toMatch(/^--module \/opt\/y\.so /);
  });

  it('hashes for ECDSA: the token gets the digest of the document', async () => {
    const digest = createHash('sha256').update(payload).digest();
    const input = fakeTool({
      signing: `while [ $# -gt 0 ]; do [ "$1" = --input-file ] && [ "$(od -An -tx1 -v "$2" | tr -d ' \\n')" = ${digest.toString('hex')} ] && echo "error: seen" >&2 && exit 1; shift; done`,
    });
    expect((await failureOf(signed(input), 'KEYSTORE_TOKEN')).message).toBe(
      'pkcs11-tool failed: error: seen',
    );
  });
});
