/** What several formats say in their own words. */
import type { Freedom } from '../model.js';
import type { ProfileParts } from '../profile.js';

/** `SYS_ADMIN`: as engines and Kubernetes spell capabilities. */
export const shortCapabilities = ({ capabilities }: ProfileParts): string[] =>
  capabilities.map(name => name.replace(/^CAP_/, ''));

/** True iff the container has a namespace of this type of its own. */
export const isOwn = ({ namespaces }: ProfileParts, type: string): boolean => namespaces.includes(type);

export const may = ({ freedoms }: ProfileParts, freedom: Freedom): boolean => freedoms.has(freedom);

/** True iff the container needs no interface but loopback: its own network namespace, and sockets of AF_UNIX only. */
export const isOffline = (parts: ProfileParts): boolean =>
  isOwn(parts, 'network') && parts.grants.rank('network') === 0;

/** `65534:65534`, or undefined where the image's own user may be any. */
export function userOf(parts: ProfileParts): string | undefined {
  const { uid, gid } = parts.foundation.nonroot;
  return may(parts, 'run-as-root') ? undefined : `${uid}:${gid}`;
}

/** The settings that belong to a namespace of the container; runtimes refuse to write those of the node. */
export function sysctlsOf(parts: ProfileParts): [string, string][] {
  return [...parts.foundation.sysctl].filter(([name]) => isOwn(parts, namespaceOf(name)));
}

/** The settings that would have to be written in a namespace of the node. */
export const nodeSysctls = (parts: ProfileParts): string[] =>
  [...parts.foundation.sysctl.keys()].filter(name => !isOwn(parts, namespaceOf(name)));

/** Paths that the foundation hides and the grants show. */
export const unmasked = ({ foundation, maskedPaths }: ProfileParts): string[] =>
  foundation.maskedPaths.filter(path => !maskedPaths.includes(path));

/** Paths that the foundation makes read-only and the grants do not. */
export const writablePaths = ({ foundation, readonlyPaths }: ProfileParts): string[] =>
  foundation.readonlyPaths.filter(path => !readonlyPaths.includes(path));

/** The namespace that a kernel setting belongs to. */
const namespaceOf = (sysctl: string): string => (sysctl.startsWith('net.') ? 'network' : 'ipc');
