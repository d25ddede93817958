import { Ajv, type ErrorObject } from 'ajv';
import { isNode, LineCounter, parseDocument, type Document } from 'yaml';

import schema from '../../policies/schemas/writ.schema.json' with { type: 'json' };
import { WritError } from '../errors.js';
import { own } from './own.js';
import type { ConfigFile } from './types.js';

const validate = new Ajv({ allErrors: false, strict: true, strictRequired: false, verbose: true }).compile(
  schema,
);

/**
 * `text` as configuration: YAML 1.2 without duplicate keys, aliases or tags, and as the schema wants it.
 *
 * @throws WritError CONFIG_INVALID: file, line, member, and what was expected
 */
export function parseConfigFile(path: string, text: string): ConfigFile {
  const lines = new LineCounter();
  const document = parseDocument(text, {
    lineCounter: lines,
    schema: 'core',
    stringKeys: true,
    uniqueKeys: true,
  });
  const fault = document.errors[0] ?? document.warnings[0];
  if (fault !== undefined) {
    const reason = fault.message.split('\n', 1)[0]?.replace(/ at line \d+, column \d+:?$/, '');
    throw invalid(path, lines.linePos(fault.pos[0]).line, reason ?? 'is not YAML');
  }
  const line = (keys: Keys): number => lineOf(document, lines, keys);
  const content = toValue(path, document);
  if (!validate(content)) {
    throw describe(path, validate.errors ?? [], line);
  }
  return { path, line, value: name => name.split('.').reduce<unknown>(own, content) };
}

/** An empty file says nothing, and is as good as an empty mapping. */
function toValue(path: string, document: Document): unknown {
  try {
    return document.toJS({ maxAliasCount: 0 }) ?? {};
  } catch (cause) {
    throw new WritError('CONFIG_INVALID', `${path}: aliases are not allowed`, { cause });
  }
}

function lineOf(document: Document, lines: LineCounter, keys: Keys): number {
  for (let length = keys.length; length > 0; length--) {
    const node = document.getIn(keys.slice(0, length), true);
    if (isNode(node) && node.range) return lines.linePos(node.range[0]).line;
  }
  return 1;
}

type Keys = readonly (string | number)[];

/** The last error is the outermost one; `if` only repeats what is inside of it. */
function describe(path: string, errors: readonly ErrorObject[], line: (keys: Keys) => number): WritError {
  const error = errors.findLast(candidate => candidate.keyword !== 'if');
  if (error === undefined) return invalid(path, 1, 'the file is not as the schema wants it');
  const keys = pointerKeys(error.instancePath);
  const extra: unknown = error.params['additionalProperty'];
  const at = typeof extra === 'string' ? [...keys, extra] : keys;
  return invalid(path, line(at), `${dotted(at)} ${expectation(error)}`);
}

/** RFC 6901; a member that is a number is the place in a list. */
function pointerKeys(pointer: string): Keys {
  return pointer
    .split('/')
    .slice(1)
    .map(key => key.replaceAll('~1', '/').replaceAll('~0', '~'))
    .map(key => (/^\d+$/.test(key) ? Number(key) : key));
}

function dotted(keys: Keys): string {
  const text = keys.map(key => (typeof key === 'number' ? `[${key}]` : `.${key}`)).join('');
  return text === '' ? 'the file' : text.replace(/^\./, '');
}

/** What was expected, in words: the schema's own description of a text, else its keyword. */
function expectation({ keyword, params, schema, parentSchema, message }: ErrorObject): string {
  const description: unknown = parentSchema?.['description'];
  switch (keyword) {
    case 'additionalProperties':
      return 'is not a setting';
    case 'required':
      return `must have ${String(params['missingProperty'])}`;
    case 'enum':
      return `must be one of ${String(params['allowedValues']).replaceAll(',', ', ')}`;
    case 'oneOf':
      return `must have exactly one of ${alternatives(schema).join(' and ')}`;
    default:
      return typeof description === 'string'
        ? `must be ${description}`
        : (message ?? 'is not as the schema wants it');
  }
}

/** The members that the branches of a `oneOf` require. */
function alternatives(branches: unknown): string[] {
  return Array.isArray(branches)
    ? branches.map((branch: { required?: readonly string[] }) => String(branch.required ?? ''))
    : [];
}

function invalid(path: string, line: number, what: string): WritError {
  return new WritError('CONFIG_INVALID', `${path}:${line}: ${what}`);
}
