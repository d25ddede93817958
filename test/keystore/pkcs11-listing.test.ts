import { describe, expect, it } from 'vitest';
import { isTokenOf, readObjects, readTokens } from '../../src/keystore/pkcs11-listing.js';
import { parsePkcs11Uri } from '../../src/keystore/pkcs11-uri.js';

/** As `pkcs11-tool` of OpenSC 0.23 prints them. */
const SLOTS = `Available slots:
Slot 0 (0x3e570dff): SoftHSM slot ID 0x3e570dff
  token label        : my token
  token manufacturer : SoftHSM project
  token model        : SoftHSM v2
  token flags        : login required, rng, token initialized, PIN initialized, other flags=0x20
  hardware version   : 2.6
  firmware version   : 2.6
  serial num         : e9e704033e570dff
  pin min/max        : 4/255
Slot 10 (0x1): a reader
  token label        : locked
  token flags        : login required, user PIN locked
Slot 2 (0x2): another
  token state:   uninitialized
Slot 3 (0x3): empty
  (empty)
`;

describe('the list of tokens', () => {
  it('has those that are initialised, with what is said of them', () => {
    expect(readTokens(SLOTS)).toEqual([
      {
        slot: '0x3e570dff',
        label: 'my token',
        manufacturer: 'SoftHSM project',
        model: 'SoftHSM v2',
        serial: 'e9e704033e570dff',
        locked: false,
      },
      { slot: '0x1', label: 'locked', manufacturer: '', model: '', serial: '', locked: true },
    ]);
  });

  it('is searched by everything that a URI says of a token', () => {
    const [token] = readTokens(SLOTS);
    const named = (attributes: string): boolean =>
      token !== undefined && isTokenOf(parsePkcs11Uri(`pkcs11:object=x;${attributes}`), token);
    for (const [name, value] of [
      ['token', 'my%20token'],
      ['manufacturer', 'SoftHSM%20project'],
      ['model', 'SoftHSM%20v2'],
      ['serial', 'e9e704033e570dff'],
      ['slot-id', String(0x3e570dff)],
    ] as const) {
      expect(named(`${name}=${value}`), name).toBe(true);
      expect(named(`${name}=7`), name).toBe(false);
    }
  });

  it('is not mistaken: a head is a line of its own, the first of two fields counts', () => {
    const forged = `Slot 0 (0x1): x\n  token label        : a\n  token label        : b\n  x Slot 9 (0x9): y\n`;
    expect(readTokens(forged).map(({ slot, label }) => [slot, label])).toEqual([['0x1', 'a']]);
    expect(readTokens(`note: Slot 1 (0x1): x\n  token label : a\n`)).toEqual([]);
    expect(readTokens(`Slot 0 (0x1): x\nsomething else\n  token label : a\n`)).toEqual([]);
    expect(readTokens('')).toEqual([]);
  });
});

describe('the list of keys', () => {
  const key = (...lines: string[]): string =>
    ['Public Key Object; EC  EC_POINT 256 bits', ...lines.map(line => `  ${line}`), ''].join('\n');

  it('has labels and ids', () => {
    const text =
      key('EC_POINT:   0441', 'label:      a key', 'ID:         0A0b') +
      key('ID:         ff') +
      key('label:');
    expect(readObjects(text)).toEqual([
      { id: '0a0b', label: 'a key' },
      { id: 'ff', label: '' },
    ]);
  });

  it.each(['0', '0x01', '01 02', '01 (odd)', '', 'g0'])('leaves out what has the id %j', id => {
    expect(readObjects(key('label:      a', `ID:         ${id}`))).toEqual([]);
  });

  it('has no other objects', () => {
    const text = key('label:      a', 'ID:         01').replace('Public Key', 'Private Key');
    expect(readObjects(text)).toEqual([]);
    expect(readObjects(key('label:      a', 'ID:         01').replace('Public', 'No Public'))).toEqual([]);
  });
});
