/** The log of a service on a stream of the process. */
import { writeSync } from 'node:fs';
import type { CliIo } from './io.js';

/** A full disk ends a stream for good. The log goes on when there is space again, and what did not fit is lost. */
export function logTo(stream: CliIo['stderr']): (text: string) => void {
  return text => {
    if (stream.errored === null) stream.write(text);
    else if (stream.fd !== undefined) appendTo(stream.fd, text);
  };
}

function appendTo(fd: number, text: string): void {
  try {
    writeSync(fd, text);
  } catch {
    // There is nowhere to say so.
  }
}
