import { expect, it } from 'vitest';
import { isCompactJws } from '../../src/crypto/compact-jws.js';

it.each(['e30.e30.AA', 'e30..AA', 'AQ.AQI.AQID', '-_8.-_8.-_8'])('%s is one', text => {
  expect(isCompactJws(text)).toBe(true);
});

it.each([
  '',
  'e30',
  'e30.e30',
  '.e30.AA',
  'e30.e30.',
  'e30.e30.AA.AA',
  'e30=.e30.AA',
  'e30.e30.AA==',
  'e30.e30.AB', // stray bits
  'e30.e30.AAB',
  'e30.e30.A',
  'e30.A.AA',
  'A.e30.AA',
  'e30.e30.+/8',
  'e30.e 30.AA',
  'e30.e30.AA\n',
  ' e30.e30.AA',
])('%j is none', text => {
  expect(isCompactJws(text)).toBe(false);
});
