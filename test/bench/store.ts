/** Durable commits of the embedded store, alone and together, beside a bare append and fdatasync. */
import { mkdtempSync, rmSync } from 'node:fs';
import { open } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openLowdbIndex } from '../../src/storage/lowdb-index.js';
import { median, type Result } from './report.js';

const ROUNDS = 300;
const TOGETHER = 16;

export default async function store(): Promise<Result[]> {
  const folder = mkdtempSync(join(tmpdir(), 'writ-bench-'));
  const index = await openLowdbIndex(join(folder, 'index'));
  const file = await open(join(folder, 'bare'), 'a');
  const record = { sha256: '0'.repeat(64), length: 1234, version: 7 };
  const line = Buffer.from(`${JSON.stringify(record)}\n`);
  const times = { bare: [] as number[], one: [] as number[], group: [] as number[] };
  const commit = (key: string): Promise<void> =>
    index.transaction(tx => {
      tx.put(key, record);
    });
  try {
    for (let i = 0; i < ROUNDS; i++) {
      times.bare.push(
        await timed(async () => {
          await file.write(line);
          await file.datasync();
        }),
      );
      times.one.push(await timed(() => commit(`one/${i}`)));
      const group = Array.from({ length: TOGETHER }, (_, n) => `group/${i}/${n}`);
      times.group.push((await timed(() => Promise.all(group.map(commit)))) / TOGETHER);
    }
  } finally {
    await file.close();
    await index.close();
    rmSync(folder, { recursive: true });
  }
  const beside = { baseline: median(times.bare), baselineName: 'append and fdatasync', unit: 'ms' };
  return [
    { what: 'one durable commit', value: median(times.one), ...beside },
    { what: `a durable commit among ${TOGETHER} at once`, value: median(times.group), ...beside },
  ];
}

async function timed(work: () => Promise<unknown>): Promise<number> {
  const start = performance.now();
  await work();
  return performance.now() - start;
}
