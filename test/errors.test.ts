import { readFileSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { ERROR_CATALOGUE, type ErrorEntry } from '../src/error-catalogue/index.js';
import { WritError, isWritError, reasonOf, toWritError } from '../src/errors.js';

const catalogue = Object.entries(ERROR_CATALOGUE as Record<string, ErrorEntry>);

function sources(folder: string): string[] {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter(
      entry => entry.isFile() && entry.name.endsWith('.ts') && !entry.parentPath.endsWith('error-catalogue'),
    )
    .map(entry => readFileSync(join(entry.parentPath, entry.name), 'utf8'));
}

describe('the error catalogue', () => {
  const code = sources('src').join('\n');

  it.each(catalogue)('%s is used by the code', name => {
    expect(code).toContain(`'${name}'`);
  });

  it.each(catalogue)('%s says what it means and what to do, in one sentence each', (_name, entry) => {
    expect(entry.meaning).toMatch(/^[a-z`].*[^.]$/);
    expect(entry.hint).toMatch(/^.*[^.]$/);
    expect(entry.status).toBeGreaterThanOrEqual(400);
    expect(entry.status).toBeLessThan(600);
  });
});

describe('WritError', () => {
  it('carries code, status, exit code and the hint of the catalogue', () => {
    const error = new WritError('USAGE', 'unknown flag --x');
    expect(error).toMatchObject({
      code: 'USAGE',
      status: 400,
      exitCode: 2,
      hint: ERROR_CATALOGUE.USAGE.hint,
      details: {},
    });
    expect(error.toJSON()).toEqual({
      code: 'USAGE',
      message: 'unknown flag --x',
      hint: ERROR_CATALOGUE.USAGE.hint,
    });
  });

  it('prefers its own hint, and prints details only when there are any', () => {
    const error = new WritError('INTERNAL', 'm', { hint: 'h', details: { at: 3 } });
    expect(error.toJSON()).toEqual({ code: 'INTERNAL', message: 'm', hint: 'h', details: { at: 3 } });
  });

  it('is told apart by code', () => {
    const error = new WritError('JSON_SIZE', 'm');
    expect(isWritError(error)).toBe(true);
    expect(isWritError(error, 'JSON_SIZE', 'USAGE')).toBe(true);
    expect(isWritError(error, 'USAGE')).toBe(false);
    expect(isWritError(new Error('m'))).toBe(false);
    expect(error.name).toBe('WritError');
  });

  it('has a cause where there is one', () => {
    const cause = new Error('m');
    expect(new WritError('INTERNAL', 'm', { cause }).cause).toBe(cause);
    expect('cause' in new WritError('INTERNAL', 'm')).toBe(false);
  });

  it('wraps what it does not know without losing the reason', () => {
    const cause = new TypeError('boom');
    expect(toWritError(cause)).toMatchObject({
      code: 'INTERNAL',
      message: 'unexpected failure: boom',
      cause,
    });
    expect(toWritError('text').message).toBe('unexpected failure: text');
    const own = new WritError('USAGE', 'm');
    expect(toWritError(own)).toBe(own);
  });
});

describe('the reason of a failure with a file', () => {
  it.each([
    ['ENOENT', 'there is no such file or folder'],
    ['EACCES', 'permission denied'],
    ['EPERM', 'permission denied'],
    ['EISDIR', 'it is a folder'],
    ['EEXIST', 'there is a file of that name'],
    ['ENOTDIR', 'a part of the path is no folder'],
    ['ENXIO', 'it is not a regular file'],
    ['ELOOP', 'it is a link, or a circle of links'],
    ['ENOSPC', 'the disk is full'],
    ['EDQUOT', 'the quota is used up'],
    ['EFBIG', 'it would be larger than files may be'],
    ['EROFS', 'the file system is read-only'],
    ['ERR_ENCODING_INVALID_ENCODED_DATA', 'it is not UTF-8 text'],
    ['EODD', 'EODD'],
  ])('%s: %s', (code, reason) => {
    expect(reasonOf(Object.assign(new Error('m'), { code }))).toBe(reason);
  });

  it('is the message of what has no code, and the text of what is no error', () => {
    expect(reasonOf(new Error('boom'))).toBe('boom');
    expect(reasonOf('text')).toBe('text');
    expect(reasonOf({ code: 'ENOENT' })).toBe('[object Object]');
  });
});
