/** The text of a policy file, checked against the schema. Loaded when a file is read: yaml and ajv cost 100 ms. */
import { Ajv, type ErrorObject } from 'ajv';
import { isNode, isScalar, LineCounter, parseAllDocuments, type Document } from 'yaml';

import schema from '../../policies/schemas/admission-policy.schema.json' with { type: 'json' };
import { WritError } from '../errors.js';
import { quote } from '../image/quote.js';
import type { PolicySource } from './model.js';

/** What the schema lets through: the shape is right, names and patterns in it are still to be read. */
export interface PolicyJson {
  readonly metadata: { readonly name: string };
  readonly spec: {
    readonly match: { readonly namespaces: readonly string[]; readonly images: readonly string[] };
    readonly trust: {
      readonly repository: string;
      readonly roles: readonly string[];
      readonly threshold?: number;
    };
    readonly authority: Readonly<Record<string, string>>;
    readonly require?: { readonly grants?: 'signed' | 'policy' };
    readonly unsignedGrants?: string;
    readonly onExcess?: 'deny' | 'clamp';
    readonly nodes?: readonly {
      readonly arch: string;
      readonly runtime: string;
      readonly libseccomp?: string;
      readonly kernel?: string;
    }[];
    readonly accept?: readonly string[];
    readonly profile?: 'localhost' | 'runtime-default';
    readonly mode?: 'enforce' | 'warn' | 'audit';
  };
}

/** Names and array indexes that lead to a member. */
export type MemberPath = readonly (string | number)[];

/** One document of a policy file. */
export interface PolicyDocument {
  readonly json: PolicyJson;
  readonly source: PolicySource;
  /** The error that says: at this member, this is wrong. Names file and line. */
  fault(member: MemberPath, what: string, cause?: WritError): WritError;
}

const MAX_DOCUMENTS = 1000;

const validate = new Ajv({ strict: true }).compile<PolicyJson>(schema);

/**
 * The policies of one file: YAML 1.2 documents without duplicate keys, aliases or tags; JSON is YAML too.
 *
 * @param file - for messages
 * @throws WritError POLICY_INVALID naming file, line, member, and what was expected
 */
export function parsePolicyFile(file: string, text: string): PolicyDocument[] {
  const lines = new LineCounter();
  const options = {
    lineCounter: lines,
    schema: 'core',
    stringKeys: true,
    uniqueKeys: true,
    resolveKnownTags: false,
  } as const;
  const parsed = parseAllDocuments(text, options);
  const documents: readonly Document[] = 'empty' in parsed ? [] : parsed;
  if (documents.length > MAX_DOCUMENTS) {
    throw new WritError('POLICY_INVALID', `${file} holds more than ${MAX_DOCUMENTS} documents`);
  }
  for (const { errors, warnings } of documents) {
    const fault = errors[0] ?? warnings[0];
    if (fault === undefined) continue;
    const reason = (fault.message.split('\n', 1)[0] ?? '').replace(/ at line \d+, column \d+:?$/, '');
    throw new WritError('POLICY_INVALID', `${file}:${lines.linePos(fault.pos[0]).line}: ${reason}`);
  }
  return documents.filter(document => !isEmpty(document)).map(document => check(file, lines, document));
}

const isEmpty = ({ contents }: Document): boolean => isScalar(contents) && contents.value === null;

function check(file: string, lines: LineCounter, document: Document): PolicyDocument {
  const line = (path: MemberPath): number => lineOf(lines, document, path);
  const fault = (member: MemberPath, what: string, cause?: WritError): WritError =>
    new WritError('POLICY_INVALID', `${file}:${line(member)}: ${nameOf(member)} ${what}`, {
      ...(cause && { cause, hint: cause.hint }),
    });
  const json = toJson(document, fault);
  if (!validate(json)) {
    const [error] = validate.errors ?? [];
    throw fault(placeOf(error), expectation(error));
  }
  return { json, source: { file, line: line([]) }, fault };
}

function toJson(document: Document, fault: PolicyDocument['fault']): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 });
  } catch {
    throw fault([], 'must not use aliases');
  }
}

/** The line of a member, or of the nearest thing around it that is written. */
function lineOf(lines: LineCounter, document: Document, path: MemberPath): number {
  for (let length = path.length; length >= 0; length--) {
    const node = length === 0 ? document.contents : document.getIn(path.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

/** `spec.match.images[1]`. */
function nameOf(path: MemberPath): string {
  if (path.length === 0) return 'the policy';
  return path.map((key, i) => (typeof key === 'number' ? `[${key}]` : i === 0 ? key : `.${key}`)).join('');
}

function placeOf(error: ErrorObject | undefined): MemberPath {
  const keys = (error?.instancePath ?? '').split('/').slice(1).map(unescape);
  return error?.keyword === 'additionalProperties'
    ? [...keys, String(error.params['additionalProperty'])]
    : keys;
}

/** One step of a JSON pointer. RFC 6901 §4. */
function unescape(step: string): string | number {
  return /^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~');
}

/** What the schema expected, in words. */
function expectation(error: ErrorObject | undefined): string {
  const params: Readonly<Record<string, unknown>> = error?.params ?? {};
  switch (error?.keyword) {
    case 'additionalProperties':
      return 'is not a member of an admission policy';
    case 'required':
      return `must have the member ${String(params['missingProperty'])}`;
    case 'enum':
      return `must be ${String(params['allowedValues']).replaceAll(',', ' or ')}`;
    case 'const':
      return `must be ${String(params['allowedValue'])}`;
    case 'uniqueItems':
      return 'must not name one thing twice';
    default:
      return quotedMessage(error);
  }
}

const quotedMessage = (error: ErrorObject | undefined): string =>
  quote(error?.message ?? 'is not as the schema wants it')
    .slice(1, -1)
    .replaceAll('\\"', '"');
