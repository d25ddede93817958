/** The differences from notary-server that docs/notary-differences.md lists, for tests to hold it to. */
import { readFileSync } from 'node:fs';

export interface Difference {
  /** What it is about: a step of a recording, a mutation. */
  readonly step: string;
  /** The status and error code of notary-server. */
  readonly was: string;
  /** The service's. */
  readonly is: string;
}

/** The rows under one heading, by their first three columns. */
export function listedDifferences(heading: string): Difference[] {
  const text = readFileSync('docs/notary-differences.md', 'utf8');
  const section = text.split(/^## /m).find(part => part.startsWith(`${heading}\n`));
  if (section === undefined) throw new Error(`docs/notary-differences.md has no section ${heading}`);
  const rows = section.split('\n').filter(line => line.startsWith('| `'));
  return rows.map(row => {
    const [step = '', was = '', is = ''] = row
      .split('|')
      .slice(1)
      .map(cell => cell.trim().replaceAll('`', ''));
    return { step, was, is };
  });
}
