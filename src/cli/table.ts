import { oneLine } from './printable.js';

/** Rows of cells, every column but the last as wide as its widest cell; rows may be short. */
export function columns(cells: readonly (readonly string[])[], indent = '  '): string {
  const rows = cells.map(row => row.map(oneLine));
  const widths: number[] = [];
  for (const row of rows) {
    for (const [i, cell] of row.slice(0, -1).entries()) widths[i] = Math.max(widths[i] ?? 0, cell.length);
  }
  const line = (row: readonly string[]): string =>
    row.map((cell, i) => (i === row.length - 1 ? cell : cell.padEnd(widths[i] ?? 0))).join('  ');
  return rows.map(row => `${indent}${line(row)}`.trimEnd()).join('\n');
}
