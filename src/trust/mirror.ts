/** One repository as one refresh found it: immutable, so that a decision sees one consistent set of documents. */
import { WritError } from '../errors.js';
import type { Digest } from '../image/digest.js';
import { parseImageReference, type ImageReference } from '../image/reference.js';
import type { RepositoryName } from '../image/repository-name.js';
import type { RepositoryView } from '../tuf/client/view.js';
import type { RoleName } from '../tuf/role-name.js';
import type { Answer, ExpiredAnswer, VouchedTarget } from './answer.js';
import {
  earlier,
  isCurrent,
  mirrorRole,
  speaksFor,
  statementOf,
  type MirroredRole,
} from './mirrored-role.js';

/** A top-level role and when it expires. */
interface Expiry {
  readonly role: RoleName;
  readonly expires: Date;
}

const TOP_LEVEL = ['root', 'timestamp', 'snapshot', 'targets'] as const;

export class Mirror {
  readonly name: RepositoryName;
  readonly roles: ReadonlyMap<RoleName, MirroredRole>;
  /** The first of root, timestamp, snapshot and targets to expire: then the repository as a whole is stale. */
  readonly first: Expiry;
  /** The versions of the top-level roles. */
  readonly versions: Readonly<Record<(typeof TOP_LEVEL)[number], number>>;

  private constructor(name: RepositoryName, view: RepositoryView, roles: readonly MirroredRole[]) {
    const { root, timestamp, snapshot, targets } = view;
    this.name = name;
    this.roles = new Map(roles.map(role => [role.name, role]));
    const top = [root, timestamp, snapshot, targets].map(({ role, value }) => ({
      role,
      expires: value.expires,
    }));
    this.first = top.reduce((soon, one) => (one.expires < soon.expires ? one : soon));
    this.versions = {
      root: root.value.version,
      timestamp: timestamp.value.version,
      snapshot: snapshot.value.version,
      targets: targets.value.version,
    };
  }

  /**
   * Mirrors `roles`; those that have not changed since `before` are taken from it.
   *
   * @throws WritError as RepositoryView.delegated: one document that is not to be trusted refuses the whole refresh
   */
  static async of(
    name: RepositoryName,
    view: RepositoryView,
    roles: ReadonlySet<RoleName>,
    before: Mirror | undefined,
  ): Promise<Mirror> {
    const mirrored: MirroredRole[] = [];
    for (const role of roles) {
      const known = before?.roles.get(role);
      mirrored.push(known && isCurrent(known, view) ? known : await mirrorRole(view, role, known));
    }
    return new Mirror(name, view, mirrored);
  }

  /** True iff both give the same answers until the same moment. */
  isSameAs(other: Mirror | undefined): boolean {
    return (
      other !== undefined &&
      TOP_LEVEL.every(role => this.versions[role] === other.versions[role]) &&
      this.roles.size === other.roles.size &&
      [...this.roles].every(([name, role]) => other.roles.get(name) === role)
    );
  }

  /** @throws WritError TRUST_STALE when a top-level role has expired, or a role is not mirrored yet */
  find(roles: readonly RoleName[], reference: ImageReference, now: Date): Answer {
    this.refuseStale(now);
    const path = reference.toString();
    const targets: VouchedTarget[] = [];
    const expired: ExpiredAnswer[] = [];
    let validUntil = this.first.expires;
    for (const name of roles) {
      const role = this.roles.get(name);
      if (role === undefined) throw notMirrored(this.name, name);
      const { row, unknown, expires, version, signedBy } = statementOf(role, path);
      if ((row === undefined && !unknown) || !speaksFor(role, path)) continue;
      if (row === undefined || expires <= now) {
        expired.push({ role: name, since: expires });
        continue;
      }
      validUntil = earlier(validUntil, expires);
      targets.push({ repository: this.name, role: name, path, version, signedBy, ...row });
    }
    return { targets, expired, validUntil };
  }

  /** The images, by digest, that any mirrored role signed with one of `digests`, where it may speak for them. */
  pinned(digests: readonly Digest[]): ImageReference[] {
    const paths = new Set<string>();
    for (const role of this.roles.values()) {
      for (const digest of digests) {
        for (const path of [...(role.table?.pathsOf(digest) ?? []), ...(role.bins?.pathsOf(digest) ?? [])]) {
          if (path.endsWith(`@${digest}`) && speaksFor(role, path)) paths.add(path);
        }
      }
    }
    return [...paths].flatMap(referenceOf);
  }

  /** @throws WritError TRUST_STALE */
  refuseStale(now: Date): void {
    const { role, expires } = this.first;
    if (now < expires) return;
    throw new WritError(
      'TRUST_STALE',
      `the ${role} of the repository ${this.name} expired on ${expires.toISOString()} and could not be refreshed`,
      { details: { repository: this.name, role, expired: expires.toISOString() } },
    );
  }
}

function notMirrored(repository: RepositoryName, role: RoleName): WritError {
  return new WritError(
    'TRUST_STALE',
    `the role ${role} of the repository ${repository} was not fetched yet`,
    {
      details: { repository, role },
    },
  );
}

/** A target path that is no image reference names no image. */
function referenceOf(path: string): ImageReference[] {
  try {
    const reference = parseImageReference(path);
    return reference.toString() === path ? [reference] : [];
  } catch (error) {
    if (error instanceof WritError) return [];
    throw error;
  }
}
