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
  /** One line of the decision log, complete. */
  decision(line: string): void;
  /** Writes what is gathered. */
  flush(): void;
}

const RANK: Readonly<Record<LogLevel, number>> = { debug: 0, info: 1, warn: 2, error: 3, silent: 4 };
const GATHER_MS = 50;
const GATHER_CHARACTERS = 64 * 1024;

/** @param write - takes whole lines, their ends included */
export function createLog(level: LogLevel, clock: Clock, write: (text: string) => void): ServiceLog {
  let gathered = '';
  let timer: NodeJS.Timeout | undefined;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    if (gathered === '') return;
    const text = gathered;
    gathered = '';
    write(text);
  };
  const add = (line: string): void => {
    gathered += `${line}\n`;
    if (gathered.length > GATHER_CHARACTERS) flush();
    else timer ??= setTimeout(flush, GATHER_MS).unref();
  };
  return {
    event(of, message, facts = {}) {
      if (RANK[of] < RANK[level]) return;
      add(JSON.stringify({ time: clock.now().toISOString(), log: 'service', level: of, message, ...facts }));
    },
    decision(line) {
      if (RANK[level] <= RANK.info) add(line);
    },
    flush,
  };
}
