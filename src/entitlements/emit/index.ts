/** The output formats, one line each. */
import { WritError } from '../../errors.js';
import type { Profile } from '../profile.js';
import { quoted } from '../text.js';
import { emitDocker } from './docker.js';
import type { Emission, Emitter } from './emission.js';
import { emitKubernetes } from './kubernetes.js';
import { emitOci } from './oci.js';
import { emitSeccomp } from './seccomp.js';

const EMITTERS: ReadonlyMap<string, Emitter> = new Map([
  ['oci', emitOci],
  ['seccomp', emitSeccomp],
  ['docker', emitDocker],
  ['kubernetes', emitKubernetes],
]);

export const FORMATS: readonly string[] = [...EMITTERS.keys()];

/**
 * `profile` in one of {@link FORMATS}, and what that format has no words for.
 *
 * @throws WritError PROFILE_FORMAT
 */
export function emit(format: string, profile: Profile): Emission {
  const emitter = EMITTERS.get(format);
  if (emitter) return emitter(profile);
  throw new WritError('PROFILE_FORMAT', `there is no output format ${quoted(format)}`, {
    hint: `the formats are ${FORMATS.join(', ')}`,
  });
}
