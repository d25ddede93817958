/**
 * The `signed` parts of new documents. Each takes what the model holds, so that an edit is
 * `buildTargets({ ...current.value, version: current.value.version + 1, targets })`: what writ does not recognise
 * stays. Each reads back what it wrote: what a client would refuse is not built.
 */
import type { JsonObject } from '../../json/types.js';
import { formatExpires } from '../format/expires.js';
import {
  writeDelegationMembers,
  writeKeys,
  writeMap,
  writeMetaFile,
  writeRoleKeys,
  writeTargetFile,
} from '../format/tuf1-write.js';
import { readSigned } from '../format/tuf1.js';
import type { Models, Root, Snapshot, Targets, Timestamp } from '../model.js';
import type { RoleType } from '../role-name.js';

/** The version of the specification that new documents name. */
export const SPEC_VERSION = '1.0.34';

/** What a builder takes: the model, its constant members left out. */
type Input<M extends Models[RoleType]> = Omit<M, 'type' | 'specVersion'> & {
  readonly type?: string;
  readonly specVersion?: string | undefined;
};

/** @throws WritError TUF_FORMAT, JSON_TYPE, KEY_FORMAT for what a client would refuse */
export function buildRoot(input: Input<Root>): JsonObject {
  const { roles } = input;
  return build('root', input, {
    consistent_snapshot: input.consistentSnapshot,
    keys: writeKeys(input.keys),
    roles: {
      root: writeRoleKeys(roles.root),
      timestamp: writeRoleKeys(roles.timestamp),
      snapshot: writeRoleKeys(roles.snapshot),
      targets: writeRoleKeys(roles.targets),
    },
  });
}

/** @throws WritError TUF_FORMAT, JSON_TYPE for what a client would refuse */
export function buildTimestamp(input: Input<Timestamp>): JsonObject {
  return build('timestamp', input, { meta: { 'snapshot.json': writeMetaFile(input.snapshot) } });
}

/** @throws WritError TUF_FORMAT, JSON_TYPE for what a client would refuse */
export function buildSnapshot(input: Input<Snapshot>): JsonObject {
  return build('snapshot', input, { meta: writeMap(input.meta, writeMetaFile) });
}

/** @throws WritError TUF_FORMAT, TUF_ROLE_NAME, JSON_TYPE, KEY_FORMAT for what a client would refuse */
export function buildTargets(input: Input<Targets>): JsonObject {
  return build('targets', input, {
    targets: writeMap(input.targets, writeTargetFile),
    ...(input.delegations && writeDelegationMembers(input.delegations)),
  });
}

interface Common {
  readonly specVersion?: string | undefined;
  readonly version: number;
  readonly expires: Date;
  readonly unrecognized?: JsonObject | undefined;
}

function build(type: RoleType, input: Common, members: JsonObject): JsonObject {
  const signed: JsonObject = {
    ...input.unrecognized,
    _type: type,
    spec_version: input.specVersion ?? SPEC_VERSION,
    version: input.version,
    expires: formatExpires(input.expires),
    ...members,
  };
  readSigned(type, signed);
  return signed;
}
