import fc from '../support/property.js';
import { describe, expect, it } from 'vitest';
import { isPkcs11Uri, parsePkcs11Uri } from '../../src/keystore/pkcs11-uri.js';

describe('a PKCS #11 URI', () => {
  it('names a key by what RFC 7512 has for it', () => {
    const text =
      'pkcs11:token=My%20token;manufacturer=SoftHSM%20project;model=v2;serial=a0;slot-id=7;object=caf%C3%A9;id=%0A%ff;' +
      'type=private?module-path=/usr/lib/x.so&pin-source=file:/run/pin';
    expect(parsePkcs11Uri(text)).toEqual({
      text,
      token: 'My token',
      manufacturer: 'SoftHSM project',
      model: 'v2',
      serial: 'a0',
      slotId: 7,
      object: 'café',
      id: '0aff',
      modulePath: '/usr/lib/x.so',
      pinFile: '/run/pin',
    });
  });

  it('may have as much as 2,048 characters, and a name that begins as a file or with a mark', () => {
    const object = 'a'.repeat(2048 - 'pkcs11:object='.length);
    expect(parsePkcs11Uri(`pkcs11:object=${object}`)).toMatchObject({ object });
    expect(parsePkcs11Uri('pkcs11:object=%EF%BB%BFa;type=public').object).toBe('\ufeffa');
    expect(parsePkcs11Uri('pkcs11:id=A?pin-source=/etc/file:x').pinFile).toBe('/etc/file:x');
  });

  it('may be short, and its scheme in capitals', () => {
    expect(parsePkcs11Uri('PKCS11:object=a')).toEqual({ text: 'PKCS11:object=a', object: 'a' });
    expect(parsePkcs11Uri('pkcs11:id=%01?pin-source=/run/pin')).toMatchObject({
      id: '01',
      pinFile: '/run/pin',
    });
    expect(parsePkcs11Uri('pkcs11:id=A?pin-source=file:///run/pin')).toMatchObject({
      id: '41',
      pinFile: '/run/pin',
    });
    expect(['pkcs11:', 'Pkcs11:x', 'pkcs12:', '/pkcs11:', ''].map(isPkcs11Uri)).toEqual([
      true,
      true,
      false,
      false,
      false,
    ]);
  });

  it.each([
    ['object=a', 'it does not begin with pkcs11:'],
    ['pkcs11:', 'it names no key: object or id'],
    ['pkcs11:token=a', 'it names no key: object or id'],
    ['pkcs11:object=a;object=b', 'it has object twice'],
    ['pkcs11:object=a;colour=red', '"colour" is no attribute that writ knows'],
    ['x pkcs11:object=a', 'it does not begin with pkcs11:'],
    ['pkcs11:=a', '"" is no attribute that writ knows'],
    ['pkcs11:object=a;', '"" is no attribute that writ knows'],
    ['pkcs11:object', '"object" is no attribute that writ knows'],
    ['pkcs11:object=', '"" is empty or holds control characters'],
    ['pkcs11:object=a%0Ab', '"a%0Ab" is empty or holds control characters'],
    ['pkcs11:object=a b', '"a b" is not percent-encoded'],
    ['pkcs11:object=a%2', '"a%2" is not percent-encoded'],
    ['pkcs11:object=%ff', '"%ff" is not UTF-8'],
    ['pkcs11:id=', 'the id is empty'],
    ['pkcs11:object=a;slot-id=x', 'the slot-id "x" is no number'],
    ['pkcs11:object=a;slot-id=01', 'the slot-id "01" is no number'],
    ['pkcs11:object=a;type=cert', 'it names a "cert", not a key pair'],
    ['pkcs11:object=a?pin-value=1234', 'a PIN does not belong into a URI: use pin-source'],
    ['pkcs11:object=a?module-path=x.so', '"x.so" is not the absolute path of a file'],
    ['pkcs11:object=a?pin-source=|cat', '"|cat" is not the absolute path of a file'],
    ['pkcs11:object=a?module-name=x', '"module-name" is no attribute that writ knows'],
    [`pkcs11:object=${'a'.repeat(2048)}`, 'it has more than 2048 characters'],
  ])('%s is refused', (text, why) => {
    expect(() => parsePkcs11Uri(text)).toThrowError(
      expect.objectContaining({
        code: 'KEYSTORE_URI',
        message: `this PKCS #11 URI cannot be used: ${why}`,
      }),
    );
  });

  it('gives back every label and id that was encoded into it', () => {
    const label = fc
      .string({ unit: 'grapheme', minLength: 1, maxLength: 20 })
      .filter(text => /^[^\p{Cc}\p{Zl}\p{Zp}]+$/u.test(text));
    fc.assert(
      fc.property(label, fc.uint8Array({ minLength: 1, maxLength: 20 }), (object, id) => {
        const hex = Buffer.from(id).toString('hex');
        const uri = `pkcs11:object=${encodeURIComponent(object)};id=${hex.replace(/../g, '%$&')}`;
        expect(parsePkcs11Uri(uri)).toMatchObject({ object, id: hex });
      }),
    );
  });
});
