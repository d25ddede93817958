/** A finder in memory, and policies made from a few words. */
import { parseDigest, type Digest } from '../../src/image/digest.js';
import { parseImagePattern } from '../../src/image/pattern.js';
import { parseImageReference, type ImageReference } from '../../src/image/reference.js';
import { parseRepositoryName } from '../../src/image/repository-name.js';
import type { JsonObject } from '../../src/json/types.js';
import { parseKeyId } from '../../src/crypto/key-id.js';
import { parseRoleName } from '../../src/tuf/role-name.js';
import type { Grants } from '../../src/entitlements/grants.js';
import type { DigestFinder, ExpiredRole, SignedTarget } from '../../src/policy/finder.js';
import type { AdmissionPolicy } from '../../src/policy/model.js';
import { parseNamespacePattern } from '../../src/policy/namespace.js';
import { PolicySet } from '../../src/policy/policy-set.js';
import { writeSignedGrants } from '../../src/policy/signed-grants.js';
import { vouchImage } from '../../src/policy/vouch.js';
import type { Vouch } from '../../src/policy/vouch-types.js';
import { grants } from './language.js';

export const NOW = new Date('2026-11-21T00:00:00Z');
export const LATER = new Date('2026-11-22T00:00:00Z');
export const image = parseImageReference;
export const digest = (char: string): Digest => parseDigest(`sha256:${char.repeat(64)}`);

type Shape = Partial<Omit<AdmissionPolicy, 'namespaces' | 'images' | 'trust'>> & {
  namespaces?: string[];
  images?: string[];
  roles?: string[];
  repository?: string;
  threshold?: number;
};

export function policy({
  namespaces,
  images,
  roles,
  repository,
  threshold,
  ...rest
}: Shape = {}): AdmissionPolicy {
  return {
    name: 'p',
    source: { file: 'p.yaml', line: 1 },
    namespaces: (namespaces ?? ['prod']).map(parseNamespacePattern),
    images: (images ?? ['registry.example/team/**']).map(parseImagePattern),
    trust: {
      repository: parseRepositoryName(repository ?? 'example'),
      roles: (roles ?? ['team']).map(parseRoleName),
      threshold: threshold ?? 1,
    },
    authority: grants({ network: 'serve' }),
    ignoreSigned: false,
    unsignedGrants: { kind: 'deny' },
    onExcess: 'deny',
    nodes: [],
    accept: [],
    profile: 'localhost',
    mode: 'enforce',
    ...rest,
  };
}

/** What one role signed under one path. */
export function signed(
  path: string,
  named: Digest,
  carries?: Grants | JsonObject,
  role = 'team',
): SignedTarget {
  const custom =
    carries && 'toJson' in carries && typeof carries.toJson === 'function'
      ? write(carries as Grants)
      : carries;
  return {
    repository: parseRepositoryName('example'),
    role: parseRoleName(role),
    path,
    digest: named,
    length: 2,
    custom: custom as JsonObject | undefined,
    version: 3,
    signedBy: [parseKeyId('k1')],
  };
}
const write = (carries: Grants): JsonObject => writeSignedGrants(carries);

export class MemoryFinder implements DigestFinder {
  readonly generation = 1;
  readonly #targets: readonly SignedTarget[];
  readonly #expired: readonly ExpiredRole[];
  validUntil = LATER;
  asked: string[] = [];

  constructor(targets: readonly SignedTarget[], expired: readonly ExpiredRole[] = []) {
    this.#targets = targets;
    this.#expired = expired;
  }

  find(repository: string, roles: readonly string[], reference: ImageReference) {
    this.asked.push(`${repository} ${roles.join()} ${reference.toString()}`);
    return {
      targets: this.#targets.filter(
        target =>
          target.repository === repository &&
          roles.includes(target.role) &&
          target.path === reference.toString(),
      ),
      expired: this.#expired.filter(({ role }) => roles.includes(role)),
      validUntil: this.validUntil,
    };
  }

  byDigest(wanted: Digest): ImageReference[] {
    const pinned = this.#targets.filter(({ path }) => path.endsWith(`@${wanted}`)).map(({ path }) => path);
    return [...new Set(pinned)].map(parseImageReference);
  }
}

/** Both targets that signing writes. */
export const both = (
  name: string,
  tag: string,
  named: Digest,
  carries?: Grants | JsonObject,
  role?: string,
) => [signed(`${name}:${tag}`, named, undefined, role), signed(`${name}@${named}`, named, carries, role)];

export const decide = (
  text: string,
  targets: readonly SignedTarget[],
  policies: readonly AdmissionPolicy[] = [policy()],
  expired: readonly ExpiredRole[] = [],
): Vouch =>
  vouchImage(
    { reference: image(text), namespace: 'prod' },
    { policies: PolicySet.of(policies), finder: new MemoryFinder(targets, expired), now: NOW },
  );
