/** Tables and log lines as Notary's own client writes them. */
import type { NotaryLevel, NotaryLog } from '../../notary/log.js';
import type { CliIo } from '../io.js';

const PADDING = 4;

/** Rows under a heading that is underlined; every cell but the last as wide as its column and four. */
export function table(heading: readonly string[], rows: readonly (readonly string[])[]): string {
  const lines = [heading, heading.map(word => '-'.repeat(word.length)), ...rows.map(row => row.map(safe))];
  const width = (column: number): number =>
    Math.max(...lines.map(line => [...(line[column] ?? '')].length)) + PADDING;
  const widths = heading.map((_, column) => width(column));
  return lines
    .map(line =>
      line.map((cell, i) => (i === line.length - 1 ? cell : padded(cell, widths[i] ?? 0))).join(''),
    )
    .map(line => `${line}\n`)
    .join('');
}

const padded = (cell: string, width: number): string =>
  cell + ' '.repeat(Math.max(0, width - [...cell].length));

/** What came from a server must not steer a terminal. */
export const safe = (text: string): string => text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/gu, '\ufffd');

/** `text` with its end, where it is longer than `width`. */
export const ending = (text: string, width: number): string =>
  text.length <= width ? text : `...${text.slice(text.length - (width - 3))}`;

const RANK: Readonly<Record<NotaryLevel, number>> = { debug: 0, info: 1, warning: 2, error: 3 };

/** Writes messages of `least` and above to standard error. */
export const logTo =
  ({ stderr, clock }: Pick<CliIo, 'stderr' | 'clock'>, least: NotaryLevel): NotaryLog =>
  (level, message) => {
    if (RANK[level] < RANK[least]) return;
    const time = `${clock.now().toISOString().slice(0, 19)}Z`;
    stderr.write(`time="${time}" level=${level} msg=${JSON.stringify(safe(message))}\n`);
  };
