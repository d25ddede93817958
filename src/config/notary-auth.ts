/** How `notary.auth` of the file is read. Its schema has said what is in it. */
import { isJsonObject, member, type JsonObject, type JsonValue } from '../json/types.js';
import { path, serviceUrl, textAt, type Kind, type ReadContext } from './kinds.js';
import type { NotaryAuth } from './types.js';

export const notaryAuth: Kind<NotaryAuth> = {
  expected: 'a mapping that says who may do what',
  read: (raw, context) => {
    const given = raw as JsonValue;
    return isJsonObject(given) ? outside(given, context) : undefined;
  },
};

function outside(given: JsonObject, context: ReadContext): NotaryAuth | undefined {
  const realm = serviceUrl.read(member(given, 'realm'), context);
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

/** A URL, else a path. */
const place = (raw: JsonValue | undefined, context: ReadContext): string | undefined =>
  serviceUrl.read(raw, context) ?? path.read(raw, context);
