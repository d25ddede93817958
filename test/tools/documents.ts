/** The generated documents. A test and CI fail when a committed one differs. */
import { renderReference } from '../../src/cli/reference.js';
import { renderConfigReference } from '../../src/config/reference.js';
import { presetsPage } from './preset-document.js';
import { entitlementsPage, homesPage } from './entitlement-documents.js';
import { ERROR_CATALOGUE, type ErrorEntry } from '../../src/errors.js';

const CONFIGURATION = await renderConfigReference();

/** Every generated document: its path from the root of the project, and its text. */
export function generatedDocuments(): ReadonlyMap<string, string> {
  return new Map([
    ['docs/entitlements.md', entitlementsPage()],
    ['docs/reference/errors.md', errorReference()],
    ['docs/reference/homes.md', homesPage()],
    ['docs/reference/presets.md', presetsPage()],
    ['docs/reference/cli.md', renderReference()],
    ['docs/reference/configuration.md', CONFIGURATION],
  ]);
}

/** The page of every error code, in the order of the alphabet. */
function errorReference(): string {
  const rows = Object.entries(ERROR_CATALOGUE as Record<string, ErrorEntry>)
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(
      ([code, entry]) =>
        `| \`${code}\` | ${cell(entry.meaning)} | ${entry.status} | ${entry.exit} | ${cell(entry.hint)} |`,
    );
  return [
    '# Error codes',
    '',
    'Generated from `src/error-catalogue/` by `npm run docs`; do not edit.',
    '',
    'Every failure has one stable code. On the command line it is `error: MESSAGE`, `hint: HINT` and `code: CODE` on',
    'stderr and an exit code (1: no, or failed; 2: wrong usage, which has no line for its code, `USAGE`); with `--json`',
    'and over HTTP it is `{"error": {"code", "message", "hint"}}` with the status below.',
    '',
    '| code | meaning | HTTP | exit | what to do |',
    '|---|---|---|---|---|',
    ...rows,
    '',
  ].join('\n');
}

const cell = (text: string): string => text.replaceAll('|', '\\|');
