import { mkdtempSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { describeConfig } from '../../src/config/describe.js';
import { loadConfig } from '../../src/config/load.js';

const home = mkdtempSync(join(tmpdir(), 'writ-config-'));
const file = join(home, 'writ.yaml');
const loadText = (text: string) => {
  writeFileSync(file, text);
  return loadConfig({ env: { HOME: home }, flags: {}, file });
};
const auth = (text: string): string => `notary:\n  auth: {${text}}`;
const TOKEN = 'type: token, realm: https://auth.example/token, service: notary, issuer: auth';

describe('notary.auth of an outside token server', () => {
  it('is read with paths from the folder of the file', async () => {
    const loaded = await loadText(
      auth(`${TOKEN}, rootCertBundle: roots.pem, jwks: https://auth.example/keys`),
    );
    expect(loaded.config.notary.auth).toEqual({
      type: 'token',
      realm: 'https://auth.example/token',
      service: 'notary',
      issuer: 'auth',
      rootCertBundle: join(home, 'roots.pem'),
      publicKeys: undefined,
      jwks: 'https://auth.example/keys',
      jwksCa: undefined,
      anonymousPull: false,
    });
    expect(describeConfig(loaded).find(row => row.name === 'notary.auth')?.value).toEqual({
      type: 'token',
      realm: 'https://auth.example/token',
      service: 'notary',
      issuer: 'auth',
      rootCertBundle: join(home, 'roots.pem'),
      jwks: 'https://auth.example/keys',
      anonymousPull: false,
    });
    const other = await loadText(auth(`${TOKEN}, jwks: keys.json, anonymousPull: true`));
    expect(other.config.notary.auth).toMatchObject({ jwks: join(home, 'keys.json'), anonymousPull: true });
  });

  it.each([
    ['no keys', TOKEN],
    ['no realm', 'type: token, service: notary, issuer: auth, jwks: keys.json'],
    ['a realm that is no URL', `${TOKEN.replace('https:', 'ftp:')}, jwks: k`],
    ['a service that would end the header', `${TOKEN.replace('notary', "'a\"b'")}, jwks: k`],
    ['another type', TOKEN.replace('type: token', 'type: none')],
    ['an unknown member', `${TOKEN}, jwks: k, rootcertbundle: x`],
    ['nothing', ''],
  ])('is refused with %s', async (_what, text) => {
    await expect(loadText(auth(text))).rejects.toMatchObject({ code: 'CONFIG_INVALID' });
  });
});
