/** The OCI runtime-spec fragment: what of config.json the profile decides. */
import type { JsonObject } from '../../json/types.js';
import type { Profile, ProfileParts } from '../profile.js';
import { SAID, unexpressedOf, type Emission, type Gaps } from './emission.js';
import { sysctlsOfNode } from './gaps.js';
import { seccompOf } from './seccomp.js';
import { sysctlsOf } from './words.js';

const GAPS: Gaps = {
  calls: SAID,
  capabilities: SAID,
  namespaces: SAID,
  maskedPaths: SAID,
  readonlyPaths: SAID,
  devices: SAID,
  freedoms: SAID,
  foundation: sysctlsOfNode,
};

export function emitOci(profile: Profile): Emission<JsonObject> {
  return { output: profile.toOci(), unexpressed: unexpressedOf(GAPS, profile) };
}

/**
 * `linux`, `process` and `root` of config.json.
 *
 * `process.user` is there when the container may not run as root: the user to take where the image and the pod name
 * none, or name 0. Inheritable and ambient capabilities are empty: a program that runs as another user has none.
 */
export function ociOf(parts: ProfileParts): JsonObject {
  return {
    linux: {
      maskedPaths: parts.maskedPaths,
      namespaces: parts.namespaces.map(type => ({ type })),
      readonlyPaths: parts.readonlyPaths,
      resources: { devices: deviceRules(parts) },
      seccomp: seccompOf(parts),
      sysctl: Object.fromEntries(sysctlsOf(parts)),
    },
    process: processOf(parts),
    root: { readonly: !parts.freedoms.has('write-root') },
  };
}

/** All refused, then what is granted; runtimes add the harmless ones (null, zero, random, tty, …) themselves. */
export function deviceRules({ devices }: ProfileParts): JsonObject[] {
  return [
    { access: 'rwm', allow: false },
    ...devices.map(({ type, access }) => ({ access, allow: true, type })),
  ];
}

function processOf({ capabilities, freedoms, foundation }: ProfileParts): JsonObject {
  const { uid, gid } = foundation.nonroot;
  return {
    capabilities: {
      ambient: [],
      bounding: capabilities,
      effective: capabilities,
      inheritable: [],
      permitted: capabilities,
    },
    noNewPrivileges: !freedoms.has('gain-privileges'),
    ...(freedoms.has('run-as-root') ? {} : { user: { gid, uid } }),
  };
}
