/** A repository whose targets role is four hash bins, or any number of them, made by an owner in this process. */
import type { RepositoryPorts } from '../../src/repository/writer.js';
import { signDocument } from '../../src/tuf/build/sign.js';
import { buildTargets } from '../../src/tuf/build/signed-part.js';
import { binCount, binName, binNameOf } from '../../src/tuf/bins.js';
import type { Delegations, SuccinctRoles, TargetFile } from '../../src/tuf/model.js';
import type { RoleName } from '../../src/tuf/role-name.js';
import {
  DAY,
  documents,
  EXAMPLE,
  exampleService,
  keyMap,
  makeTargets,
  newKey,
  roleKeys,
  START,
  type TestKey,
  type TestService,
} from './publisher.js';

export const binKey = newKey();

export const succinctOf = (bitLength: number, namePrefix = 'bins', ...keys: TestKey[]): SuccinctRoles => ({
  ...roleKeys(...(keys.length > 0 ? keys : [binKey])),
  bitLength,
  namePrefix,
});
export const BINS = succinctOf(2);

export const toBins = (succinct: SuccinctRoles, ...keys: TestKey[]): Delegations => ({
  keys: keyMap(...(keys.length > 0 ? keys : [binKey])),
  roles: [],
  succinct,
});

export interface BinOptions {
  readonly version?: number;
  readonly targets?: ReadonlyMap<string, TargetFile>;
  readonly signer?: TestKey;
  readonly expires?: Date;
  readonly delegations?: Delegations;
}

export function makeBin(role: RoleName, options: BinOptions = {}): Promise<Uint8Array> {
  const { version = 1, targets = new Map(), signer = binKey, delegations } = options;
  const expires = options.expires ?? new Date(START.getTime() + 365 * DAY);
  return signDocument(buildTargets({ version, expires, targets, delegations }), role, [signer]);
}

/** A document of each bin, with those of `targets` that belong there. */
export async function makeBins(
  succinct: SuccinctRoles,
  options: BinOptions = {},
): Promise<Record<string, Uint8Array>> {
  const made: Record<string, Uint8Array> = {};
  for (let i = 0; i < binCount(succinct); i++) {
    const role = binNameOf(succinct, i);
    const targets = new Map(
      [...(options.targets ?? [])].filter(([path]) => binName(succinct, path) === role),
    );
    made[role] = await makeBin(role, { ...options, targets });
  }
  return made;
}

export const upload = async ({ service }: TestService, made: Record<string, Uint8Array>): Promise<string> =>
  (await service.upload(EXAMPLE, { documents: documents(made) })).upload;

/** `example`, whose targets are these bins. */
export async function binnedService(
  options: BinOptions & { readonly succinct?: SuccinctRoles; readonly ports?: Partial<RepositoryPorts> } = {},
): Promise<TestService> {
  const { succinct = BINS, ports, ...bins } = options;
  const made = await exampleService(ports);
  await made.service.publish(EXAMPLE, {
    base: { targets: 1 },
    documents: documents({ targets: await makeTargets({ version: 2, delegations: toBins(succinct) }) }),
    uploads: [await upload(made, await makeBins(succinct, bins))],
    filesElsewhere: true,
  });
  return made;
}
