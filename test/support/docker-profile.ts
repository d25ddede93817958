/** Profiles in Docker's format, which say different things on different machines, for one machine. */
import type { JsonObject } from '../../src/json/types.js';

interface Conditions {
  readonly caps?: readonly string[];
  readonly arches?: readonly string[];
  readonly minKernel?: string;
}

interface Rule {
  readonly names: readonly string[];
  readonly action: string;
  readonly args?: readonly JsonObject[] | null;
  readonly errnoRet?: number;
  readonly includes?: Conditions;
  readonly excludes?: Conditions;
}

export interface Machine {
  /** As Go names it. */
  readonly arch: string;
  /** The first name of the architecture in the profile: `SCMP_ARCH_X86_64`. */
  readonly architecture: string;
  readonly capabilities: readonly string[];
}

/** What containers get that ask for nothing, of Docker 20 and later. */
export const DEFAULT_CAPABILITIES: readonly string[] = [
  ...['CHOWN', 'DAC_OVERRIDE', 'FSETID', 'FOWNER', 'MKNOD', 'NET_RAW', 'SETGID', 'SETUID', 'SETFCAP'],
  ...['SETPCAP', 'NET_BIND_SERVICE', 'SYS_CHROOT', 'KILL', 'AUDIT_WRITE'],
].map(name => `CAP_${name}`);

/** As moby's profiles/seccomp does on a recent kernel. */
export function forMachine(profile: JsonObject, { arch, architecture, capabilities }: Machine): JsonObject {
  const { syscalls, defaultAction, defaultErrnoRet } = profile as unknown as {
    syscalls: readonly Rule[];
    defaultAction: string;
    defaultErrnoRet?: number;
  };
  const applies = ({ includes = {}, excludes = {} }: Rule): boolean => {
    const { caps, arches } = includes;
    if (arches && arches.length > 0 && !arches.includes(arch)) return false;
    if (caps && !caps.every(name => capabilities.includes(name))) return false;
    if (excludes.arches?.includes(arch)) return false;
    return excludes.caps?.some(name => capabilities.includes(name)) !== true;
  };
  return {
    defaultAction,
    ...(defaultErrnoRet !== undefined && { defaultErrnoRet }),
    architectures: [architecture],
    syscalls: syscalls.filter(applies).map(({ names, action, args, errnoRet }) => ({
      names,
      action,
      ...(args && { args }),
      ...(errnoRet !== undefined && { errnoRet }),
    })),
  };
}
