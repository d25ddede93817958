/** The output formats, one line each. */
import { WritError } from '../../errors.js';
import type { Profile } from '../profile.js';
import { quoted } from '../text.js';
import { emitAppArmor } from './apparmor.js';
import { emitAppc } from './appc.js';
import { emitCompose } from './compose.js';
import { emitDocker, emitDockerSeccomp } from './docker.js';
import type { Emission, Emitter } from './emission.js';
import { emitKubernetes } from './kubernetes.js';
import { emitLinuxkit } from './linuxkit.js';
import { emitOci } from './oci.js';
import { emitPodman } from './podman.js';
import { emitQuadlet } from './quadlet.js';
import { emitSeccompArtifact } from './seccomp-artifact.js';
import { emitSeccomp } from './seccomp.js';
import { emitSpo } from './spo.js';
import { emitSwarm } from './swarm.js';

export interface Format {
  readonly emitter: Emitter;
  /** `yaml` for documents that people keep as YAML, `text` for languages of their own. */
  readonly syntax: 'json' | 'yaml' | 'text';
  /** `filter` for formats that are a filter of system calls and nothing else. */
  readonly scope: 'profile' | 'filter';
}

const format = (emitter: Emitter, syntax: Format['syntax'], scope: Format['scope'] = 'profile'): Format => ({
  emitter,
  syntax,
  scope,
});

const EMITTERS: ReadonlyMap<string, Format> = new Map([
  ['oci', format(emitOci, 'json')],
  ['seccomp', format(emitSeccomp, 'json', 'filter')],
  ['docker', format(emitDocker, 'json')],
  ['docker-seccomp', format(emitDockerSeccomp, 'json', 'filter')],
  ['compose', format(emitCompose, 'yaml')],
  ['swarm', format(emitSwarm, 'yaml')],
  ['kubernetes', format(emitKubernetes, 'yaml')],
  ['security-profiles-operator', format(emitSpo, 'yaml', 'filter')],
  ['seccomp-artifact', format(emitSeccompArtifact, 'json', 'filter')],
  ['linuxkit', format(emitLinuxkit, 'yaml')],
  ['podman', format(emitPodman, 'json')],
  ['quadlet', format(emitQuadlet, 'text')],
  ['appc', format(emitAppc, 'json')],
  ['apparmor', format(emitAppArmor, 'text')],
]);

export const FORMATS: readonly string[] = [...EMITTERS.keys()];

/** @throws WritError PROFILE_FORMAT */
export function formatOf(name: string): Format {
  const found = EMITTERS.get(name);
  if (found) return found;
  throw new WritError('PROFILE_FORMAT', `there is no output format ${quoted(name)}`, {
    hint: `the formats are ${FORMATS.join(', ')}`,
  });
}

/**
 * `profile` in one of {@link FORMATS}, and what that format has no words for.
 *
 * @throws WritError PROFILE_FORMAT; PROFILE_TOO_LARGE where the format has limits
 */
export function emit(name: string, profile: Profile): Emission {
  return formatOf(name).emitter(profile);
}
