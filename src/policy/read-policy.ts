/** From the checked text of a policy to the policy that decisions use. */
import type { MemberPath } from '../config/yaml-text.js';
import { excess, type Grants } from '../entitlements/grants.js';
import type { Catalogue } from '../entitlements/model.js';
import { findPreset, type Preset } from '../entitlements/parse-baselines.js';
import { parseAuthority } from '../entitlements/parse-grants.js';
import { WritError } from '../errors.js';
import { parseImagePattern } from '../image/pattern.js';
import { parseRepositoryName } from '../image/repository-name.js';
import { parseRoleName } from '../tuf/role-name.js';
import type { AdmissionPolicy, UnsignedGrants } from './model.js';
import { parseNamespacePattern } from './namespace.js';
import type { PolicyDocument } from './parse-file.js';

/** The words that a policy may use for grants. */
export interface PolicyLanguage {
  readonly catalogue: Catalogue;
  readonly presets: ReadonlyMap<string, Preset>;
}

const PRESET = 'preset';

/**
 * The policy that a document describes, with every default filled in.
 *
 * @throws WritError POLICY_INVALID naming file, line and member: a malformed pattern or name, an unknown domain, level
 *   or preset, a threshold above the number of roles, an authority that goes beyond itself (see {@link readAuthority})
 */
export function readPolicy(document: PolicyDocument, language: PolicyLanguage): AdmissionPolicy {
  const { json, source } = document;
  const { match, trust, spec } = { ...json.spec, spec: json.spec };
  const authority = readAuthority(document, language);
  return {
    name: json.metadata.name,
    source,
    namespaces: match.namespaces.map((text, i) =>
      at(document, ['spec', 'match', 'namespaces', i], () => parseNamespacePattern(text)),
    ),
    images: match.images.map((text, i) =>
      at(document, ['spec', 'match', 'images', i], () => parseImagePattern(text)),
    ),
    trust: {
      repository: at(document, ['spec', 'trust', 'repository'], () => parseRepositoryName(trust.repository)),
      roles: trust.roles.map((text, i) =>
        at(document, ['spec', 'trust', 'roles', i], () => parseRoleName(text)),
      ),
      threshold: readThreshold(document),
    },
    authority,
    ignoreSigned: spec.require?.grants === 'policy',
    unsignedGrants: readUnsignedGrants(document, language, authority),
    onExcess: spec.onExcess ?? 'deny',
    nodes: spec.nodes ?? [],
    accept: spec.accept ?? [],
    profile: spec.profile ?? 'localhost',
    mode: spec.mode ?? 'enforce',
  };
}

function readThreshold({ json, fault }: PolicyDocument): number {
  const { roles, threshold = 1 } = json.spec.trust;
  if (threshold <= roles.length) return threshold;
  throw fault(['spec', 'trust', 'threshold'], `must be at most ${roles.length}, the number of roles`);
}

/**
 * The preset with the overrides over it; quantities that neither names are ∞. What an authority allows in one domain may void another: it must then allow
 * the top of that one too, or it would give more than it says.
 */
function readAuthority(document: PolicyDocument, language: PolicyLanguage): Grants {
  const { [PRESET]: preset, ...levels } = document.json.spec.authority;
  if (preset !== undefined && typeof preset !== 'string') {
    throw document.fault(['spec', 'authority', PRESET], 'must be the name of a preset');
  }
  const path = ['spec', 'authority'];
  const base =
    preset === undefined ? {} : presetCalled(document, [...path, PRESET], language, preset).written;
  const authority = at(document, path, () => parseAuthority(language.catalogue, { ...base, ...levels }));
  const [beyond] = excess(authority, authority);
  if (beyond === undefined) return authority;
  throw document.fault(
    path,
    `allows ${String(beyond.voidedBy)}, which voids ${beyond.domain}: it must allow ${beyond.domain}=${beyond.asked}, not only ${beyond.domain}=${beyond.allowed}`,
  );
}

function readUnsignedGrants(
  document: PolicyDocument,
  language: PolicyLanguage,
  authority: Grants,
): UnsignedGrants {
  const path = ['spec', 'unsignedGrants'];
  const written = document.json.spec.unsignedGrants ?? 'deny';
  if (written === 'deny' || written === 'authority') return { kind: written };
  const name = written.slice(`${PRESET}:`.length);
  const { grants } = presetCalled(document, path, language, name);
  const [beyond] = excess(grants, authority);
  if (beyond === undefined) return { kind: PRESET, name, grants };
  throw document.fault(
    path,
    `gives ${beyond.domain}=${beyond.asked}, the authority allows ${beyond.domain}=${beyond.allowed}`,
  );
}

function presetCalled(
  document: PolicyDocument,
  path: MemberPath,
  language: PolicyLanguage,
  name: string,
): Preset {
  return at(document, path, () => findPreset(language.presets, name));
}

/** What `read` gives; what it refuses, with the place in the file. */
function at<T>({ fault }: PolicyDocument, path: MemberPath, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof WritError) throw fault(path, `is wrong: ${error.message}`, error);
    throw error;
  }
}
