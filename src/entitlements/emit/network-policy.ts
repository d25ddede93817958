/**
 * A NetworkPolicy that says of packets what the `network` level says of sockets. Which addresses are reached is no matter of
 * grants, so a level from `user` on leaves all of them open.
 * https://kubernetes.io/docs/concepts/services-networking/network-policies/
 */
import type { JsonObject } from '../../json/types.js';
import type { Profile, ProfileParts } from '../profile.js';
import { isOffline, isOwn } from './words.js';

const ANYTHING: readonly JsonObject[] = [{}];
const UNPRIVILEGED_PORTS = 1024;
const LAST_PORT = 65_535;

/** Its labels name the intent: pods with the annotation `writ.dev/intent` need it as a label too to be selected. */
export function networkPolicy({ parts, intent }: Profile): JsonObject {
  const offline = isOffline(parts);
  return {
    apiVersion: 'networking.k8s.io/v1',
    kind: 'NetworkPolicy',
    metadata: { name: `writ-${intent.slice(0, NAME_DIGITS)}` },
    spec: {
      podSelector: { matchLabels: { 'writ.dev/intent': intent.slice(0, LABEL_DIGITS) } },
      policyTypes: ['Ingress', 'Egress'],
      ingress: offline ? [] : ingress(parts),
      egress: offline ? [] : ANYTHING,
    },
  };
}

const NAME_DIGITS = 32;
/** A label has at most 63 characters. */
const LABEL_DIGITS = 63;

/** Whoever may open raw sockets answers more than TCP and UDP. */
function ingress(parts: ProfileParts): readonly JsonObject[] {
  if (!isOwn(parts, 'network') || parts.capabilities.includes('CAP_NET_RAW')) return ANYTHING;
  const range = parts.capabilities.includes('CAP_NET_BIND_SERVICE')
    ? {}
    : { port: UNPRIVILEGED_PORTS, endPort: LAST_PORT };
  return [{ ports: ['TCP', 'UDP'].map(protocol => ({ protocol, ...range })) }];
}
