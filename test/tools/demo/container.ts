/** Starts a real container with runc under a compiled profile. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs';
import { basename, join } from 'node:path';

export interface Outcome {
  status: number;
  output: string;
}

interface OciConfig {
  process: Record<string, unknown>;
  root: Record<string, unknown>;
  linux: Record<string, unknown>;
  [key: string]: unknown;
}

let started = 0;

/**
 * Runs one command in a fresh container.
 *
 * @param folder - where to put the bundle
 * @param rootfs - the unpacked image
 * @param profile - the OCI runtime-spec fragment that the lookup answered, as parsed JSON
 */
export function runContainer(
  folder: string,
  rootfs: string,
  profile: Partial<OciConfig>,
  args: string[],
): Outcome {
  // Its cgroups are named so among all of the machine.
  const id = `${basename(folder)}-${++started}`;
  const bundle = join(folder, id);
  mkdirSync(bundle, { recursive: true });
  symlinkSync(rootfs, join(bundle, 'rootfs'));
  expectSuccess(spawnSync('runc', ['spec', '--bundle', bundle], { encoding: 'utf8' }));
  const file = join(bundle, 'config.json');
  const config = JSON.parse(readFileSync(file, 'utf8')) as OciConfig;
  const merged: OciConfig = {
    ...config,
    ...profile,
    process: { ...config.process, ...profile.process, args, terminal: false, env: ['PATH=/bin'] },
    root: { ...config.root, ...profile.root, path: rootfs },
    linux: { ...config.linux, ...profile.linux },
  };
  writeFileSync(file, JSON.stringify(merged));
  const { status, stdout, stderr, error } = spawnSync(
    'runc',
    ['--root', join(folder, 'runc'), 'run', '--bundle', bundle, id],
    {
      encoding: 'utf8',
      timeout: 200_000,
    },
  );
  if (error) throw error;
  return { status: status ?? 128, output: `${stdout}${stderr}`.trim() };
}

function expectSuccess({
  status,
  stderr,
  error,
}: {
  status: number | null;
  stderr: string;
  error?: Error;
}): void {
  if (error) throw error;
  if (status !== 0) throw new Error(`runc spec failed: ${stderr}`);
}
