/**
 * Docker: the arguments of `docker run`, and the seccomp file in Docker's format that they name.
 * `output.run` expects `output.seccomp` in a file `<intent>.json`.
 */
import type { Profile } from '../profile.js';
import type { Emission, Unexpressed } from './emission.js';
import { ENOSYS, rulesOf, SECCOMP_ARCH } from './seccomp.js';

export function emitDocker(profile: Profile): Emission {
  const { target, calls } = profile.parts;
  return {
    output: {
      run: runArguments(profile),
      seccomp: {
        defaultAction: 'SCMP_ACT_ERRNO',
        defaultErrnoRet: ENOSYS,
        // No subArchitectures: the tables of other widths stay out of the filter.
        archMap: [{ architecture: SECCOMP_ARCH[target.arch], subArchitectures: [] }],
        syscalls: rulesOf(calls),
      },
    },
    unexpressed: unexpressedBy(profile),
  };
}

function runArguments({ parts, intent }: Profile): string[] {
  const { capabilities, freedoms, foundation, devices, grants } = parts;
  const { uid, gid } = foundation.nonroot;
  return [
    '--cap-drop=ALL',
    ...capabilities.map(name => `--cap-add=${name.replace(/^CAP_/, '')}`),
    ...(freedoms.has('gain-privileges') ? [] : ['--security-opt=no-new-privileges']),
    `--security-opt=seccomp=${intent}.json`,
    ...(freedoms.has('write-root') ? [] : ['--read-only']),
    ...(freedoms.has('run-as-root') ? [] : [`--user=${uid}:${gid}`]),
    ...(grants.rank('network') === 0 ? ['--network=none'] : []),
    ...(parts.namespaces.includes('pid') ? [] : ['--pid=host']),
    ...devices.map(({ type, access }) => `--device-cgroup-rule=${type} *:* ${access}`),
    ...[...foundation.sysctl].map(([name, value]) => `--sysctl=${name}=${value}`),
  ];
}

/** Docker masks its own list of paths; its flags can only lift the whole list. */
function unexpressedBy({ parts: { foundation, maskedPaths, readonlyPaths } }: Profile): Unexpressed[] {
  const masked = foundation.maskedPaths.length !== maskedPaths.length;
  const readonly = foundation.readonlyPaths.length !== readonlyPaths.length;
  const reason = 'docker has no flag for single paths: its default list stays';
  return [
    ...(masked ? [{ name: 'masked-paths', reason }] : []),
    ...(readonly ? [{ name: 'readonly-paths', reason }] : []),
  ];
}
