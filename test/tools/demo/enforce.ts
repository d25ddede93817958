/** Looks the profile up and starts the container under it, with and without the grant for user namespaces. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { findProgram } from '../../support/programs.js';
import { runContainer } from './container.js';
import type { Narrator } from './narrator.js';
import type { Stage } from './stage.js';

export function enforce(stage: Stage, narrator: Narrator): void {
  narrator.chapter('The node looks the profile up');
  const narrow = lookup(stage, narrator, 'narrow.json');
  if (narrow === undefined) return;

  narrator.chapter('The container starts under it');
  const reason = cannotRun(stage);
  if (reason !== undefined) {
    narrator.skip(reason);
    return;
  }
  const run = (profile: Record<string, unknown>, ...args: string[]) =>
    runContainer(stage.folder, stage.image.rootfs, profile, args);
  const hello = run(narrow, '/bin/sh', '-c', 'echo it runs as $(id -u)');
  narrator.expect(
    `the program runs and prints: ${hello.output}`,
    hello.status === 0 && hello.output.startsWith('it runs'),
    hello.output,
  );
  const refused = run(narrow, '/bin/unshare', '-U', '/bin/true');
  narrator.expect(
    `a call outside its grants fails with EPERM: ${refused.output}`,
    refused.status !== 0 && refused.output.includes('Operation not permitted'),
    `exit ${refused.status}: ${refused.output}`,
  );

  narrator.chapter('The same image, signed again with --grant kernel.userns=allow');
  const signing = stage.sign('network=user', 'kernel.userns=allow');
  narrator.expect('writ sign', signing.status === 0, signing.stderr);
  const wide = lookup(stage, narrator, 'wide.json');
  if (wide === undefined) return;
  const granted = run(wide, '/bin/unshare', '-U', '/bin/true');
  narrator.expect(
    'the same call succeeds',
    granted.status === 0,
    `exit ${granted.status}: ${granted.output}`,
  );
}

function lookup(stage: Stage, narrator: Narrator, name: string): Record<string, unknown> | undefined {
  const file = join(stage.folder, name);
  const arch = process.arch === 'arm64' ? 'arm64' : 'amd64';
  const found = stage.writ(
    'lookup',
    stage.signed,
    '--namespace',
    'default',
    '--arch',
    arch,
    '--runtime',
    'runc-1.1',
    '--profile',
    '-o',
    file,
  );
  narrator.expect(
    'writ lookup --profile answers, and the digest of what it fetched is right',
    found.status === 0,
    found.stderr,
  );
  return found.status === 0 ? (JSON.parse(readFileSync(file, 'utf8')) as Record<string, unknown>) : undefined;
}

function cannotRun(stage: Stage): string | undefined {
  if (findProgram('runc') === undefined) return 'no runc: the container is not started';
  if (process.getuid?.() !== 0) return 'not root: the container is not started';
  return stage.image.runnable ? undefined : 'no busybox-static: nothing to start in the image';
}
