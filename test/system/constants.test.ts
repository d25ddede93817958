/** The names of values that questions may use, against the headers that are installed. */
import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, it } from 'vitest';
import { CONSTANTS } from '../../src/entitlements/constants.js';
import { findProgram } from '../support/programs.js';
import { describeWith } from '../support/system.js';
import { temporaryFolder } from './writ-serve.js';

const HEADERS =
  'stdio.h sched.h signal.h sys/socket.h netinet/in.h netinet/tcp.h linux/netlink.h asm/ioctls.h linux/personality.h';

describeWith(['gcc'], 'names of values', () => {
  it('have the values of the headers', () => {
    const folder = temporaryFolder();
    const lines = [...CONSTANTS.keys()].map(
      name => `#ifdef ${name}\n  printf("${name} %u\\n", (unsigned)${name});\n#endif`,
    );
    const includes = HEADERS.split(' ').map(header => `#include <${header}>`);
    const source = ['#define _GNU_SOURCE', ...includes, 'int main(void) {', ...lines, '  return 0;', '}'];
    writeFileSync(join(folder, 'names.c'), `${source.join('\n')}\n`);
    execFileSync(findProgram('gcc') ?? 'gcc', ['-o', 'names', 'names.c'], { cwd: folder });
    const found = execFileSync(join(folder, 'names'), { encoding: 'utf8' }).trim().split('\n');
    const values = new Map(found.map(line => [line.split(' ')[0] ?? '', Number(line.split(' ')[1])]));
    expect(values.size).toBeGreaterThan(100);
    for (const [name, value] of values) expect([name, value]).toEqual([name, CONSTANTS.get(name)]);
  });
});
