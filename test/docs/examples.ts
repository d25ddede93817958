/**
 * The examples of a page: fenced blocks in the order of the page. `console` blocks are commands (`$ …`) with what they
 * print; a block whose info string names a file (`yaml policy.yaml`) is that file. Blocks of other kinds are prose.
 */
import { readFileSync } from 'node:fs';

export interface Command {
  readonly kind: 'command';
  /** As a shell takes it; lines that end in a backslash are joined. */
  readonly text: string;
  /** Of a comment `# exit N` at its end; else 0. */
  readonly exit: number;
  /** What the page shows of stdout and stderr; `…` stands for anything. Empty: nothing is claimed. */
  readonly output: string;
  readonly line: number;
}

export interface File {
  readonly kind: 'file';
  readonly name: string;
  readonly text: string;
}

interface Block {
  readonly info: string;
  readonly lines: readonly string[];
  /** Of the first line inside, from 1. */
  readonly line: number;
}

/** @param page - path of a Markdown file */
export function examplesOf(page: string): (Command | File)[] {
  return blocksOf(readFileSync(page, 'utf8')).flatMap((block): (Command | File)[] => {
    const [language, name] = block.info.split(' ');
    if (language === 'console') return commandsOf(block);
    return name === undefined ? [] : [{ kind: 'file', name, text: `${block.lines.join('\n')}\n` }];
  });
}

function blocksOf(markdown: string): Block[] {
  const blocks: Block[] = [];
  const lines = markdown.split('\n');
  for (let i = 0; i < lines.length; i++) {
    const info = /^```(\S.*)$/.exec(lines[i] ?? '')?.[1];
    if (info === undefined) continue;
    const end = lines.indexOf('```', i);
    if (end === -1) throw new Error(`the block in line ${i + 1} has no end`);
    blocks.push({ info, lines: lines.slice(i + 1, end), line: i + 2 });
    i = end;
  }
  return blocks;
}

function commandsOf({ lines, line }: Block): Command[] {
  const commands: Command[] = [];
  for (let i = 0; i < lines.length; i++) {
    if (!lines[i]?.startsWith('$ ')) throw new Error(`line ${line + i} is output of no command`);
    const start = i;
    let text = (lines[i] ?? '').slice(2);
    while (text.endsWith('\\')) text = `${text.slice(0, -1)}${(lines[++i] ?? '').trim()}`;
    const output: string[] = [];
    while (i + 1 < lines.length && !lines[i + 1]?.startsWith('$ ')) output.push(lines[++i] ?? '');
    const exit = Number(/ # exit (\d+)$/.exec(text)?.[1] ?? 0);
    commands.push({ kind: 'command', text, exit, output: output.join('\n').trim(), line: line + start });
  }
  return commands;
}

/**
 * True when `printed` is what the page shows: `…` stands for anything within a line, and as a line of its own for any
 * lines or none. Columns may be of another width.
 */
export function matches(shown: string, printed: string): boolean {
  const lines = shown.trim().split('\n').map(plain);
  const pattern = lines.map(line => (line === '…' ? '(?:.*\\n)*' : `${inLine(line)}\\n`)).join('');
  return new RegExp(`^${pattern}$`).test(`${printed.trim().split('\n').map(plain).join('\n')}\n`);
}

const plain = (line: string): string => line.trimEnd().replace(/ {2,}/g, '  ');
const inLine = (line: string): string => line.split('…').map(escaped).join('.*');
const escaped = (text: string): string => text.replace(/[.*+?^${}()|[\]\\]/g, '\\$&');
