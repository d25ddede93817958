/** How the parts of `notary` that are no plain values are read. The schema of the file has said what is in `auth`. */
import { isJsonObject, member, type JsonObject, type JsonValue } from '../json/types.js';
import { names, path, textAt, type Kind, type ReadContext } from './kinds.js';
import type { AccessGrant, AccessRule, ClaimRule, NotaryAuth, OidcIssuer, OwnTokens } from './types.js';

export const notaryAuth: Kind<NotaryAuth> = {
  expected: 'a mapping that says who may do what',
  read: (raw, context) => {
    const given = raw as JsonValue;
    if (!isJsonObject(given)) return undefined;
    return textAt(given, 'type') === 'builtin' ? own(given, context) : outside(given, context);
  },
};

function outside(given: JsonObject, context: ReadContext): NotaryAuth | undefined {
  const realm = textAt(given, 'realm');
  const service = textAt(given, 'service');
  const issuer = textAt(given, 'issuer');
  if (realm === undefined || service === undefined || issuer === undefined) return undefined;
  return {
    type: 'token',
    realm,
    service,
    issuer,
    rootCertBundle: path.read(member(given, 'rootCertBundle'), context),
    publicKeys: path.read(member(given, 'publicKeys'), context),
    jwks: place(member(given, 'jwks'), context),
    jwksCa: path.read(member(given, 'jwksCa'), context),
    anonymousPull: member(given, 'anonymousPull') === true,
  };
}

/** A URL as it is, else a path. */
const place = (raw: JsonValue | undefined, context: ReadContext): string | undefined =>
  typeof raw === 'string' && /^https?:\/\//.test(raw) ? raw : path.read(raw, context);

const LIFETIME_SECONDS = 300;

function own(given: JsonObject, context: ReadContext): OwnTokens | undefined {
  const service = textAt(given, 'service');
  if (service === undefined) return undefined;
  const lifetime = member(given, 'lifetimeSeconds');
  return {
    type: 'builtin',
    service,
    services: texts(member(given, 'services')),
    issuer: textAt(given, 'issuer') ?? service,
    realm: textAt(given, 'realm'),
    lifetimeSeconds: typeof lifetime === 'number' ? lifetime : LIFETIME_SECONDS,
    htpasswd: path.read(member(given, 'htpasswd'), context),
    users: new Map(members(member(given, 'users')).map(([name, hash]) => [name, String(hash)])),
    groups: new Map(members(member(given, 'groups')).map(([name, users]) => [name, texts(users)])),
    rules: objects(member(given, 'rules')).map(accessRule),
    oidc: objects(member(given, 'oidc')).map(entry => oidcIssuer(entry, context)),
  };
}

const accessRule = (given: JsonObject): AccessRule => ({
  users: texts(member(given, 'users')),
  groups: texts(member(given, 'groups')),
  loggedIn: member(given, 'loggedIn') === true,
  everybody: member(given, 'everybody') === true,
  ...grant(given),
});

const oidcIssuer = (given: JsonObject, context: ReadContext): OidcIssuer => ({
  issuer: textAt(given, 'issuer') ?? '',
  audience: textAt(given, 'audience') ?? '',
  jwks: place(member(given, 'jwks'), context),
  ca: path.read(member(given, 'ca'), context),
  rules: objects(member(given, 'rules')).map(claimRule),
});

const claimRule = (given: JsonObject): ClaimRule => ({
  claims: new Map(members(member(given, 'claims')).map(([name, pattern]) => [name, String(pattern)])),
  ...grant(given),
});

const grant = (given: JsonObject): AccessGrant => ({
  repositories: texts(member(given, 'repositories')),
  allow: texts(member(given, 'allow')),
});

const objects = (raw: JsonValue | undefined): JsonObject[] =>
  Array.isArray(raw) ? (raw as readonly JsonValue[]).filter(isJsonObject) : [];

const texts = (raw: JsonValue | undefined): string[] => (Array.isArray(raw) ? raw.map(String) : []);

const members = (raw: JsonValue | undefined): [string, JsonValue][] =>
  isJsonObject(raw) ? Object.entries(raw) : [];

/** As notary-server takes them: relative paths without dots, each with a slash at its end. */
export const gunPrefixes: Kind<readonly string[]> = {
  expected: "beginnings of names that end in '/', separated by ',' outside of the file",
  read: (raw, context) => {
    const prefixes = names.read(raw, context);
    const isClean = (part: string): boolean =>
      part !== '' && part !== '.' && part !== '..' && !part.includes('*');
    return prefixes?.every(
      prefix => prefix.endsWith('/') && prefix.slice(0, -1).split('/').every(isClean),
    ) === true
      ? prefixes
      : undefined;
  },
};
