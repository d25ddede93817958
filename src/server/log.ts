/** The service's log: lines of JSON, gathered for a moment and written together. */
import type { LogLevel } from '../config/types.js';
import type { Clock } from '../tuf/ports.js';

export interface ServiceLog {
  /** One event. `facts` are JSON values, never secrets. */
  event(
    level: 'debug' | 'info' | 'warn' | 'error',
    message: string,
    facts?: Readonly<Record<string, unknown>>,
  ): void;
  /** One line of the decision log; it is made when it is written. */
  decision(line: () => string): void;
  /** Writes what is gathered. */
  flush(): void;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };
const GATHER_MS = 50;
const GATHER_LINES = 256;

/**
 * Lines are made together: what many requests do in turn costs much less done at a stretch.
 *
 * @param write - takes whole lines, their ends included
 */
export function createLog(level: LogLevel, clock: Clock, write: (text: string) => void): ServiceLog {
  let gathered: (() => string)[] = [];
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (gathered.length === 0) return;
    const lines = gathered;
    gathered = [];
    write(lines.map(line => `${line()}\n`).join(''));
  };
  const add = (line: () => string): void => {
    gathered.push(line);
    if (gathered.length >= GATHER_LINES) flush();
    else timer ??= setTimeout(flush, GATHER_MS).unref();
  };
  return {
    event(of, message, facts = {}) {
      if (RANK[of] < RANK[level]) return;
      const time = clock.now().toISOString();
      add(() => JSON.stringify({ time, log: 'service', level: of, message, ...facts }));
    },
    decision(line) {
      if (RANK[level] <= RANK.info) add(line);
    },
    flush,
  };
}
