/** PEM as Go reads and writes it. */
import { describe, expect, it } from 'vitest';
import { parsePem, writePem, type PemBlock } from '../../src/crypto/pem.js';

const block = (type: string, bytes: readonly number[], headers: Record<string, string> = {}): PemBlock => ({
  type,
  headers: new Map(Object.entries(headers)),
  bytes: Uint8Array.from(bytes),
});
const pem = (body: string, type = 'KEY'): string =>
  `-----BEGIN ${type}-----\n${body}\n-----END ${type}-----\n`;

describe('a block', () => {
  it('is written in lines of 64 characters, headers first and sorted', () => {
    const bytes = Array.from({ length: 50 }, (_, i) => i);
    const base64 = Buffer.from(bytes).toString('base64');
    expect(writePem(block('EC KEY', bytes))).toBe(
      `-----BEGIN EC KEY-----\n${base64.slice(0, 64)}\n${base64.slice(64)}\n-----END EC KEY-----\n`,
    );
    expect(writePem(block('K', [0], { role: 'root', gun: 'a: b', path: '', a: '1' }))).toBe(
      '-----BEGIN K-----\na: 1\ngun: a: b\nrole: root\n\nAA==\n-----END K-----\n',
    );
    for (const headers of [
      { a: '1', b: '2', c: '3' },
      { c: '3', b: '2', a: '1' },
    ])
      expect(writePem(block('K', [], headers))).toContain('\na: 1\nb: 2\nc: 3\n\n');
    expect(writePem(block('K', [], { a: '' }))).toBe('-----BEGIN K-----\n-----END K-----\n');
  });

  it.each<PemBlock>([
    block('CERTIFICATE', [1]),
    block('ENCRYPTED PRIVATE KEY', [1, 2, 3], { role: 'root', gun: 'registry.example/a:b' }),
    block('A1', Array<number>(200).fill(255)),
  ])('is read as it was written', one => {
    expect(parsePem(writePem(one))).toEqual([one]);
    expect(parsePem(writePem(one).replaceAll('\n', '\r\n'))).toEqual([one]);
  });

  it('may have headers of any spelling of the spaces around their values', () => {
    expect(parsePem(pem('a:1\nb:\t 2 \t\nc:\n\nAA==\nAA=='.replace('AA==\nAA==', 'AAAA\nAA==')))).toEqual([
      block('KEY', [0, 0, 0, 0], { a: '1', b: '2', c: '' }),
    ]);
  });

  it('may hold white space in its base64', () => {
    expect(parsePem(pem(' AA\t\n\n AA \nAAE='))).toEqual([block('KEY', [0, 0, 0, 0, 1])]);
  });
});

describe('a text', () => {
  it('may hold several, and other things between', () => {
    const [one, two] = [block('A', [1]), block('B', [2])];
    expect(parsePem(`x\n${writePem(one)}y\n${writePem(two)}z`)).toEqual([one, two]);
  });

  it.each([
    '',
    'AA==',
    pem(''),
    pem('AA='),
    pem('A==='),
    pem('=AAA'),
    pem('AA=A'),
    pem('AA*='),
    pem('AA-_'),
    pem('a b: 1\nAAAA'),
    pem('a: 1'),
    pem('AAAA', 'a'),
    pem('AAAA', 'X'.repeat(65)),
    '-----BEGIN A-----\nAAAA\n-----END B-----\n',
    '-----BEGIN A-----AAAA-----END A-----\n',
    '-----BEGIN A-----\nAAAA\n-----END A----\n',
    '----BEGIN A-----\nAAAA\n-----END A-----\n',
  ])('that holds none: %j', text => {
    expect(parsePem(text)).toEqual([]);
  });

  it('the longest type has 64 characters', () => {
    expect(parsePem(pem('AAAA', 'X'.repeat(64)))).toHaveLength(1);
  });

  it('a block that is none does not hide the next', () => {
    expect(parsePem(pem('*', 'A') + writePem(block('B', [1])))).toEqual([block('B', [1])]);
  });
});
