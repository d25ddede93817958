/** Members `"name":{"version":7}`, of which the snapshot of many hash bins has thousands. */
import { endOfDigits, numberAt } from './digits.js';
import { MemberRuns } from './member-run.js';

const BETWEEN = '":{"version":';
const CLOSE = 0x7d;

/** Each says a version from 1 on. */
export const VERSION_RUNS = new MemberRuns<number>({
  between: BETWEEN,
  // `"":{"version":1},`
  shortest: BETWEEN.length + 4,
  depth: 4,
  endOf(bytes, start) {
    const end = endOfDigits(bytes, start);
    return bytes[end] === CLOSE ? end + 1 : -1;
  },
  read: (bytes, start, end) => numberAt(bytes, start, end - 1),
});
