/** 233 documents that real programs wrote: `notary` 0.7, `docker trust` and notary-server. Each gives what was recorded. */
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { gunzipSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import { parseNotaryKey } from '../../src/crypto/notary-key.js';
import { canonicalText } from '../../src/json/canonical.js';
import type { JsonObject } from '../../src/json/types.js';
import { parseDocumentOf, type SignedDocument } from '../../src/tuf/document.js';
import { NOTARY1, NOTARY_TYPES, type NotaryModels } from '../../src/tuf/format/notary1.js';
import {
  writeNotaryDocument,
  writeNotaryRoot,
  writeNotarySnapshot,
  writeNotaryTargets,
  writeNotaryTimestamp,
} from '../../src/tuf/format/notary1-write.js';
import type { RoleType } from '../../src/tuf/role-name.js';
import { refusal } from './refusal.js';

interface Recorded {
  readonly file: string;
  readonly sha256: string;
  readonly sha512: string;
  readonly canonicalSha256: string;
  readonly wireIsCanonical: boolean;
  readonly signatures: readonly { keyid: string; method: string; keytype: string; valid: boolean }[];
  readonly text: string;
}

const read = (name: string): Buffer => readFileSync(`test/golden/notary-v1/${name}`);
const corpus = gunzipSync(read('corpus.jsonl.gz'))
  .toString('utf8')
  .trimEnd()
  .split('\n')
  .map(line => JSON.parse(line) as Recorded);
const keys = JSON.parse(read('keys.json').toString('utf8')) as Record<string, JsonObject>;
const utf8 = (text: string): Uint8Array => new TextEncoder().encode(text);
const digest = (algorithm: string, bytes: Uint8Array): string =>
  createHash(algorithm).update(bytes).digest('hex');

const LIMIT = 1024 * 1024;
const parse = <T extends RoleType>(text: string, type: T): SignedDocument<NotaryModels[T]> =>
  parseDocumentOf(NOTARY1, utf8(text), type, LIMIT);

function typeOf({ file }: Recorded): RoleType {
  const name = file.split('-')[0]?.toLowerCase();
  const type = (['root', 'targets', 'snapshot', 'timestamp'] as const).find(known => known === name);
  if (type === undefined) throw new Error(`no type for ${file}`);
  return type;
}

const REWRITE: { [T in RoleType]: (model: NotaryModels[T]) => JsonObject } = {
  root: writeNotaryRoot,
  targets: writeNotaryTargets,
  snapshot: writeNotarySnapshot,
  timestamp: writeNotaryTimestamp,
};
function rewrite<T extends RoleType>(document: SignedDocument<NotaryModels[T]>, type: T): JsonObject {
  return REWRITE[type](document.signed);
}

describe('the corpus', () => {
  it('is whole', () => {
    expect(corpus).toHaveLength(233);
    const verdicts = corpus.flatMap(({ signatures }) => signatures.map(({ valid }) => valid));
    expect(verdicts.filter(valid => !valid).length).toBeGreaterThan(0);
  });

  it.each(corpus.filter(({ file }) => !file.startsWith('targets-')))('$file', recorded => {
    const { text } = recorded;
    const type = typeOf(recorded);
    const document = parse(text, type);
    expect(digest('sha256', document.bytes)).toBe(recorded.sha256);
    expect(digest('sha512', document.bytes)).toBe(recorded.sha512);
    expect(digest('sha256', document.payload)).toBe(recorded.canonicalSha256);
    const verdicts = document.signatures.map(({ keyId, bytes, method }) => {
      const key = parseNotaryKey(keys[keyId]!, keyId);
      expect(key.id).toBe(keyId);
      return {
        keyid: keyId,
        method,
        keytype: key.keytype,
        valid: key.verify(document.payload, bytes!, method),
      };
    });
    expect(verdicts).toEqual(recorded.signatures);
    // Go writes nine digits of a second, a Date keeps three.
    const expires = /"expires":"([^"]+)"/.exec(text)![1]!;
    const again = { ...rewrite(document, type), expires };
    expect(digest('sha256', utf8(canonicalText(again)))).toBe(recorded.canonicalSha256);
    const whole = writeNotaryDocument(
      again,
      document.signatures.map(({ keyId, bytes, method }) => ({
        keyid: keyId,
        method: method!,
        bytes: bytes!,
      })),
    );
    if (recorded.wireIsCanonical) expect(Buffer.from(whole).toString('utf8')).toBe(text);
  });

  it('refuses the one whose type is written in lower case', () => {
    const others = corpus.filter(({ file }) => file.startsWith('targets-'));
    expect(others).toHaveLength(1);
    expect(() => parse(others[0]!.text, 'targets')).toThrow(
      refusal('TUF_FORMAT', /type "targets", not "Targets"/),
    );
  });

  it.each(Object.entries(NOTARY_TYPES))('refuses a %s for another type', (type, written) => {
    const { text } = corpus.find(({ file }) => file.startsWith(`${written}-`))!;
    const other = type === 'root' ? 'targets' : 'root';
    expect(() => parse(text, other)).toThrow(refusal('TUF_FORMAT'));
  });
});
