/** The text of a policy file, checked against the schema. Loaded when a file is read: yaml and ajv cost 100 ms. */
import schema from '../../policies/schemas/admission-policy.schema.json' with { type: 'json' };
import { schemaCheck } from '../config/schema-check.js';
import { parseYaml, type YamlDocument } from '../config/yaml-text.js';
import { WritError } from '../errors.js';
import type { JsonObject } from '../json/types.js';
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
    readonly authority: JsonObject;
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

/** One policy of a file. */
export interface PolicyDocument extends Pick<YamlDocument, 'fault'> {
  readonly json: PolicyJson;
  readonly source: PolicySource;
}

const MAX_DOCUMENTS = 1000;

const check = schemaCheck<PolicyJson>(schema, 'is not a member of an admission policy');

/**
 * The policies of one file: YAML documents; empty ones do not count.
 *
 * @param file - for messages
 * @throws WritError POLICY_INVALID naming file, line, member, and what was expected
 */
export function parsePolicyFile(file: string, text: string): PolicyDocument[] {
  const documents = parseYaml(text, { code: 'POLICY_INVALID', file, whole: 'the policy' });
  if (documents.length > MAX_DOCUMENTS) {
    throw new WritError('POLICY_INVALID', `${file} holds more than ${MAX_DOCUMENTS} documents`);
  }
  return documents.map(document => ({
    json: check(document),
    source: { file, line: document.line([]) },
    fault: document.fault,
  }));
}
