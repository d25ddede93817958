import schema from '../../policies/schemas/writ.schema.json' with { type: 'json' };
import { own } from './own.js';
import { schemaCheck } from './schema-check.js';
import type { ConfigFile } from './types.js';
import { parseYaml } from './yaml-text.js';

/** The settings of a document, as the schema wants them; throws its fault. */
export const checkSettings = schemaCheck<object>(schema, 'is not a setting');

/**
 * `text` as configuration: one YAML document, as the schema wants it. An empty one says nothing.
 *
 * @throws WritError CONFIG_INVALID: file, line, member, and what was expected
 */
export function parseConfigFile(path: string, text: string): ConfigFile {
  const [document, second] = parseYaml(text, { code: 'CONFIG_INVALID', file: path, whole: 'the file' });
  if (second !== undefined) throw second.fault([], 'must be one document');
  if (document === undefined) return { path, line: () => 1, value: () => undefined };
  const content = checkSettings(document);
  return { path, line: document.line, value: name => name.split('.').reduce<unknown>(own, content) };
}
