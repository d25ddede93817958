/** JSON Schema as the check of a YAML file. Loaded when a file is read: the validator costs 60 ms. */
import { Ajv, type ErrorObject } from 'ajv';
import { suggest } from '../entitlements/suggest.js';

import type { MemberPath, YamlDocument } from './yaml-text.js';

/**
 * What checks documents against `schema`; a schema says in `expected` what a text must be, in words.
 *
 * @param unknown - what is said of a member that the schema does not know: `is not a setting`
 * @returns gives the value of a document; throws the document's fault: the place, and what was expected there
 */
export function schemaCheck<T>(schema: object, unknown: string): (document: YamlDocument) => T {
  const validate = new Ajv({
    strict: true,
    strictRequired: false,
    verbose: true,
    keywords: ['expected'],
  }).compile<T>(schema);
  return ({ value, fault }) => {
    if (validate(value)) return value;
    // The last error is the outermost one; `if` only repeats what is inside of it.
    const error = validate.errors?.findLast(({ keyword }) => keyword !== 'if');
    throw error === undefined
      ? fault([], 'is not as the schema wants it')
      : fault(placeOf(error), expectation(error, unknown));
  };
}

function placeOf({ instancePath, params }: ErrorObject): MemberPath {
  const keys = instancePath.split('/').slice(1).map(readStep);
  const extra: unknown = params['additionalProperty'] ?? params['propertyName'];
  return typeof extra === 'string' ? [...keys, extra] : keys;
}

/** One step of a JSON pointer, RFC 6901 §4; a number is a place in a list. */
const readStep = (step: string): string | number =>
  /^\d+$/.test(step) ? Number(step) : step.replaceAll('~1', '/').replaceAll('~0', '~');

function expectation(error: ErrorObject, unknown: string): string {
  const { keyword, params, schema, parentSchema, message } = error;
  const expected: unknown = parentSchema?.['expected'];
  if (typeof expected === 'string') return `must be ${expected}`;
  const limit = String(params['limit']);
  switch (keyword) {
    case 'type':
      return `must be ${TYPES.get(String(params['type'])) ?? String(params['type'])}`;
    case 'minimum':
      return `must be at least ${limit}`;
    case 'maximum':
      return `must be at most ${limit}`;
    case 'minItems':
      return `must have at least ${limit} ${limit === '1' ? 'entry' : 'entries'}`;
    case 'maxItems':
      return `must have at most ${limit} entries`;
    case 'minLength':
      return 'must not be empty';
    case 'maxLength':
      return `must have at most ${limit} characters`;
    case 'additionalProperties':
      return `${unknown}${meant(String(params['additionalProperty']), parentSchema?.['properties'])}`;
    case 'propertyNames':
      return unknown;
    case 'required':
      return `must have the member ${String(params['missingProperty'])}`;
    case 'enum':
      return `must be one of ${String(params['allowedValues']).replaceAll(',', ', ')}`;
    case 'const':
      return `must be ${String(params['allowedValue'])}`;
    case 'uniqueItems':
      return 'must not name one thing twice';
    case 'oneOf':
      return `must have exactly one of ${alternatives(schema).join(' and ')}`;
    default:
      return message ?? 'is not as the schema wants it';
  }
}

/** @param properties - of the schema: the members that there are */
function meant(typed: string, properties: unknown): string {
  const near = suggest(typed, Object.keys(properties ?? {}));
  return near === undefined ? '' : `; did you mean ${near}?`;
}

/** As people say it who write YAML. */
const TYPES: ReadonlyMap<string, string> = new Map([
  ['array', 'a list'],
  ['boolean', 'true or false'],
  ['integer', 'a whole number'],
  ['object', 'a mapping'],
  ['string', 'text'],
]);

/** The members that the branches of a `oneOf` require. */
const alternatives = (branches: unknown): string[] =>
  Array.isArray(branches)
    ? branches.map((branch: { required?: readonly string[] }) => String(branch.required ?? ''))
    : [];
