/** Key files of Notary: the recorded ones open, and what is written is read back. */
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { mkdirSync, readdirSync, readFileSync, renameSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { notaryKeyOfCertificate } from '../../src/crypto/notary-key.js';
import { parsePem, writePem } from '../../src/crypto/pem.js';
import { NotaryKeyFolder, openNotaryKey, sealNotaryKey } from '../../src/keystore/notary-key-folder.js';
import { generateNotaryKey, NotaryPrivateKey } from '../../src/keystore/notary-private-key.js';
import { temporaryOfTests } from '../support/temporary.js';

const GOLDEN = join(import.meta.dirname, '../golden/notary-v1/keystore');
const PHRASES = ['rootpass1234', 'targpass1234', 'snappass1234', 'delepass1234', 'repopass1234'];
const GUN = 'registry.example/acme/app';
const PAYLOAD = Buffer.from('{"_type":"Targets"}');

const temporary = (): string => temporaryOfTests('writ-notary-keys-');

/** Opens with whichever of the recorded pass-phrases fits. */
async function openAny(folder: NotaryKeyFolder, id: string): Promise<NotaryPrivateKey | undefined> {
  for (const phrase of PHRASES) {
    const key = await folder.open(id, phrase).catch(() => undefined);
    if (key !== undefined) return key;
  }
  return undefined;
}

it('opens 18 of 18 recorded private keys; the name of a file is the id of its key', async () => {
  const opened: string[] = [];
  for (const home of ['notary-cli-home1', 'docker-trust']) {
    const folder = new NotaryKeyFolder(join(GOLDEN, home));
    for (const { id } of await folder.list()) {
      const key = await openAny(folder, id);
      expect(key?.id).toBe(id);
      opened.push(id);
    }
    expect(opened).toEqual(
      expect.arrayContaining(readdirSync(folder.location).map(name => name.slice(0, -4))),
    );
  }
  expect(opened).toHaveLength(18);
});

it('tells role and repository without a pass-phrase', async () => {
  const keys = await new NotaryKeyFolder(join(GOLDEN, 'docker-trust')).list();
  expect(keys.map(({ role, gun }) => `${role} ${gun}`.trim()).sort()).toEqual([
    'admin',
    'alice',
    'bob',
    'root',
    'targets localhost:5000/acme/img',
    'targets localhost:5000/acme/other',
  ]);
});

it('writes a recorded file again byte for byte', () => {
  const folder = join(GOLDEN, 'notary-cli-home1/private');
  for (const name of readdirSync(folder)) {
    const text = readFileSync(join(folder, name), 'utf8');
    expect(parsePem(text).map(writePem).join('')).toBe(text);
  }
});

it('opens what it sealed, with that pass-phrase only', async () => {
  const folder = new NotaryKeyFolder(temporary());
  const key = await generateNotaryKey();
  await folder.save(key, { role: 'targets', gun: GUN }, 'correct horse');
  expect(await folder.list()).toEqual([{ id: key.id, role: 'targets', gun: GUN }]);
  expect((await folder.open(key.id, 'correct horse')).id).toBe(key.id);
  await expect(folder.open(key.id, 'wrong horse')).rejects.toMatchObject({ code: 'KEYSTORE_PASSPHRASE' });
  await expect(folder.open('0'.repeat(64), 'x')).rejects.toMatchObject({ code: 'KEYSTORE_NOT_FOUND' });
});

it('keeps keys to their owner', async () => {
  const folder = new NotaryKeyFolder(temporary());
  const key = await generateNotaryKey();
  await folder.save(key, { role: 'root', gun: '' }, 'correct horse');
  expect(statSync(join(folder.location, `${key.id}.key`)).mode & 0o777).toBe(0o600);
  expect(statSync(folder.location).mode & 0o777).toBe(0o700);
});

it('changes a pass-phrase in place, and removes', async () => {
  const folder = new NotaryKeyFolder(temporary());
  const key = await generateNotaryKey();
  await folder.save(key, { role: 'alice', gun: '' }, 'old phrase');
  await folder.save(key, { role: 'alice', gun: '' }, 'new phrase');
  await expect(folder.open(key.id, 'old phrase')).rejects.toMatchObject({ code: 'KEYSTORE_PASSPHRASE' });
  expect((await folder.open(key.id, 'new phrase')).id).toBe(key.id);
  await folder.remove(key.id);
  expect(readdirSync(folder.location)).toEqual([]);
});

it('reads keys of the old layout where they lie, and writes them there', async () => {
  const trust = temporary();
  const folder = new NotaryKeyFolder(trust);
  const key = await generateNotaryKey();
  await folder.save(key, { role: 'targets', gun: GUN }, 'old phrase');
  const old = join(trust, 'private/tuf_keys', GUN);
  mkdirSync(old, { recursive: true });
  renameSync(join(folder.location, `${key.id}.key`), join(old, `${key.id}.key`));
  expect((await folder.open(key.id, 'old phrase')).id).toBe(key.id);
  await folder.save(key, { role: 'targets', gun: GUN }, 'new phrase');
  expect(readdirSync(folder.location)).toEqual(['tuf_keys']);
  expect((await folder.open(key.id, 'new phrase')).id).toBe(key.id);
});

it('does not take the file of one key for another', async () => {
  const folder = new NotaryKeyFolder(temporary());
  const key = await generateNotaryKey();
  await folder.saveBlock('a'.repeat(64), await sealNotaryKey(key, { role: 'targets', gun: GUN }, 'phrase'));
  await expect(folder.open('a'.repeat(64), 'phrase')).rejects.toMatchObject({ code: 'KEYSTORE_FORMAT' });
});

it('keeps nothing in the clear, nowhere else, and no header of two lines', async () => {
  const folder = new NotaryKeyFolder(temporary());
  const key = await generateNotaryKey();
  const open = { type: 'PRIVATE KEY', headers: new Map<string, string>(), bytes: key.toPkcs8() };
  await expect(folder.saveBlock(key.id, open)).rejects.toMatchObject({ code: 'KEYSTORE_FORMAT' });
  const sealed = await sealNotaryKey(key, { role: 'targets', gun: GUN }, 'phrase');
  await expect(folder.saveBlock('../../escape', sealed)).rejects.toMatchObject({ code: 'KEYSTORE_FORMAT' });
  await expect(sealNotaryKey(key, { role: 'a\nrole: root', gun: '' }, 'phrase')).rejects.toMatchObject({
    code: 'KEYSTORE_FORMAT',
  });
});

it.each(['alice.key', 'bob.key'])('opens the private key %s of another program', name => {
  const [block] = parsePem(readFileSync(join(GOLDEN, 'exported', name), 'utf8'));
  if (block === undefined) throw new Error('no block');
  const key = openNotaryKey(block, undefined);
  const { method, bytes } = key.sign(PAYLOAD);
  expect(key.publicKey.verify(PAYLOAD, bytes, method)).toBe(true);
});

it.each([
  ['ec', 'ecdsa-x509'],
  ['rsa', 'rsa-x509'],
] as const)('makes the certificate of a root of an %s key', (type, keytype) => {
  const { privateKey } =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 });
  const key = new NotaryPrivateKey(privateKey);
  const pem = key.rootCertificate(GUN, new Date('2030-01-01T00:00:00Z'));
  const certificate = new X509Certificate(pem);
  expect(certificate.subject).toBe(`CN=${GUN}`);
  expect(certificate.verify(certificate.publicKey)).toBe(true);
  expect(certificate.ca).toBe(false);
  expect(new Date(certificate.validTo).toISOString()).toBe('2039-12-30T00:00:00.000Z');
  const listed = notaryKeyOfCertificate(pem);
  expect([listed.keytype, listed.canonicalId]).toEqual([keytype, key.id]);
  const { method, bytes } = key.sign(PAYLOAD);
  expect(listed.verify(PAYLOAD, bytes, method)).toBe(true);
});

it('makes no root of an Ed25519 key, and never prints a key', () => {
  const key = new NotaryPrivateKey(generateKeyPairSync('ed25519').privateKey);
  expect(() => key.rootCertificate(GUN, new Date())).toThrow(expect.objectContaining({ code: 'KEY_TYPE' }));
  expect([String(key), JSON.stringify(key)]).toEqual([
    '[NotaryPrivateKey: redacted]',
    '"[NotaryPrivateKey: redacted]"',
  ]);
});
