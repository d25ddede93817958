/** Speed and scale of TUF metadata, in both directions. */
import type { Result } from './report.js';
import { findInBins } from './tuf-find.js';
import { importing } from './tuf-import.js';
import { largeSnapshot, manyKeys, thresholds } from './tuf-verify.js';

export default async function tuf(): Promise<Result[]> {
  return [
    ...(await findInBins()),
    ...(await thresholds()),
    ...(await manyKeys()),
    ...(await largeSnapshot()),
    ...(await importing()),
  ];
}
