/**
 * `npm run syscalls -- FOLDER [--check]`: writes policies/syscalls/*.yaml, src/entitlements/word-arguments.ts and
 * src/entitlements/since.ts from the FOLDER that fetch.sh filled; with --check it fails when one differs.
 */
import { readFileSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { format, resolveConfig } from 'prettier';
import {
  common,
  KERNEL_TABLES,
  parseDefinitions,
  parseTable,
  sinceKernel,
  sinceTable,
  wordArguments,
  type Row,
} from './kernel.js';
import {
  renderArguments,
  renderSince,
  renderTable,
  type CallFacts,
  type Names,
  type TableFacts,
} from './render.js';

/** x32 calls carry this bit. */
const X32_BIT = 0x40000000;

const [folder = '', ...flags] = process.argv.slice(2);
const check = flags.includes('--check');
const read = (...path: string[]): string => readFileSync(join(folder, ...path), 'utf8');

const linux =
  /^VERSION = (\d+)\nPATCHLEVEL = (\d+)/m.exec(read('linux', 'Makefile'))?.slice(1).join('.') ?? '?';
const libraries = readdirSync(join(folder, 'names')).sort();
const rows = new Map(
  Object.entries(KERNEL_TABLES).map(([arch, { file, abis }]) => [
    arch,
    parseTable(read('linux', file), abis),
  ]),
);

for (const [arch, table] of rows)
  emit(`policies/syscalls/${arch}.yaml`, renderTable(tableFacts(arch, table)));
const facts = callFacts();
await emitCode('src/entitlements/word-arguments.ts', renderArguments(facts));
await emitCode('src/entitlements/since.ts', renderSince(facts));

async function emitCode(path: string, text: string): Promise<void> {
  emit(path, await format(text, { ...(await resolveConfig(path)), filepath: path }));
}

function emit(path: string, text: string): void {
  if (!check) writeFileSync(path, text);
  else if (readFileSync(path, 'utf8') !== text) {
    console.error(`error: ${path} differs from its sources\nhint: npm run syscalls -- ${folder}`);
    process.exitCode = 1;
  }
}

/** The kernel's numbers, and those that only libseccomp has a name for: arm's private ones are in no table. */
function tableFacts(arch: string, table: readonly Row[]): TableFacts {
  const libseccomp = new Map(libraries.map(version => [version, namesOf(version, arch)]));
  const newest = libseccomp.get(libraries.at(-1) ?? '') ?? new Map<string, number>();
  const numbers = new Map([...newest, ...table.map(({ name, number }) => [name, number] as const)]);
  for (const [name, number] of newest) {
    if (numbers.get(name) !== number)
      throw new Error(`${arch}: ${name} is ${number} and ${numbers.get(name)}`);
  }
  return { arch, linux, numbers: new Map([...numbers].sort(([, a], [, b]) => a - b)), libseccomp };
}

function namesOf(version: string, arch: string): Names {
  const bit = arch === 'x32' ? X32_BIT : 0;
  const lines = read('names', version).trim().split('\n');
  return new Map(
    lines.flatMap(line => {
      const [table, number, name = ''] = line.split(' ');
      return table === arch ? [[name, Number(number) - bit]] : [];
    }),
  );
}

function callFacts(): CallFacts {
  const definitions = definitionsOf(join(folder, 'linux'));
  const entries = new Map<string, Set<string>>();
  for (const row of [...rows.values()].flat())
    for (const entry of row.entries) entries.set(row.name, (entries.get(row.name) ?? new Set()).add(entry));
  const args = new Map<string, ReadonlyMap<string, number>>();
  for (const [name, all] of entries) {
    const shapes = [...all].flatMap(entry => definitions.get(entry) ?? [new Map()]);
    args.set(name, common(shapes));
  }
  return { linux, args, since: sinceOf([...entries.keys()]) };
}

/** The 32-bit arguments of every definition, by the name of its entry point. */
function definitionsOf(root: string): Map<string, ReadonlyMap<string, number>[]> {
  const found = new Map<string, ReadonlyMap<string, number>[]>();
  const files = readdirSync(root, { recursive: true, encoding: 'utf8' }).filter(file => file.endsWith('.c'));
  for (const file of files) {
    const [top = '', arch = ''] = file.split('/');
    const isOther = top === 'arch' && !['arm', 'arm64', 'powerpc', 'riscv', 's390', 'x86'].includes(arch);
    if (isOther || ['tools', 'samples', 'drivers', 'Documentation'].includes(top)) continue;
    for (const [name, parameters] of parseDefinitions(readFileSync(join(root, file), 'utf8')))
      found.set(name, [...(found.get(name) ?? []), wordArguments(parameters)]);
  }
  return found;
}

function sinceOf(names: readonly string[]): Map<string, string> {
  const pages = new Set(readdirSync(join(folder, 'man2')));
  const table = sinceTable(read('man2', 'syscalls.2'));
  const found = new Map<string, string>();
  for (const name of names) {
    const page = `${name}.2`;
    const since = table.get(name) ?? (pages.has(page) ? sinceKernel(read('man2', page)) : undefined);
    if (since !== undefined) found.set(name, since);
  }
  return found;
}
