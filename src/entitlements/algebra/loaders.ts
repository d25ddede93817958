/** Who may load a profile: what differs between runtimes, and the architectures that there are tables for. */
import type { Architecture, Catalogue } from '../model.js';
import { SECCOMP_ARCH } from '../emit/seccomp.js';
import type { FilteredArchitecture, Loader } from './oci.js';

/** AUDIT_ARCH_* of linux/audit.h. */
export const AUDIT_ARCH: Readonly<Record<Architecture, number>> = { amd64: 0xc000003e, arm64: 0xc00000b7 };

/** @param highest - the highest number that the machine's libseccomp has a name for */
export function makeLoader(
  { tables }: Catalogue,
  {
    runtime,
    arch,
    highest,
  }: { readonly runtime: Loader['runtime']; readonly arch: Architecture; readonly highest: number },
): Loader {
  const architectures = new Map<string, FilteredArchitecture>();
  for (const { arch: name, numbers } of tables.values()) {
    const known = [...numbers].filter(([, number]) => number <= highest);
    architectures.set(SECCOMP_ARCH[name], { audit: AUDIT_ARCH[name], numbers: new Map(known) });
  }
  return { runtime, architectures, native: SECCOMP_ARCH[arch] };
}
