/**
 * The least of the Pod Security levels that lets in a pod as the Kubernetes emitter writes it.
 * https://kubernetes.io/docs/concepts/security/pod-security-standards/
 */
import type { ProfileParts } from '../profile.js';
import { isOwn, may, shortCapabilities, sysctlsOf } from './words.js';

export type PodSecurityLevel = 'privileged' | 'baseline' | 'restricted';

const BASELINE_CAPABILITIES: ReadonlySet<string> = new Set([
  'AUDIT_WRITE',
  'CHOWN',
  'DAC_OVERRIDE',
  'FOWNER',
  'FSETID',
  'KILL',
  'MKNOD',
  'NET_BIND_SERVICE',
  'SETFCAP',
  'SETGID',
  'SETPCAP',
  'SETUID',
  'SYS_CHROOT',
]);

/** Those that every supported version of the standard has. */
const SAFE_SYSCTLS: ReadonlySet<string> = new Set([
  'kernel.shm_rmid_forced',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.ip_unprivileged_port_start',
  'net.ipv4.ping_group_range',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_keepalive_intvl',
  'net.ipv4.tcp_keepalive_probes',
  'net.ipv4.tcp_keepalive_time',
  'net.ipv4.tcp_syncookies',
]);

export function podSecurityLevel(parts: ProfileParts): PodSecurityLevel {
  if (!isBaseline(parts)) return 'privileged';
  return isRestricted(parts) ? 'restricted' : 'baseline';
}

const isBaseline = (parts: ProfileParts): boolean =>
  ['ipc', 'network', 'pid'].every(type => isOwn(parts, type)) &&
  shortCapabilities(parts).every(name => BASELINE_CAPABILITIES.has(name)) &&
  sysctlsOf(parts).every(([name]) => SAFE_SYSCTLS.has(name));

const isRestricted = (parts: ProfileParts): boolean =>
  !may(parts, 'gain-privileges') &&
  !may(parts, 'run-as-root') &&
  shortCapabilities(parts).every(name => name === 'NET_BIND_SERVICE');
