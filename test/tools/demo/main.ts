/**
 * `npm run demo`: the main job end to end, on real input, in a temporary folder. Builds and pushes an image, signs
 * it, asks admission three questions, looks the profile up and starts the container under it. Any surprise is exit 1.
 */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Narrator } from './narrator.js';
import { admitPods } from './admit.js';
import { enforce } from './enforce.js';
import { openStage } from './stage.js';

const folder = mkdtempSync(join(tmpdir(), 'writ-demo-'));
const narrator = new Narrator();
let close = (): Promise<void> => Promise.resolve();
try {
  const stage = await openStage(folder, narrator);
  close = stage.close;
  await admitPods(stage, narrator);
  enforce(stage, narrator);
} catch (error) {
  narrator.surprise(error instanceof Error ? error.message : String(error));
} finally {
  await close();
  rmSync(folder, { recursive: true, force: true });
}
process.exitCode = narrator.summary();
