/** The OCI runtime-spec fragment: what of config.json the profile decides. */
import type { JsonObject } from '../../json/types.js';
import type { Profile, ProfileParts } from '../profile.js';
import { gapsOf, SAID, unexpressedOf, type Emission, type Gaps } from './emission.js';
import { sysctlsOfNode, undecided, unsaidItems } from './gaps.js';
import {
  deviceFileRules,
  deviceFiles,
  limitsOf,
  mountsOf,
  rlimitsOf,
  ROOT_OF_NODE,
  UNKNOWN_DEVICES,
} from './oci-items.js';
import { seccompOf } from './seccomp.js';
import { ambientOf, sysctlsOf } from './words.js';

const GAPS: Gaps = {
  calls: SAID,
  capabilities: SAID,
  namespaces: SAID,
  maskedPaths: SAID,
  readonlyPaths: SAID,
  devices: SAID,
  freedoms: SAID,
  foundation: sysctlsOfNode,
  items: gapsOf(
    unsaidItems('config.json has no ports and no APIs: what is around the container decides', 'port', 'api'),
    ROOT_OF_NODE,
    UNKNOWN_DEVICES,
    undecided,
  ),
  limits: SAID,
};

export function emitOci(profile: Profile): Emission<JsonObject> {
  return { output: profile.toOci(), unexpressed: unexpressedOf(GAPS, profile) };
}

/**
 * `linux`, `process`, `root`, and `mounts` where paths of the node are granted, of config.json.
 *
 * `process.user` is there when the container may not run as root: the user to take where the image and the pod name
 * none, or name 0; such a user gets the granted capabilities ({@link ambientOf}).
 */
export function ociOf(parts: ProfileParts): JsonObject {
  return {
    linux: {
      maskedPaths: parts.maskedPaths,
      namespaces: parts.namespaces.map(type => ({ type })),
      readonlyPaths: parts.readonlyPaths,
      ...deviceFiles(parts),
      resources: resourcesOf(parts),
      seccomp: seccompOf(parts),
      sysctl: Object.fromEntries(sysctlsOf(parts)),
    },
    ...mountsOf(parts),
    process: processOf(parts),
    root: { readonly: !parts.freedoms.has('write-root') },
  };
}

function resourcesOf(parts: ProfileParts): JsonObject {
  return { devices: [...deviceRules(parts), ...deviceFileRules(parts)], ...limitsOf(parts) };
}

/** All refused, then what is granted; runtimes add the harmless ones (null, zero, random, tty, …) themselves. */
export function deviceRules({ devices }: ProfileParts): JsonObject[] {
  return [
    { access: 'rwm', allow: false },
    ...devices.map(({ type, access }) => ({ access, allow: true, type })),
  ];
}

function processOf(parts: ProfileParts): JsonObject {
  const { capabilities, freedoms, foundation } = parts;
  const { uid, gid } = foundation.nonroot;
  return {
    capabilities: {
      ambient: ambientOf(parts),
      bounding: capabilities,
      effective: capabilities,
      inheritable: ambientOf(parts),
      permitted: capabilities,
    },
    noNewPrivileges: !freedoms.has('gain-privileges'),
    ...rlimitsOf(parts),
    ...(freedoms.has('run-as-root') ? {} : { user: { gid, uid } }),
  };
}
