/**
 * A seccomp profile as an OCI artifact (KEP-6061): `manifest`, its `config` and its one `layer`, each to be stored as
 * canonical JSON, which is what the digests and sizes in the manifest are of.
 *
 * A runtime validates it, and merges it with its own baseline: rules of one call that give different answers are a conflict
 * and refuse the whole profile, so calls that are tested have rules that permit and none that refuse.
 *
 * https://github.com/kubernetes/enhancements/issues/6061
 */
import { sha256Hex } from '../../crypto/digest.js';
import { WritError } from '../../errors.js';
import { canonicalBytes } from '../../json/canonical.js';
import type { JsonObject } from '../../json/types.js';
import type { CallPolicy, Profile } from '../profile.js';
import { gap, gapsOf, unexpressedOf, type Emission, type Gaps } from './emission.js';
import { architecturesOf, argsOf, ENOSYS, namedRules } from './seccomp.js';

const MEDIA_TYPE = 'application/vnd.cncf.seccomp-profile.config.v1+json';

/** Bytes of the layer, and rules that name one call: what a runtime accepts by default. */
export const MAX_LAYER_BYTES = 1024 * 1024;
export const MAX_RULES_PER_CALL = 128;

const isTested = ({ permits }: CallPolicy): boolean => typeof permits === 'object';
const hasPairs = ({ permits }: CallPolicy): boolean =>
  typeof permits === 'object' && permits.some(cube => cube.length > 1);

const GAPS: Pick<Gaps, 'calls'> = {
  calls: gapsOf(
    gap(
      'seccomp.errno',
      ({ calls }) => calls.some(call => isTested(call) && call.refusal === 'EPERM'),
      'rules of one call may not give two answers: arguments that are refused answer ENOSYS instead of EPERM',
    ),
    gap(
      'seccomp.arguments',
      ({ calls }) => calls.some(hasPairs),
      ({ calls }) =>
        `a runtime that merges profiles refuses calls whose rules test several arguments: ${calls
          .filter(hasPairs)
          .map(({ name }) => name)
          .join(', ')}`,
    ),
  ),
};

/** @throws WritError PROFILE_TOO_LARGE when a runtime would not accept the artifact */
export function emitSeccompArtifact(profile: Profile): Emission<JsonObject> {
  const layer = layerOf(profile);
  const bytes = canonicalBytes(layer);
  if (bytes.length > MAX_LAYER_BYTES)
    throw tooLarge(`it has ${bytes.length} bytes, at most ${MAX_LAYER_BYTES} fit`);
  const config = {};
  const manifest = {
    schemaVersion: 2,
    mediaType: 'application/vnd.oci.image.manifest.v1+json',
    artifactType: MEDIA_TYPE,
    config: descriptor(MEDIA_TYPE, canonicalBytes(config)),
    layers: [
      {
        ...descriptor('application/json', bytes),
        annotations: { 'org.opencontainers.image.title': 'seccomp.json' },
      },
    ],
    annotations: { 'dev.writ.intent': profile.intent },
  };
  return { output: { manifest, config, layer }, unexpressed: unexpressedOf(GAPS, profile) };
}

const descriptor = (mediaType: string, bytes: Uint8Array): JsonObject => ({
  mediaType,
  digest: `sha256:${sha256Hex(bytes)}`,
  size: bytes.length,
});

function layerOf({ parts }: Profile): JsonObject {
  const { calls } = parts;
  return {
    architectures: architecturesOf(parts),
    defaultAction: 'SCMP_ACT_ERRNO',
    defaultErrnoRet: ENOSYS,
    syscalls: [...namedRules(calls), ...calls.flatMap(permitting)],
  };
}

function permitting({ name, permits }: CallPolicy): JsonObject[] {
  if (typeof permits === 'string') return [];
  if (permits.length > MAX_RULES_PER_CALL)
    throw tooLarge(`${name} has ${permits.length} rules, at most ${MAX_RULES_PER_CALL} may name one call`);
  return permits.map(cube => ({ action: 'SCMP_ACT_ALLOW', args: argsOf(cube), names: [name] }));
}

const tooLarge = (why: string): WritError =>
  new WritError('PROFILE_TOO_LARGE', `the profile is too large for a seccomp artifact: ${why}`);
