/** YAML that people write, with the places of what is in it. Loaded when a file is read: the parser costs 40 ms. */
import { isNode, isScalar, LineCounter, parseAllDocuments, type Document } from 'yaml';

import { WritError, type ErrorCode } from '../errors.js';
import { quote } from '../json/quote.js';

/** Names and list indexes that lead to a member. */
export type MemberPath = readonly (string | number)[];

/** How messages speak about a file. */
export interface YamlSubject {
  /** Of every error. */
  readonly code: ErrorCode;
  /** The path, as it was given. */
  readonly file: string;
  /** What one document of it is: `the policy`. */
  readonly whole: string;
}

/** One document as plain data. */
export interface YamlDocument {
  readonly value: unknown;
  /** The line, from 1, of a member, or of the nearest thing around it that is written. */
  line(path: MemberPath): number;
  /** The error that says: at this member, this is wrong. Names file and line. */
  fault(path: MemberPath, what: string, cause?: WritError): WritError;
}

/**
 * The documents of `text` that are not empty: YAML 1.2 without duplicate keys, aliases or tags; JSON is YAML too.
 *
 * @throws WritError of the subject's code: file, line, and what is wrong there
 */
export function parseYaml(text: string, subject: YamlSubject): YamlDocument[] {
  const lines = new LineCounter();
  const parsed = parseAllDocuments(text, {
    lineCounter: lines,
    schema: 'core',
    stringKeys: true,
    uniqueKeys: true,
    resolveKnownTags: false,
  });
  const documents: readonly Document[] = 'empty' in parsed ? [] : parsed;
  for (const { errors, warnings } of documents) {
    const found = errors[0] ?? warnings[0];
    if (found === undefined) continue;
    const reason = (found.message.split('\n', 1)[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
    throw new WritError(
      subject.code,
      `${subject.file}:${lines.linePos(found.pos[0]).line}: ${printed(reason)}`,
    );
  }
  return documents.filter(isFull).map(document => readDocument(document, lines, subject));
}

const isFull = ({ contents }: Document): boolean => !isScalar(contents) || contents.value !== null;

function readDocument(
  document: Document,
  lines: LineCounter,
  { code, file, whole }: YamlSubject,
): YamlDocument {
  const line = (path: MemberPath): number => lineOf(document, lines, path);
  const fault = (path: MemberPath, what: string, cause?: WritError): WritError =>
    new WritError(code, `${file}:${line(path)}: ${path.length === 0 ? whole : nameOf(path)} ${what}`, {
      ...(cause && { cause, hint: cause.hint }),
    });
  try {
    return { value: document.toJS({ maxAliasCount: 0 }), line, fault };
  } catch {
    throw fault([], 'must not use aliases');
  }
}

function lineOf(document: Document, lines: LineCounter, path: MemberPath): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

/** `spec.match.images[1]`. */
const nameOf = (path: MemberPath): string =>
  path
    .map((key, i) => (typeof key === 'number' ? `[${key}]` : `${i === 0 ? '' : '.'}${printed(key)}`))
    .join('');

/** As it is when it is short and plain, else quoted: the parser repeats what stands in the file. */
const printed = (text: string): string => (/^[\x20-\x7e]{1,160}$/.test(text) ? text : quote(text));
