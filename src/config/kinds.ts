import { delimiter, join, resolve } from 'node:path';

import { parseAddress } from './address.js';
import { isJsonObject, member, type JsonObject, type JsonValue } from '../json/types.js';
import type { Address, RemapRule, TrustEntry } from './types.js';

/** Where a text came from, as far as reading it depends on that. */
export interface ReadContext {
  /** Relative paths start here: the folder of the file, or the working directory. */
  readonly folder: string;
  readonly home: string;
}

/** How the text of a flag or variable, or the value of a file, becomes the value of a setting. */
export interface Kind<T> {
  /** What a message says was expected. */
  readonly expected: string;
  /** The value, or undefined when `raw` is none of this kind. */
  read(raw: unknown, context: ReadContext): T | undefined;
}

const text = (raw: unknown): string | undefined => (typeof raw === 'string' && raw !== '' ? raw : undefined);

/** An absolute path; `~/` is the home folder. */
function readPath(raw: string, { folder, home }: ReadContext): string {
  return raw.startsWith('~/') ? join(home, raw.slice(2)) : resolve(folder, raw);
}

const list = (raw: unknown, separator: string): string[] | undefined => {
  const parts = typeof raw === 'string' ? raw.split(separator) : raw;
  return Array.isArray(parts) && parts.every(part => text(part) !== undefined)
    ? parts.map(String)
    : undefined;
};

export const path: Kind<string> = {
  expected: 'a path',
  read: (raw, context) => {
    const written = text(raw);
    return written === undefined ? undefined : readPath(written, context);
  },
};

export const paths: Kind<readonly string[]> = {
  expected: `paths, separated by '${delimiter}' outside of the file`,
  read: (raw, context) => list(raw, delimiter)?.map(part => readPath(part, context)),
};

export const names: Kind<readonly string[]> = {
  expected: "names, separated by ',' outside of the file",
  read: raw => list(raw, ','),
};

export const secret: Kind<string> = {
  expected: 'a token of printable ASCII without spaces',
  read: raw => (typeof raw === 'string' && /^[\x21-\x7e]{1,4096}$/.test(raw) ? raw : undefined),
};

export const serviceUrl: Kind<string> = {
  expected: 'an http or https URL without a password, query or fragment',
  read: raw => {
    const written = text(raw);
    return written !== undefined && /^https?:\/\/[^\s@?#]+$/.test(written) && URL.canParse(written)
      ? written.replace(/\/+$/, '')
      : undefined;
  },
};

export const address: Kind<Address> = {
  expected: 'HOST:PORT',
  read: raw => (typeof raw === 'string' ? parseAddress(raw) : undefined),
};

export const flag: Kind<boolean> = {
  expected: 'true or false',
  read: raw => {
    if (raw === true || raw === 'true' || raw === '1') return true;
    return raw === false || raw === 'false' || raw === '0' ? false : undefined;
  },
};

export const oneOf = <T extends string>(...values: readonly T[]): Kind<T> => ({
  expected: `one of ${values.join(', ')}`,
  read: raw => values.find(value => value === raw),
});

/** An integer; both bounds inclusive. */
export const integer = (min: number, max: number): Kind<number> => ({
  expected: `an integer from ${min} to ${max}`,
  read: raw => {
    const value = typeof raw === 'string' && /^\d{1,9}$/.test(raw) ? Number(raw) : raw;
    return typeof value === 'number' && Number.isInteger(value) && value >= min && value <= max
      ? value
      : undefined;
  },
});

/**
 * The entries of a list of mappings. Only a file can hold them, and its schema has said what is in them: an entry
 * that `read` refuses is one that the schema let through by mistake, and refuses the whole.
 */
const entries = <T>(
  expected: string,
  read: (entry: JsonObject, context: ReadContext) => T | undefined,
): Kind<readonly T[]> => ({
  expected,
  read: (raw, context) => {
    const found = (Array.isArray(raw) ? (raw as readonly JsonValue[]) : [raw as JsonValue]).map(entry =>
      isJsonObject(entry) ? read(entry, context) : undefined,
    );
    return found.every(entry => entry !== undefined) ? found : undefined;
  },
});

export const textAt = (entry: JsonObject, key: string): string | undefined => text(member(entry, key));

export const trustEntries: Kind<readonly TrustEntry[]> = entries(
  'a list of trusted roots',
  (entry, context) => {
    const name = textAt(entry, 'name');
    const url = member(entry, 'url');
    if (name === undefined || (url !== undefined && serviceUrl.read(url, context) === undefined))
      return undefined;
    return {
      name,
      url: serviceUrl.read(url, context),
      folder: path.read(member(entry, 'folder'), context),
      root: path.read(member(entry, 'root'), context),
      sha256: textAt(entry, 'sha256'),
    };
  },
);

export const remapRules: Kind<readonly RemapRule[]> = entries('one or more {from, to}', entry => {
  const from = textAt(entry, 'from');
  const to = textAt(entry, 'to');
  return from === undefined || to === undefined ? undefined : { from, to };
});
