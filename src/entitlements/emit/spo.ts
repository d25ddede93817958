/**
 * Security Profiles Operator: a SeccompProfile (API v1, cluster-scoped). The pod then names
 * `operator/writ-<intent>.json`. It has no default error number: calls that nobody has a rule for answer EPERM where the
 * profile says ENOSYS, so every call that is refused with ENOSYS is named.
 *
 * https://github.com/kubernetes-sigs/security-profiles-operator
 */
import type { JsonObject } from '../../json/types.js';
import type { Profile } from '../profile.js';
import { gap, unexpressedOf, type Emission, type Gaps } from './emission.js';
import { architecturesOf, missingRules, rulesOf } from './seccomp.js';

const GAPS: Pick<Gaps, 'calls'> = {
  calls: gap(
    'seccomp.errno',
    () => true,
    'a SeccompProfile has no default error number: calls that it does not name answer EPERM instead of ENOSYS',
  ),
};

export function emitSpo(profile: Profile): Emission<JsonObject> {
  const { parts, intent } = profile;
  return {
    output: {
      apiVersion: 'security-profiles-operator.x-k8s.io/v1',
      kind: 'SeccompProfile',
      metadata: { name: `writ-${intent}` },
      spec: {
        architectures: architecturesOf(parts),
        defaultAction: 'SCMP_ACT_ERRNO',
        syscalls: [...rulesOf(parts.calls), ...missingRules(parts.calls)],
      },
    },
    unexpressed: unexpressedOf(GAPS, profile),
  };
}
