/** Questions to the person at the terminal. Questions and their marks go to stderr: stdout is for results. */
import { WritError } from '../errors.js';
import type { CliIo } from './io.js';

const MAX_TYPED = 1024;
const ENTER = /[\r\n\u0004]/;
const BACKSPACE = /[\b\u007f]/;
const INTERRUPT = '\u0003';

/**
 * One line typed without echo.
 *
 * @throws WritError CLI_PASSPHRASE when it is interrupted (Ctrl-C), or the input ends before a line does
 */
export async function readHidden(
  { stdin, stderr }: Pick<CliIo, 'stdin' | 'stderr'>,
  question: string,
): Promise<string> {
  stderr.write(question);
  stdin.setRawMode?.(true);
  stdin.resume();
  try {
    return await hiddenLine(stdin);
  } finally {
    stdin.pause();
    stdin.setRawMode?.(false);
    stderr.write('\n');
  }
}

function hiddenLine(stdin: CliIo['stdin']): Promise<string> {
  return new Promise((resolve, reject) => {
    const decoder = new TextDecoder();
    let typed: string[] = [];
    const finish = (act: () => void): void => {
      stdin.removeListener('data', onData);
      stdin.removeListener('end', onEnd);
      act();
    };
    const stop = (why: string): void => {
      finish(() => {
        reject(new WritError('CLI_PASSPHRASE', why));
      });
    };
    const onEnd = (): void => {
      stop('the input ended before a pass-phrase was typed');
    };
    const onData = (chunk: Uint8Array | string): void => {
      const text = typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
      for (const char of text) {
        if (char === INTERRUPT) {
          stop('interrupted');
          return;
        }
        if (ENTER.test(char)) {
          finish(() => {
            resolve(typed.join(''));
          });
          return;
        }
        if (BACKSPACE.test(char)) typed = typed.slice(0, -1);
        else if (typed.length < MAX_TYPED) typed.push(char);
      }
    };
    stdin.on('data', onData);
    stdin.on('end', onEnd);
  });
}

const YES = /^y(es)?$/i;

/** True iff the person answers `y` or `yes`; an input that ends is a no. */
export async function askYesNo({ stdin, stderr }: CliIo, question: string): Promise<boolean> {
  stderr.write(`${question} [y/N] `);
  stdin.resume();
  try {
    return YES.test((await shownLine(stdin)).trim());
  } finally {
    stdin.pause();
  }
}

/** One line typed with echo, without what ends it; an input that ends ends the line. */
export async function readShown({ stdin }: Pick<CliIo, 'stdin'>): Promise<string> {
  stdin.resume();
  try {
    return (await shownLine(stdin)).split(/[\r\n]/, 1)[0] ?? '';
  } finally {
    stdin.pause();
  }
}

/** What is typed until the end of a line; the terminal shows and corrects it. */
function shownLine(stdin: CliIo['stdin']): Promise<string> {
  return new Promise(resolve => {
    let typed = '';
    const decoder = new TextDecoder();
    const finish = (): void => {
      stdin.removeListener('data', onData);
      stdin.removeListener('end', finish);
      resolve(typed);
    };
    const onData = (chunk: Uint8Array | string): void => {
      typed += typeof chunk === 'string' ? chunk : decoder.decode(chunk, { stream: true });
      if (ENTER.test(typed) || typed.length > MAX_TYPED) finish();
    };
    stdin.on('data', onData);
    stdin.on('end', finish);
  });
}
