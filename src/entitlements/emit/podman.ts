/**
 * Podman: the arguments of `podman run`. It takes Docker's, hides and shows single paths, and makes capabilities that are named
 * effective for a user other than 0. They expect the format `docker-seccomp` in a file `<intent>.json`.
 *
 * https://docs.podman.io/en/latest/markdown/podman-run.1.html
 */
import type { JsonObject } from '../../json/types.js';
import type { Profile } from '../profile.js';
import { dockerArguments } from './docker.js';
import { SAID, unexpressedOf, type Emission, type Gaps } from './emission.js';
import { sysctlsOfNode } from './gaps.js';
import { ENGINE_ITEMS } from './items.js';
import { may, unmasked, writablePaths } from './words.js';

export const PODMAN_GAPS: Gaps = {
  calls: SAID,
  capabilities: SAID,
  namespaces: SAID,
  maskedPaths: SAID,
  readonlyPaths: SAID,
  devices: SAID,
  freedoms: SAID,
  foundation: sysctlsOfNode,
  items: ENGINE_ITEMS,
  limits: SAID,
};

export function emitPodman(profile: Profile): Emission<JsonObject> {
  return {
    output: { run: [...dockerArguments(profile), ...paths(profile)] },
    unexpressed: unexpressedOf(PODMAN_GAPS, profile),
  };
}

/** Podman's own list hides less than the profile does; `--read-only` alone would leave /tmp and /run writable. */
function paths({ parts }: Profile): string[] {
  const shown = [...unmasked(parts), ...writablePaths(parts)];
  return [
    `--security-opt=mask=${parts.maskedPaths.join(':')}`,
    ...(shown.length > 0 ? [`--security-opt=unmask=${shown.join(':')}`] : []),
    ...(may(parts, 'write-root') ? [] : ['--read-only-tmpfs=false']),
  ];
}
