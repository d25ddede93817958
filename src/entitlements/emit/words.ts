/** What several formats say in their own words. */
import { ANY } from '../items.js';
import type { Freedom } from '../model.js';
import type { ProfileParts } from '../profile.js';

/** `SYS_ADMIN`: as engines and Kubernetes spell capabilities. */
export const shortCapabilities = ({ capabilities }: ProfileParts): string[] =>
  capabilities.map(name => name.replace(/^CAP_/, ''));

/** True iff the container has a namespace of this type of its own. */
export const isOwn = ({ namespaces }: ProfileParts, type: string): boolean => namespaces.includes(type);

export const may = ({ freedoms }: ProfileParts, freedom: Freedom): boolean => freedoms.has(freedom);

/**
 * The capabilities to make ambient and inheritable: all that were granted where the container may not run as user 0. The
 * kernel leaves none to a program of another user otherwise, and drops what is ambient without being inheritable. A
 * container that may run as user 0 gets none: what it starts as another user is to have none.
 */
export const ambientOf = (parts: ProfileParts): readonly string[] =>
  may(parts, 'run-as-root') ? [] : parts.capabilities;

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
  return wantedSysctls(parts).filter(([name]) => isOwn(parts, namespaceOf(name)));
}

/** Those of the foundation, with what is granted over them; a setting with more than one granted value has none. */
function wantedSysctls({ foundation, items }: ProfileParts): [string, string][] {
  const granted = (items.get('sysctl') ?? []).filter(isSetting).map(splitSetting);
  const twice = new Set(granted.map(([name]) => name).filter((name, i, all) => all.indexOf(name) !== i));
  const once = granted.filter(([name]) => !twice.has(name));
  return [...new Map([...foundation.sysctl, ...once])];
}

/** Granted settings that no format can write: several values for one name, or any setting at all. */
export function undecidedSysctls(parts: ProfileParts): string[] {
  const written = new Map(wantedSysctls(parts));
  return (parts.items.get('sysctl') ?? []).filter(
    item => !isSetting(item) || written.get(splitSetting(item)[0]) !== splitSetting(item)[1],
  );
}

const isSetting = (item: string): boolean => item !== ANY;

function splitSetting(item: string): [name: string, value: string] {
  const equals = item.indexOf('=');
  return [item.slice(0, equals), item.slice(equals + 1)];
}

/** The settings that would have to be written in a namespace of the node. */
export const nodeSysctls = (parts: ProfileParts): string[] =>
  wantedSysctls(parts)
    .map(([name]) => name)
    .filter(name => !isOwn(parts, namespaceOf(name)));

/** Paths that the foundation hides and the grants show. */
export const unmasked = ({ foundation, maskedPaths }: ProfileParts): string[] =>
  foundation.maskedPaths.filter(path => !maskedPaths.includes(path));

/** Paths that the foundation makes read-only and the grants do not. */
export const writablePaths = ({ foundation, readonlyPaths }: ProfileParts): string[] =>
  foundation.readonlyPaths.filter(path => !readonlyPaths.includes(path));

/** The namespace that a kernel setting belongs to. */
const namespaceOf = (sysctl: string): string => (sysctl.startsWith('net.') ? 'network' : 'ipc');

/** True iff the grants lift every restriction on paths of /proc and /sys: the one step that many engines have. */
export const isBare = ({ maskedPaths, readonlyPaths }: ProfileParts): boolean =>
  maskedPaths.length === 0 && readonlyPaths.length === 0;
