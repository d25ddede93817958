/** What docs/dependencies.md says of the packages, held against the lock file and what is installed. */
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';

interface Locked {
  readonly dev?: boolean;
  readonly devOptional?: boolean;
  readonly hasInstallScript?: boolean;
  readonly gypfile?: boolean;
  readonly os?: readonly string[];
  readonly cpu?: readonly string[];
}
interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

const lock = JSON.parse(readFileSync('package-lock.json', 'utf8')) as { packages: Record<string, Locked> };
const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
const page = readFileSync('docs/dependencies.md', 'utf8');

/** Folder → what the lock file says, of all that `npm ci --omit=dev` installs. */
const production = Object.entries(lock.packages).filter(
  ([folder, { dev, devOptional }]) => folder !== '' && dev !== true && devOptional !== true,
);

describe('the production tree', () => {
  it('has at most 60 packages, and as many as docs/dependencies.md says', () => {
    expect(production.length).toBeLessThanOrEqual(60);
    expect(page).toMatch(new RegExp(`may have 60 packages and\\s+has ${production.length};`));
  });

  it.each(production)('%s runs nothing when it is installed, and needs no compiler', (folder, locked) => {
    expect(locked).not.toHaveProperty('hasInstallScript');
    expect(locked).not.toHaveProperty('gypfile');
    expect(locked).not.toHaveProperty('os');
    expect(locked).not.toHaveProperty('cpu');
    expect(existsSync(join(folder, 'binding.gyp'))).toBe(false);
    const native = readdirSync(folder, { recursive: true, encoding: 'utf8' }).filter(file =>
      file.endsWith('.node'),
    );
    expect(native).toEqual([]);
  });
});

/** The names in the first column of the table below a heading. */
function tableOf(heading: string): string[] {
  const section = page.split(/^## /m).find(text => text.startsWith(heading)) ?? '';
  return [...section.matchAll(/^\| ([^|]+?) +\|/gm)]
    .flatMap(([, names = '']) => names.split(', '))
    .filter(name => name !== 'package' && !name.startsWith('-'));
}

describe('every dependency has a reason, and every reason a dependency', () => {
  it.each([
    ['In production', manifest.dependencies],
    ['In development', manifest.devDependencies],
  ])('%s', (heading, dependencies) => {
    expect(tableOf(heading).sort()).toEqual(Object.keys(dependencies).sort());
  });
});
