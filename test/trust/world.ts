/** A simulated repository of images, and a service's trust in it. */
import { parseDigest, type Digest } from '../../src/image/digest.js';
import { parseImageReference } from '../../src/image/reference.js';
import { parseRepositoryName } from '../../src/image/repository-name.js';
import type { JsonObject } from '../../src/json/types.js';
import { MemoryMetadataStore } from '../../src/tuf/memory-store.js';
import { parseRoleName, type RoleName } from '../../src/tuf/role-name.js';
import { TrustedRepository, type TrustedRepositoryOptions } from '../../src/trust/trusted-repository.js';
import { Simulator } from '../tuf/simulator.js';

export const EXAMPLE = parseRepositoryName('example');
export const role = parseRoleName;
export const image = parseImageReference;
export const digest = (char: string): Digest => parseDigest(`sha256:${char.repeat(64)}`);
export const A = digest('a');
export const B = digest('b');
export const APP = 'registry.example/team/app';
export const TEAM: readonly RoleName[] = [role('team')];

/** An organisation whose top-level targets delegate registry.example/team to `team`. */
export function organisation(): Simulator {
  const simulator = new Simulator();
  simulator.delegate('targets', 'team', ['registry.example/team/*'], { terminating: true });
  simulator.commit('targets');
  return simulator;
}

/** Both targets of one image, in the role; to be committed. */
export function sign(
  simulator: Simulator,
  tag: string,
  signed: Digest,
  by = 'team',
  custom?: JsonObject,
  name = APP,
): void {
  const target = { length: 2, hashes: { sha256: signed.slice('sha256:'.length) } };
  const { targets } = simulator.targets.get(by)!;
  targets[`${name}:${tag}`] = target;
  targets[`${name}@${signed}`] = { ...target, ...(custom && { custom }) };
}

export function trust(
  simulator: Simulator,
  roles: readonly RoleName[] = TEAM,
  more: Partial<TrustedRepositoryOptions> = {},
): TrustedRepository {
  return new TrustedRepository({
    name: EXAMPLE,
    root: simulator.files.get('1.root.json')!,
    fetcher: simulator.fetcher,
    store: new MemoryMetadataStore(),
    clock: { now: () => new Date(simulator.now) },
    roles,
    ...more,
  });
}

export const at = (simulator: Simulator): Date => new Date(simulator.now);

/** What the trust says about a reference: `team a` for a target of team with digest a…, or the code of its refusal. */
export function ask(repository: TrustedRepository, simulator: Simulator, text: string, roles = TEAM): string {
  try {
    const { targets, expired } = repository.find(roles, image(text), at(simulator));
    const found = targets.map(target => `${target.role} ${target.digest.slice(7, 8)}`);
    return [...found, ...expired.map(one => `${one.role} expired`)].join(', ') || 'none';
  } catch (error) {
    return (error as { code: string }).code;
  }
}
