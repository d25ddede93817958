/** Where a program of this machine is. */
import { accessSync, constants, existsSync, readdirSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Where Debian puts the programs of PostgreSQL. */
const POSTGRESQL = '/usr/lib/postgresql';
const SYSTEM_PATHS = [
  '/usr/local/sbin',
  '/usr/sbin',
  '/sbin',
  ...(existsSync(POSTGRESQL) ? readdirSync(POSTGRESQL).map(version => join(POSTGRESQL, version, 'bin')) : []),
];

/** The full path of a program on PATH or in the system folders, or undefined. */
export function findProgram(name: string): string | undefined {
  const folders = [...(process.env['PATH'] ?? '').split(delimiter), ...SYSTEM_PATHS];
  return folders.map(folder => join(folder, name)).find(isExecutable);
}

function isExecutable(path: string): boolean {
  try {
    accessSync(path, constants.X_OK);
    return true;
  } catch {
    return false;
  }
}
