/** Policy files on disk. */
import { readdir, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { readNamedFile } from '../config/named-file.js';
import { reasonOf, WritError } from '../errors.js';
import type { AdmissionPolicy } from './model.js';
import { PolicySet } from './policy-set.js';
import { readPolicy, type PolicyLanguage } from './read-policy.js';

const MAX_FILE = 1024 * 1024;
const MAX_FILES = 10_000;
const EXTENSION = /\.(?:ya?ml|json)$/;

/**
 * The policies of files and folders; of a folder its files `*.yaml`, `*.yml` and `*.json` that do not begin with a
 * dot, not those of folders in it. All or nothing: one bad file refuses all, so that whoever reloads keeps the set it has.
 *
 * @param paths - no path, or a folder without files, gives a set that denies everything
 * @throws WritError POLICY_READ for what cannot be read or is larger than 1 MiB; POLICY_INVALID; POLICY_AMBIGUOUS
 */
export async function loadPolicies(paths: readonly string[], language: PolicyLanguage): Promise<PolicySet> {
  const files = (await Promise.all(paths.map(filesOf))).flat();
  if (files.length > MAX_FILES) {
    throw new WritError('POLICY_READ', `there are ${files.length} policy files, more than ${MAX_FILES}`);
  }
  const policies: AdmissionPolicy[] = [];
  for (const file of files) policies.push(...(await parsePolicies(file, await readText(file), language)));
  return PolicySet.of(policies);
}

/**
 * The policies of one text.
 *
 * @param file - for messages
 * @throws WritError POLICY_INVALID naming file, line, member, and what was expected
 */
export async function parsePolicies(
  file: string,
  text: string,
  language: PolicyLanguage,
): Promise<AdmissionPolicy[]> {
  const { parsePolicyFile } = await import('./parse-file.js');
  return parsePolicyFile(file, text).map(document => readPolicy(document, language));
}

/** In the order of their names, so that the same files give the same messages. */
async function filesOf(path: string): Promise<string[]> {
  try {
    if (!(await stat(path)).isDirectory()) return [path];
    const names = await readdir(path);
    const files = names.filter(name => EXTENSION.test(name) && !name.startsWith('.')).sort();
    return files.map(name => join(path, name));
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

async function readText(path: string): Promise<string> {
  try {
    const { bytes } = await readNamedFile(path, MAX_FILE);
    return new TextDecoder('utf-8', { fatal: true }).decode(bytes);
  } catch (cause) {
    throw unreadable(path, cause);
  }
}

const unreadable = (path: string, cause: unknown): WritError =>
  new WritError('POLICY_READ', `the policy file ${path} cannot be read: ${reasonOf(cause)}`, { cause });
