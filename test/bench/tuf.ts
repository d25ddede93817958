/** Speed and scale of TUF metadata, in both directions. */
import type { Result } from './report.js';
import { largeSnapshot, manyKeys, thresholds } from './tuf-verify.js';

export default async function tuf(): Promise<Result[]> {
  return [...(await largeSnapshot()), ...(await thresholds()), ...(await manyKeys())];
}
